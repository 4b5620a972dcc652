//! Entries of Hessians lane by lane: of classes of one row, or of a row in every lane.
//!
//! Off-diagonal entries are products of two probabilities that carry 1.5 times the working
//! precision, formed alike for (i, j) and (j, i), so that matrices are symmetric to the bit. On the
//! diagonal, 1 - p of the most probable class is the sum of the others.

use crate::{
    element::Float,
    pair::{Pair, quick_two_sum},
    row::{Coefficient, finish::Finished, softmax::Softmax, unlifted},
    vector::{Arch, Vector},
};

/// The entries of a (diag p - p p^T) as functions of logits and probabilities.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entries<V: Vector> {
    pub(super) arch: V::Arch,
    pub(super) max: V,
    pub(super) softmax: Softmax<V>,
    pub(super) coefficient: Option<Coefficient<V>>,
    /// Entry of the most probable class, or classes, on the diagonal.
    top_on_diagonal: V,
    unlift: V,
    /// Products of two probabilities are lifted twice: the second lift is undone after the
    /// coefficient, before it where that could overflow.
    pub(super) second_unlift: (V, V),
}

impl<V: Vector> Entries<V> {
    #[inline(always)]
    pub(crate) fn of(
        arch: V::Arch,
        finished: &Finished<V>,
        coefficient: Option<Coefficient<V>>,
    ) -> Self {
        let unlift = V::splat(arch, V::Element::UNLIFT.1);
        // What a coefficient leaves to be undone after it: one that is large, nothing.
        let after = coefficient.map_or(
            unlift,
            #[inline(always)]
            |a| a.unlift,
        );
        Self {
            arch,
            max: finished.max,
            softmax: Softmax::of(arch, finished),
            coefficient,
            // 1 - p of it is the sum of the others.
            top_on_diagonal: unlifted::<false, _>(
                arch,
                coefficient,
                finished.top.mul(finished.lifted_rest),
            ),
            unlift,
            second_unlift: (unlift / after, after),
        }
    }

    /// Probabilities, lifted.
    #[inline(always)]
    pub(super) fn probability(&self, logits: V) -> Pair<V> {
        self.softmax.lifted_pair(logits)
    }

    /// a p (1 - p) of lifted probabilities and their logits.
    #[inline(always)]
    pub(super) fn on_diagonal(&self, logits: V, p: Pair<V>) -> V {
        let probability = p.scale(self.unlift);
        let one = V::splat(self.arch, V::Element::ONE);
        let complement = quick_two_sum(one, -probability.high);
        let complement = Pair::new(complement.high, complement.low - probability.low);
        let entries = self.times_coefficient(p.mul(complement));
        V::select(logits.equal(self.max), self.top_on_diagonal, entries)
    }

    /// -a p q of lifted probabilities: the same operations whichever class comes first.
    #[inline(always)]
    pub(super) fn off_diagonal(&self, p: Pair<V>, q: Pair<V>) -> V {
        let cross = p.high * q.low + p.low * q.high;
        let product = if V::Arch::FUSED && self.coefficient.is_none() {
            // Lifted twice.
            p.high.mul_add(q.high, cross) * self.unlift * self.unlift
        } else {
            let (high, low) = p.high.two_product(q.high);
            let (before, after) = self.second_unlift;
            self.times_coefficient(quick_two_sum(high, low + cross).scale(before)) * after
        };
        // Subtracted from zero, not negated: entries of masked classes are 0, not -0.
        V::splat(self.arch, V::Element::ZERO) - product
    }

    /// a times a lifted value.
    #[inline(always)]
    fn times_coefficient(&self, lifted: Pair<V>) -> V {
        unlifted::<true, _>(self.arch, self.coefficient, lifted)
    }
}
