//! Probabilities of one row, a vector of classes at a time, or of a row in every lane.
//!
//! Where a probability is not the last step, it is lifted by 2^26 (2^60 for `f64`), so that one
//! that would be subnormal keeps all its bits until the result is rounded.

use super::finish::Finished;
use crate::{element::Float, exponential::Exponential, pair::Pair, vector::Vector};

/// The softmax of one row, or of a row in every lane, as a function of its logits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Softmax<V: Vector> {
    arch: V::Arch,
    exponential: Exponential<V>,
    /// 1 / the sum of all terms, and the first factor that undoes their lift.
    reciprocal: Pair<V>,
    unlift: V,
}

impl<V: Vector> Softmax<V> {
    #[inline(always)]
    pub(crate) fn of(arch: V::Arch, finished: &Finished<V>) -> Self {
        let exponential = Exponential::of_lanes(arch, finished.max);
        Self::of_parts(arch, exponential, finished.reciprocal)
    }

    /// Of the exponential function of the row and 1 / the sum of all terms, these unlifted.
    #[inline(always)]
    pub(crate) fn of_parts(
        arch: V::Arch,
        exponential: Exponential<V>,
        reciprocal: Pair<V>,
    ) -> Self {
        let (unlift, _) = V::Element::UNLIFT;
        Self {
            arch,
            exponential,
            reciprocal,
            unlift: V::splat(arch, unlift),
        }
    }

    /// Times the coefficients of rows.
    #[inline(always)]
    pub(super) fn times(self, coefficient: Pair<V>) -> Self {
        Self {
            reciprocal: self.reciprocal.mul(coefficient),
            ..self
        }
    }

    /// Probabilities, rounded once in the fused class; `down` is the part of the terms' lift that is
    /// undone. Without `SHIFTED` the shift must be zero.
    #[inline(always)]
    pub(crate) fn rounded<const SHIFTED: bool>(&self, down: V, logits: V) -> V {
        let factor = self.reciprocal.scale(down);
        multiple::<V, SHIFTED>(self.arch, &self.exponential, factor, logits)
    }

    /// Whether the logits of the row of lane 0 are shifted.
    #[inline(always)]
    pub(crate) fn shifts(&self) -> bool {
        self.exponential.shift().first_lane() != V::Element::ZERO
    }

    /// The probability, lifted, to about 0.1 u beside what the sum errs: products of two of
    /// these stay within 2 ulp.
    #[inline(always)]
    pub(crate) fn lifted_pair(&self, logits: V) -> Pair<V> {
        self.exponential
            .pair(self.arch, logits)
            .scale(self.unlift)
            .mul(self.reciprocal)
    }
}

/// Terms of logits times a factor of their row, rounded once in the fused class. Without `SHIFTED` the
/// shift must be zero.
#[inline(always)]
pub(super) fn multiple<V: Vector, const SHIFTED: bool>(
    arch: V::Arch,
    exponential: &Exponential<V>,
    factor: Pair<V>,
    logits: V,
) -> V {
    let (power, t) = if SHIFTED {
        exponential.term(arch, logits)
    } else {
        exponential.unshifted_term(arch, logits)
    };
    let t = t.mul_add(factor.high, factor.low);
    power.mul_add(t, power * factor.high)
}
