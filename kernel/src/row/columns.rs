//! Narrow rows side by side: a row in every lane, a vector for every class.
//!
//! Nothing is summed across lanes here, yet the sums have the bits of [`blocks`](super::blocks):
//! slots stand for the lanes there and are folded in the same tree.

use super::{
    blocks::EXACT_LEN,
    largest::Largest,
    scale::Scale,
    state::State,
};
use crate::{
    element::Float,
    lane_sum::{LaneSum, fold_neighbours},
    logit::Logit,
    pair::{Pair, quick_two_sum},
    vector::{Arch, Vector},
};

/// The logits of some rows, class by class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns<V> {
    classes: [V; EXACT_LEN],
    n_classes: usize,
    /// Room for sums, one for each logical lane.
    sums: [LaneSum<V>; EXACT_LEN],
}

impl<V: Vector> Columns<V> {
    /// Of `n_classes`, at most [`EXACT_LEN`], which nothing has been read of.
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch, n_classes: usize) -> Self {
        Self {
            classes: [V::splat(arch, V::Element::NEG_INFINITY); EXACT_LEN],
            n_classes,
            sums: [LaneSum::new(arch, V::splat(arch, V::Element::ZERO)); EXACT_LEN],
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

    /// Reads rows of a row-major matrix, at most as many as a vector has lanes, and finds their
    /// states.
    ///
    /// A function of its own, so that its loops are compiled once for all operations.
    #[inline(never)]
    pub(crate) fn read<Z>(&mut self, arch: V::Arch, rows: &[Z]) -> State<V>
    where
        Z: Logit<Element = V::Element>,
    {
        arch.run(
            #[inline(always)]
            || {
                let n_classes = self.n_classes;
                Z::load_columns(arch, rows, n_classes, self.classes_mut());
                self.states(arch)
            },
        )
    }

    /// The sums of a term of every class, of its logits and a vector of its own.
    #[inline(always)]
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "by its name it would be called without the processor's instructions"
    )]
    pub(crate) fn sum_with(
        &mut self,
        arch: V::Arch,
        vectors: &[V],
        term: impl Fn(V, V) -> Pair<V>,
    ) -> Pair<V> {
        let zero = V::splat(arch, V::Element::ZERO);
        let Self {
            classes,
            n_classes,
            sums,
        } = self;
        let used = V::LANES.min(*n_classes);
        let sums = sums.get_mut(..used).unwrap_or_default();
        sums.fill(LaneSum::new(arch, zero));
        let classes = classes.get(..*n_classes).unwrap_or_default();
        for (classes, vectors) in classes.chunks(V::LANES).zip(vectors.chunks(V::LANES)) {
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
    fn states(&mut self, arch: V::Arch) -> State<V> {
        let mut largest = Largest::new(arch);
        for &z in self.classes() {
            largest.add(z);
        }
        let scale = Scale::of(arch, largest);
        // With all logits known the only way to fail is a shift.
        let sum = if V::any(scale.fails(arch, largest)) {
            self.sum::<true>(arch, &scale)
        } else {
            self.sum::<false>(arch, &scale)
        };
        State::of_sum(arch, largest.first, &scale, sum)
    }

    /// The sums of their terms.
    #[inline(always)]
    fn sum<const SHIFTED: bool>(&mut self, arch: V::Arch, scale: &Scale<V>) -> Pair<V> {
        let Self {
            classes,
            n_classes,
            sums,
        } = self;
        let zero = V::splat(arch, V::Element::ZERO);
        let used = V::LANES.min(*n_classes);
        let sums = sums.get_mut(..used).unwrap_or_default();
        sums.fill(LaneSum::new(arch, scale.bias));
        let classes = classes.get(..*n_classes).unwrap_or_default();
        for classes in classes.chunks(V::LANES) {
            // The last classes stand in the last lanes of a block.
            let start = used - classes.len();
            for (sum, &z) in sums.iter_mut().skip(start).zip(classes) {
                scale.add::<SHIFTED>(arch, sum, z);
            }
        }
        let mut high = zero;
        for sum in &mut *sums {
            // Exact, so in any order.
            high = high + sum.without(scale.bias).high;
        }
        // Neighbours first, as lanes are folded.
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
