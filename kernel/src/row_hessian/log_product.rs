//! The logarithm of a product of many numbers, of which one logarithm is taken.
//!
//! Significands are multiplied and exponents added; ln 2 times the exponent is added at the end in
//! pairs. Each factor adds half a unit of roundoff to the product, absolute in the logarithm.

use crate::{
    element::Element,
    logarithm::ln_1p,
    pair::{PLAIN, Pair},
};

/// A product of positive numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogProduct<T> {
    /// In [1/2, 1), or NaN.
    significand: T,
    exponent: i64,
}

impl<T: Element> LogProduct<T> {
    /// Of no number.
    pub(super) const ONE: Self = Self {
        significand: T::HALF,
        exponent: 1,
    };

    pub(super) fn push(&mut self, factor: T) {
        let (significand, exponent) = factor.split();
        let (product, carried) = (self.significand * significand).split();
        *self = Self {
            significand: product,
            exponent: self.exponent + i64::from(exponent) + i64::from(carried),
        };
    }

    /// The logarithm; minus infinity if a factor was zero.
    pub(super) fn ln(self) -> T {
        if self.significand == T::ZERO {
            return T::NEG_INFINITY;
        }
        // Twice the significand is 1 plus a number that has no rounding error.
        let above_one = Pair::exactly(self.significand + self.significand - T::ONE);
        let of_significand = ln_1p(PLAIN, above_one.plain()).first_lane();
        let exponent = Pair::exactly((self.exponent - 1) as f64);
        let of_exponent = Pair::from_f64(exponent).times(Pair::LN_2);
        of_significand.plus(of_exponent).nearest()
    }
}
