//! Products of Hessians with vectors, lane by lane like [`Entries`].
//!
//! (H v)_i = a p_i (v'_i - sum p_j v'_j) with v' = v - v_top, so that the largest probability,
//! whose rounding would weigh most, multiplies zero. Each entry errs by at most a few u of
//! a p_i (|v'_i| + sum p_j |v'_j|).

use super::entries::Entries;
use crate::{element::Float, pair::Pair, row::softmax::Softmax, vector::Vector};

/// Powers of two that the parts of a product are scaled by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scaling<T> {
    of_terms: T,
    of_vector: T,
    /// Undoes that of the vector, and as much again.
    unscale: T,
}

impl<T: Float> Scaling<T> {
    /// Lifted, a subnormal probability times a large entry keeps its bits.
    pub(super) const LIFTED: Self = Self {
        of_terms: T::UNLIFT.0,
        of_vector: T::ONE,
        unscale: T::ONE,
    };

    /// Where that overflows, entries are so large that they are scaled down instead.
    pub(super) fn small() -> Self {
        let (unlift, unlift_rest) = T::UNLIFT;
        Self {
            of_terms: unlift * unlift_rest,
            of_vector: unlift_rest,
            unscale: T::LIFTED,
        }
    }
}

/// A product before the sum over its classes is known.
pub(super) struct Product<V: Vector> {
    arch: V::Arch,
    softmax: Softmax<V>,
    scaling: Scaling<V>,
    /// The scaled entry of the vector at the most probable class.
    origin: V,
    factor: V,
    unlift: V,
}

impl<V: Vector> Product<V> {
    /// With vectors whose entries at the most probable class are `at_top`.
    #[inline(always)]
    pub(super) fn of(entries: &Entries<V>, at_top: V, scaling: Scaling<V::Element>) -> Self {
        let arch = entries.arch;
        let factor = entries.coefficient.map_or(
            V::splat(arch, V::Element::ONE),
            #[inline(always)]
            |a| a.factor.high,
        );
        let (_, unlift) = entries.second_unlift;
        let Scaling {
            of_terms,
            of_vector,
            unscale,
        } = scaling;
        let of_vector = V::splat(arch, of_vector);
        Self {
            arch,
            softmax: entries.softmax,
            scaling: Scaling {
                of_terms: V::splat(arch, of_terms),
                of_vector,
                unscale: V::splat(arch, unscale),
            },
            origin: at_top * of_vector,
            factor,
            unlift: unlift * V::splat(arch, unscale * unscale),
        }
    }

    /// Entries of the vector minus the one of the top class, scaled before they could overflow.
    #[inline(always)]
    fn difference(&self, vector: V) -> V {
        vector * self.scaling.of_vector - self.origin
    }

    /// What the classes add to the sum: scaled terms times scaled differences.
    #[inline(always)]
    pub(super) fn term(&self, logits: V, vector: V) -> Pair<V> {
        let difference = self.difference(vector);
        let (power, significand) = self.softmax.term(logits);
        let (high, low) = significand.high.two_product(difference);
        let low = significand.low.mul_add(difference, low);
        Pair::new(high, low).scale(power * self.scaling.of_terms)
    }

    /// The mean of the scaled differences, of the sum of the [terms](Self::term).
    #[inline(always)]
    pub(super) fn mean(&self, sum: Pair<V>) -> Pair<V> {
        // Without the lift of the terms.
        let (_, unlift_rest) = V::Element::UNLIFT;
        let unlift_rest = V::splat(self.arch, unlift_rest);
        sum.mul(self.softmax.reciprocal())
            .scale(unlift_rest * self.scaling.unscale)
    }

    /// Entries of the product.
    #[inline(always)]
    pub(super) fn entries(&self, mean: Pair<V>, logits: V, vector: V) -> V {
        let probability = self.softmax.parts(self.scaling.of_terms, logits).round();
        let from_mean = (self.difference(vector) - mean.high) - mean.low;
        probability * from_mean * self.factor * self.unlift
    }
}
