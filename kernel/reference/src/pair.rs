//! Double-double arithmetic: numbers as unevaluated sums of two doubles.
//!
//! The algorithms and their error bounds are those of Joldes, Muller and Popescu, *Tight and
//! rigorous error bounds for basic building blocks of double-word arithmetic*, ACM Trans. Math.
//! Softw. 44 (2017), article 15; here u = 2^-53. They hold where nothing over- or underflows,
//! which [`Wide`](crate::Wide) sees to.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `hi + lo`, where `hi` is the sum rounded to nearest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) hi: f64,
    pub(crate) lo: f64,
}

impl Pair {
    pub(crate) const fn new(hi: f64, lo: f64) -> Self {
        Self { hi, lo }
    }

    /// `a + b` exactly (Knuth).
    pub(crate) fn sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        let b_part = hi - a;
        let a_part = hi - b_part;
        Self {
            hi,
            lo: (a - a_part) + (b - b_part),
        }
    }

    /// `a + b` exactly, for `a` zero or of an exponent not below that of `b` (Dekker).
    pub(crate) fn ordered_sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        Self {
            hi,
            lo: b - (hi - a),
        }
    }

    /// `a * b` exactly.
    pub(crate) fn product(a: f64, b: f64) -> Self {
        let hi = a * b;
        Self {
            hi,
            lo: a.mul_add(b, -hi),
        }
    }

    /// `self * factor`, for a factor that makes no rounding: a power of two.
    pub(crate) fn scale(self, factor: f64) -> Self {
        Self {
            hi: self.hi * factor,
            lo: self.lo * factor,
        }
    }
}

impl From<f64> for Pair {
    fn from(x: f64) -> Self {
        Self { hi: x, lo: 0.0 }
    }
}

impl Neg for Pair {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            hi: -self.hi,
            lo: -self.lo,
        }
    }
}

impl Add for Pair {
    type Output = Self;

    /// Algorithm 6 (`AccurateDWPlusDW`), relative error at most 3 u^2 + 13 u^3, also where the
    /// terms cancel.
    fn add(self, other: Self) -> Self {
        let high = Self::sum(self.hi, other.hi);
        let low = Self::sum(self.lo, other.lo);
        let high = Self::ordered_sum(high.hi, high.lo + low.hi);
        Self::ordered_sum(high.hi, low.lo + high.lo)
    }
}

impl Sub for Pair {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Pair {
    type Output = Self;

    /// Algorithm 12 (`DWTimesDW3`), relative error at most 5 u^2.
    fn mul(self, other: Self) -> Self {
        let high = Self::product(self.hi, other.hi);
        let low = self.hi.mul_add(other.lo, self.lo * other.lo);
        let low = self.lo.mul_add(other.hi, low);
        Self::ordered_sum(high.hi, high.lo + low)
    }
}

impl Div for Pair {
    type Output = Self;

    /// Algorithm 17 (`DWDivDW2`), relative error at most 15 u^2 + 56 u^3. A number divided by
    /// itself is exactly 1.
    fn div(self, other: Self) -> Self {
        let quotient = self.hi / other.hi;
        // `other * quotient`, Algorithm 9 (DWTimesFP3).
        let high = Self::product(other.hi, quotient);
        let back = Self::ordered_sum(high.hi, other.lo.mul_add(quotient, high.lo));
        let rest = (self.hi - back.hi) + (self.lo - back.lo);
        Self::ordered_sum(quotient, rest / other.hi)
    }
}
