//! Narrow rows side by side: a row in every lane, a vector for every class.
//!
//! Nothing is summed across lanes here, yet the sums have the bits of [`blocks`](super::blocks):
//! slots stand for the lanes there and are folded in the same tree.

use super::{
    ahead::Lines,
    block::{EXACT_LEN, VECTORS_A_TURN},
    largest::Largest,
    scale::Scale,
    state::State,
};
use crate::{
    element::Float,
    lane_sum::{LaneSum, fold_neighbours},
    logit::Logit,
    pair::{Pair, quick_two_sum},
    vector::{AT_ONCE, Arch, BEHIND, Vector},
};

/// Rows of up to this many classes are handled side by side; it shows in no result. Measured:
/// `cargo bench -p surprisal-bench --bench roofline -- C=100`.
pub(crate) const MOST_CLASSES: usize = 128;

/// Rows of up to this many classes are given less room, which takes less time to be prepared:
/// batches may be small.
pub(crate) const FEW_CLASSES: usize = 16;

/// The most rows that are handled side by side.
const MOST_ROWS: usize = 32;

/// Logits of so many rows of few classes, and what stands behind them.
const FEW_LOGITS: usize = FEW_CLASSES * MOST_ROWS + BEHIND;

/// The same of as many classes as are handled side by side.
const MOST_LOGITS: usize = MOST_CLASSES * MOST_ROWS + BEHIND;

/// The most logical lanes of a sum.
const MOST_LANES: usize = 16;

/// Largest logits that are looked for at the same time: each waits for the one before.
const LOOKS: usize = 4;

/// Room for rows of up to `N` classes, and for the logits of [`MOST_ROWS`] of them.
pub(crate) struct Room<V: Vector, const N: usize, const LOGITS: usize> {
    classes: [V; N],
    vectors: [V; N],
    wide: [V::Element; LOGITS],
    sums: [LaneSum<V>; MOST_LANES],
}

/// For few classes.
pub(crate) type SmallRoom<V> = Room<V, FEW_CLASSES, FEW_LOGITS>;

/// For as many as are handled side by side.
pub(crate) type LargeRoom<V> = Room<V, MOST_CLASSES, MOST_LOGITS>;

impl<V: Vector, const N: usize, const LOGITS: usize> Room<V, N, LOGITS> {
    /// In which nothing stands.
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch) -> Self {
        let zero = V::splat(arch, V::Element::ZERO);
        Self {
            classes: [zero; N],
            vectors: [zero; N],
            wide: [V::Element::ZERO; LOGITS],
            sums: [LaneSum::new(arch, zero); MOST_LANES],
        }
    }

    /// For rows of `n_classes`, at most `N`.
    #[inline(always)]
    pub(crate) fn columns(&mut self, n_classes: usize) -> Columns<'_, V> {
        // So many are written where rows become columns.
        const { assert!(N.is_multiple_of(AT_ONCE)) };
        let sums = V::Element::LANES.min(n_classes);
        Columns {
            n_classes,
            classes: &mut self.classes,
            vectors: &mut self.vectors,
            wide: &mut self.wide,
            sums: self.sums.get_mut(..sums).unwrap_or_default(),
        }
    }
}

/// The logits of some rows, class by class.
pub(crate) struct Columns<'a, V: Vector> {
    n_classes: usize,
    classes: &'a mut [V],
    /// Vectors beside the rows, class by class.
    vectors: &'a mut [V],
    /// For rows as they stand in memory, widened.
    wide: &'a mut [V::Element],
    /// One for each logical lane that a class falls into.
    sums: &'a mut [LaneSum<V>],
}

impl<V: Vector> Columns<'_, V> {
    /// Class by class.
    #[inline(always)]
    pub(crate) fn classes(&self) -> &[V] {
        self.classes.get(..self.n_classes).unwrap_or_default()
    }

    /// The same to be written.
    #[inline(always)]
    pub(crate) fn classes_mut(&mut self) -> &mut [V] {
        self.classes.get_mut(..self.n_classes).unwrap_or_default()
    }

    /// Reads the first rows of a row-major matrix, at most as many as a vector has lanes, and finds
    /// their states. What is `far` will be read some time after the next rows.
    ///
    /// A function of its own, so that its loops are compiled once for all operations.
    #[inline(never)]
    pub(crate) fn read<Z>(
        &mut self,
        arch: V::Arch,
        onwards: &[Z],
        n_rows: usize,
        far: &[Z],
    ) -> State<V>
    where
        Z: Logit<Element = V::Element>,
    {
        arch.run(
            #[inline(always)]
            || {
                let (width, wide) = (self.n_classes, &mut *self.wide);
                let next = transpose(arch, wide, onwards, (n_rows, width), self.classes);
                self.states(arch, [next, far])
            },
        )
    }

    /// Reads vectors beside the rows, one after the other, and gives what comes after them.
    #[inline(always)]
    pub(crate) fn read_vectors<'b>(
        &mut self,
        arch: V::Arch,
        onwards: &'b [V::Element],
        n_rows: usize,
    ) -> &'b [V::Element] {
        let shape = (n_rows, self.n_classes);
        transpose(arch, self.wide, onwards, shape, self.vectors)
    }

    /// Class by class, the logits and the vectors.
    #[inline(always)]
    pub(crate) fn with_vectors(&mut self) -> impl DoubleEndedIterator<Item = (&mut V, V)> {
        let classes = self.classes.iter_mut().zip(self.vectors.iter().copied());
        classes.take(self.n_classes)
    }

    /// The sums of a term of every class, of its logits and its vector.
    #[inline(always)]
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "by its name it would be called without the processor's instructions"
    )]
    pub(crate) fn sum_with(&mut self, arch: V::Arch, term: impl Fn(V, V) -> Pair<V>) -> Pair<V> {
        let zero = V::splat(arch, V::Element::ZERO);
        self.sums.fill(LaneSum::new(arch, zero));
        let classes = self.classes.get(..self.n_classes).unwrap_or_default();
        let classes = classes.chunks(V::Element::LANES);
        for (classes, vectors) in classes.zip(self.vectors.chunks(V::Element::LANES)) {
            let terms = classes.iter().zip(vectors);
            for (sum, (&logits, &vector)) in self.sums.iter_mut().zip(terms) {
                sum.add(term(logits, vector));
            }
        }
        let sum = fold_neighbours(
            self.sums,
            #[inline(always)]
            |a, b| a.plus(b),
        );
        sum.unwrap_or(LaneSum::new(arch, zero)).to_pair()
    }

    /// The states of the rows.
    #[inline(always)]
    fn states<Z>(&mut self, arch: V::Arch, ahead: [&[Z]; 2]) -> State<V> {
        let [mut a, mut b, mut c, mut d] = [Largest::new(arch); LOOKS];
        let (classes, rest) = self.classes().as_chunks::<LOOKS>();
        for &[of_a, of_b, of_c, of_d] in classes {
            a.add(of_a);
            b.add(of_b);
            c.add(of_c);
            d.add(of_d);
        }
        for &z in rest {
            a.add(z);
        }
        let largest = a.plus(b).plus(c.plus(d));
        let scale = Scale::of(arch, largest);
        // With all logits known the only way to fail is a shift.
        let sum = if scale.exponential.is_shifted(arch) {
            self.sum::<Z, true>(arch, &scale, ahead)
        } else {
            self.sum::<Z, false>(arch, &scale, ahead)
        };
        State::of_own_sum(arch, largest.first, &scale, sum)
    }

    /// The sums of their terms.
    #[inline(always)]
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "by its name it would be called without the processor's instructions"
    )]
    fn sum<Z, const SHIFTED: bool>(
        &mut self,
        arch: V::Arch,
        scale: &Scale<V>,
        [near, far]: [&[Z]; 2],
    ) -> Pair<V> {
        let zero = V::splat(arch, V::Element::ZERO);
        let classes = self.classes.get(..self.n_classes).unwrap_or_default();
        let sums = &mut *self.sums;
        sums.fill(LaneSum::new(arch, scale.bias));
        let (mut near, mut far) = (Lines::of(near), Lines::of(far));
        for (index, classes) in (1..).zip(classes.chunks(V::Element::LANES)) {
            // The last classes stand in the last lanes of a block.
            let start = sums.len() - classes.len();
            for (sum, &z) in sums.iter_mut().skip(start).zip(classes) {
                near.prefetch_near::<V>(arch);
                far.prefetch::<V>(arch);
                scale.add::<SHIFTED>(arch, sum, z);
            }
            if index % VECTORS_A_TURN == 0 && start == 0 {
                for sum in sums.iter_mut() {
                    *sum = sum.renormalized();
                }
            }
        }
        for sum in sums.iter_mut() {
            *sum = sum.without(scale.bias);
        }
        // Neighbours first, as lanes are folded.
        if classes.len() > EXACT_LEN {
            let sum = fold_neighbours(
                sums,
                #[inline(always)]
                |a, b| a.plus(b),
            );
            return sum.unwrap_or(LaneSum::new(arch, zero)).to_pair();
        }
        // Leading parts exactly, so in any order.
        let mut high = zero;
        for sum in sums.iter() {
            high = high + sum.high;
        }
        let low = fold_neighbours(
            sums,
            #[inline(always)]
            |a, b| LaneSum {
                high: a.high,
                low: a.low + b.low,
            },
        );
        quick_two_sum(high, low.map_or(zero, |sum| sum.low))
    }
}

/// Turns the first rows of a matrix of some width, at most as many as a vector has lanes, to
/// columns: minus infinity in lanes beyond the last row. `wide` has room for them. Gives what comes
/// after them.
#[inline(always)]
fn transpose<'a, Z, V>(
    arch: V::Arch,
    wide: &mut [V::Element],
    onwards: &'a [Z],
    (n_rows, width): (usize, usize),
    columns: &mut [V],
) -> &'a [Z]
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let (rows, next) = onwards
        .split_at_checked(n_rows.wrapping_mul(width))
        .unwrap_or_default();
    if n_rows == V::LANES
        && let Some(rows) = Z::as_elements(onwards)
        && load_columns(arch, rows, width, columns).is_some()
    {
        return next;
    }
    for (from, to) in rows.chunks(V::LANES).zip(wide.chunks_mut(V::LANES)) {
        Z::load::<V>(arch, from).store(to);
    }
    if let Some(beyond) = wide.get_mut(rows.len()..V::LANES * width) {
        beyond.fill(V::Element::NEG_INFINITY);
    }
    load_columns(arch, wide, width, columns);
    next
}

/// The columns of rows of `width` columns each; `None` if too little stands behind them.
#[inline(always)]
fn load_columns<V: Vector>(
    arch: V::Arch,
    rows: &[V::Element],
    width: usize,
    columns: &mut [V],
) -> Option<()> {
    /// A function of its own, so that it is compiled once for all types of logits.
    #[inline(never)]
    fn load<V: Vector, const LOGITS: usize>(
        arch: V::Arch,
        rows: &[V::Element; LOGITS],
        width: usize,
        columns: &mut [V],
    ) {
        arch.run(
            #[inline(always)]
            || {
                V::load_columns(
                    arch,
                    rows,
                    0,
                    width,
                    columns,
                    #[inline(always)]
                    |column| column,
                );
            },
        );
    }
    if width <= FEW_CLASSES {
        load::<V, FEW_LOGITS>(arch, rows.first_chunk()?, width, columns);
    } else {
        load::<V, MOST_LOGITS>(arch, rows.first_chunk()?, width, columns);
    }
    Some(())
}
