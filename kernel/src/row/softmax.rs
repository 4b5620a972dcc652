//! Probabilities of one row, a vector of classes at a time.

use super::{Row, state::pair_of};
use crate::{
    element::Float,
    exponential::Exponential,
    pair::Pair,
    vector::Vector,
};

/// The softmax of one row as a function of its logits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Softmax<V: Vector> {
    arch: V::Arch,
    exponential: Exponential<V>,
    reciprocal: Pair<V>,
}

impl<V: Vector> Softmax<V> {
    #[inline(always)]
    pub(crate) fn of(arch: V::Arch, row: &Row<V::Element>) -> Self {
        Self {
            arch,
            exponential: Exponential::new(arch, row.max),
            reciprocal: pair_of(arch, row.finished.reciprocal),
        }
    }

    /// The probability as an unevaluated sum, the first part at least twice the second: their
    /// sum rounds once. The error before that is below 0.8 u.
    #[inline(always)]
    pub(crate) fn parts(&self, logits: V) -> Pair<V> {
        let (power, t) = self.exponential.split(self.arch, logits);
        let high = power * self.reciprocal.high;
        Pair::new(high, t.mul_add(high, power * self.reciprocal.low))
    }

    /// 1 / the sum of all terms.
    #[inline(always)]
    pub(crate) fn reciprocal(&self) -> Pair<V> {
        self.reciprocal
    }

    /// The exponential: a power of two and its significand.
    #[inline(always)]
    pub(crate) fn term(&self, logits: V) -> (V, Pair<V>) {
        self.exponential.term(self.arch, logits)
    }

    /// The probability to about 0.1 u, as a pair: products of two of these stay within 2 ulp.
    #[inline(always)]
    pub(crate) fn pair(&self, logits: V) -> Pair<V> {
        let zero = V::splat(self.arch, V::Element::ZERO);
        self.exponential.pair(self.arch, logits, zero).mul(self.reciprocal)
    }
}
