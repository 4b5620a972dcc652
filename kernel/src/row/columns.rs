//! Narrow rows side by side: a row in every lane, a vector for every class.
//!
//! Nothing is summed across lanes here, yet the sums have the bits of [`blocks`](super::blocks):
//! slots stand for the lanes there and are folded in the same tree.

use super::{
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
    vector::{Arch, MOST_LOGITS, RowsOf, Vector},
};

/// Rows of up to this many classes are handled side by side; it shows in no result. Measured:
/// `cargo bench -p surprisal-bench --bench roofline -- C=100`.
pub(crate) const MOST_CLASSES: usize = MOST_LOGITS / 32;

/// The most logical lanes of a sum.
const MOST_LANES: usize = 16;

/// Largest logits that are looked for at the same time: each waits for the one before.
const LOOKS: usize = 4;

/// The logits of some rows, class by class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns<V: Vector> {
    classes: [V; MOST_CLASSES],
    /// Vectors beside the rows, class by class.
    vectors: [V; MOST_CLASSES],
    n_classes: usize,
    /// Room for rows as they stand in memory, widened.
    wide: RowsOf<V::Element>,
    /// Room for sums, one for each logical lane.
    sums: [LaneSum<V>; MOST_LANES],
}

impl<V: Vector> Columns<V> {
    /// Of `n_classes`, at most [`MOST_CLASSES`], which nothing has been read of.
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch, n_classes: usize) -> Self {
        Self {
            classes: [V::splat(arch, V::Element::NEG_INFINITY); MOST_CLASSES],
            vectors: [V::splat(arch, V::Element::ZERO); MOST_CLASSES],
            n_classes,
            wide: [V::Element::NEG_INFINITY; _],
            sums: [LaneSum::new(arch, V::splat(arch, V::Element::ZERO)); MOST_LANES],
        }
    }

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
                let columns = self.classes.get_mut(..self.n_classes).unwrap_or_default();
                let next = transpose(arch, &mut self.wide, onwards, n_rows, columns);
                self.states(arch, [next, far])
            },
        )
    }

    /// Reads vectors beside the rows, one after the other.
    #[inline(always)]
    pub(crate) fn read_vectors(&mut self, arch: V::Arch, onwards: &[V::Element], n_rows: usize) {
        let columns = self.vectors.get_mut(..self.n_classes);
        let columns = columns.unwrap_or_default();
        transpose(arch, &mut self.wide, onwards, n_rows, columns);
    }

    /// Class by class, the logits and the vectors.
    #[inline(always)]
    pub(crate) fn with_vectors(&mut self) -> impl DoubleEndedIterator<Item = (&mut V, V)> {
        let vectors = self.vectors.iter().copied();
        let classes = self.classes.iter_mut().zip(vectors);
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
        let Self {
            classes,
            vectors,
            n_classes,
            sums,
            ..
        } = self;
        let used = V::Element::LANES.min(*n_classes);
        let sums = sums.get_mut(..used).unwrap_or_default();
        sums.fill(LaneSum::new(arch, zero));
        let classes = classes.get(..*n_classes).unwrap_or_default();
        for (classes, vectors) in classes
            .chunks(V::Element::LANES)
            .zip(vectors.chunks(V::Element::LANES)) {
            for (sum, (&logits, &vector)) in sums.iter_mut().zip(classes.iter().zip(vectors)) {
                sum.add(term(logits, vector));
            }
        }
        let sum = fold_neighbours(
            sums,
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
        State::of_sum(arch, largest.first, (&scale, true), sum)
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
        let Self {
            classes,
            n_classes,
            sums,
            ..
        } = self;
        let zero = V::splat(arch, V::Element::ZERO);
        let used = V::Element::LANES.min(*n_classes);
        let sums = sums.get_mut(..used).unwrap_or_default();
        sums.fill(LaneSum::new(arch, scale.bias));
        let classes = classes.get(..*n_classes).unwrap_or_default();
        let (mut near, mut far) = (near.chunks(V::LANES), far.chunks(V::LANES));
        for (index, classes) in (1..).zip(classes.chunks(V::Element::LANES)) {
            // The last classes stand in the last lanes of a block.
            let start = used - classes.len();
            for (sum, &z) in sums.iter_mut().skip(start).zip(classes) {
                if let Some(near) = near.next() {
                    arch.prefetch_near(near);
                }
                if let Some(far) = far.next() {
                    arch.prefetch(far);
                }
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
        for sum in &*sums {
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

/// Turns the first rows of a matrix as wide as there are columns, at most as many as a vector has
/// lanes, to columns: minus infinity in lanes beyond the last row. `wide` has room for them. Gives
/// what comes after them.
#[inline(always)]
fn transpose<'a, Z, V>(
    arch: V::Arch,
    wide: &mut RowsOf<V::Element>,
    onwards: &'a [Z],
    n_rows: usize,
    columns: &mut [V],
) -> &'a [Z]
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let width = columns.len();
    let (rows, next) = onwards
        .split_at_checked(n_rows.wrapping_mul(width))
        .unwrap_or_default();
    let in_place = Z::as_elements(onwards).and_then(<[V::Element]>::first_chunk);
    if n_rows == V::LANES
        && let Some(rows) = in_place
    {
        load_columns(arch, rows, width, columns);
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

/// All columns of rows of `width` columns each.
#[inline(always)]
fn load_columns<V: Vector>(
    arch: V::Arch,
    rows: &RowsOf<V::Element>,
    width: usize,
    columns: &mut [V],
) {
    V::load_columns(
        arch,
        rows,
        0,
        width,
        columns,
        #[inline(always)]
        |column| column,
    );
}
