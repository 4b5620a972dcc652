//! Double-doubles with an exponent of their own, so that nothing over- or underflows.

use std::{
    cmp::Ordering,
    iter::Sum,
    ops::{Add, Div, Mul, Neg, Sub},
};

use crate::pair::Pair;

/// A real number to about 106 bits, `(hi + lo) * 2^exponent`, or an infinity or a NaN.
///
/// `1 <= |hi| < 2` and `hi` is `hi + lo` rounded to nearest, or `hi` is zero or not finite and
/// the rest is zero: so equal numbers have equal fields, and there is one zero, without a sign.
/// Relative errors, with u = 2^-53: sum and difference 3 u^2, product 5 u^2, quotient 15 u^2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wide {
    hi: f64,
    lo: f64,
    exponent: i64,
}

/// Exponents beyond `±2^40` become infinity or zero. No format here comes near, and sums of two
/// exponents stay far from the limits of `i64`.
const EXPONENT_LIMIT: i64 = 1 << 40;

impl Wide {
    /// 0.
    pub const ZERO: Self = Self {
        hi: 0.0,
        lo: 0.0,
        exponent: 0,
    };
    /// 1.
    pub const ONE: Self = Self {
        hi: 1.0,
        lo: 0.0,
        exponent: 0,
    };
    /// Positive infinity.
    pub const INFINITY: Self = Self {
        hi: f64::INFINITY,
        lo: 0.0,
        exponent: 0,
    };
    /// Not a number.
    pub const NAN: Self = Self {
        hi: f64::NAN,
        lo: 0.0,
        exponent: 0,
    };

    /// `hi + lo`, of doubles of any size.
    pub fn from_sum(hi: f64, lo: f64) -> Self {
        Self::from(hi) + Self::from(lo)
    }

    /// `pair * 2^exponent`, for a pair with normal `hi` (or zero, or not finite).
    pub(crate) fn from_pair(pair: Pair, exponent: i64) -> Self {
        if pair.hi == 0.0 {
            return Self::ZERO;
        }
        if !pair.hi.is_finite() {
            return Self {
                hi: pair.hi,
                lo: 0.0,
                exponent: 0,
            };
        }
        let own = floor_log2(pair.hi);
        let exponent = exponent + own;
        if exponent > EXPONENT_LIMIT {
            return Self {
                hi: f64::INFINITY.copysign(pair.hi),
                ..Self::ZERO
            };
        }
        if exponent < -EXPONENT_LIMIT {
            return Self::ZERO;
        }
        // In two halves: 2^-1023 is subnormal and 2^1024 does not exist.
        let Pair { hi, lo } = pair
            .scale(power_of_two(-own / 2))
            .scale(power_of_two(-own - -own / 2));
        Self { hi, lo, exponent }
    }

    /// The number as a pair; its exponent must be one of a double.
    pub(crate) fn to_pair(self) -> Pair {
        self.significand().scale(power_of_two(self.exponent))
    }

    /// The number without its power of two.
    pub(crate) const fn significand(self) -> Pair {
        Pair::new(self.hi, self.lo)
    }

    /// The power of two that [`significand`](Self::significand) leaves out.
    pub(crate) const fn exponent(self) -> i64 {
        self.exponent
    }

    /// `(hi, lo, exponent)`: the number is `(hi + lo) * 2^exponent`.
    pub const fn parts(self) -> (f64, f64, i64) {
        (self.hi, self.lo, self.exponent)
    }

    /// Whether it is a NaN.
    pub const fn is_nan(self) -> bool {
        self.hi.is_nan()
    }

    /// Whether it is neither infinite nor a NaN.
    pub const fn is_finite(self) -> bool {
        self.hi.is_finite()
    }

    /// The absolute value.
    #[must_use]
    pub fn abs(self) -> Self {
        if self.hi < 0.0 { -self } else { self }
    }

    /// `self * 2^n`, exactly.
    #[must_use]
    pub fn scale(self, n: i64) -> Self {
        Self::from_pair(self.significand(), self.exponent + n)
    }

    /// floor(log2 |self|); `None` for zero, infinities and NaN.
    pub fn floor_log2(self) -> Option<i64> {
        if self.hi == 0.0 || !self.hi.is_finite() {
            return None;
        }
        // A negative `lo` under a `hi` of 1 leaves the number just below the power of two.
        let below = self.hi.abs() == 1.0 && self.lo * self.hi < 0.0;
        Some(self.exponent - i64::from(below))
    }

    /// Rounds to the nearest `f64`, ties to even, subnormals included.
    pub fn to_f64(self) -> f64 {
        if !self.hi.is_finite() || self.hi == 0.0 {
            return self.hi;
        }
        if self.exponent > 1023 {
            return f64::INFINITY.copysign(self.hi);
        }
        if self.exponent >= -1022 {
            return self.hi * power_of_two(self.exponent);
        }
        if self.exponent < -1076 {
            return 0.0_f64.copysign(self.hi);
        }
        // Subnormal: round to an integer number of the smallest ones. `hi` can lie in the middle
        // between two of them, and then `lo` decides.
        let Pair { hi, lo } = self.significand().scale(power_of_two(self.exponent + 1074));
        let rounded = hi.round_ties_even();
        let rest = hi - rounded;
        let rounded = if rest.abs() == 0.5 && lo != 0.0 {
            if lo > 0.0 { hi.ceil() } else { hi.floor() }
        } else {
            rounded
        };
        // 2^-1074 itself has no normal reciprocal, hence two steps, both exact.
        rounded * power_of_two(-537) * power_of_two(-537)
    }
}

/// floor(log2 |x|) of a normal number.
fn floor_log2(x: f64) -> i64 {
    ((x.to_bits() >> 52) & 0x7ff) as i64 - 1023
}

/// `2^n` for `n` in -1022..=1023.
pub(crate) fn power_of_two(n: i64) -> f64 {
    debug_assert!((-1022..=1023).contains(&n), "2^{n} is not a normal f64");
    f64::from_bits(((n + 1023) as u64) << 52)
}

impl From<f64> for Wide {
    fn from(x: f64) -> Self {
        if x.is_subnormal() {
            Self::from_pair(Pair::from(x * power_of_two(64)), -64)
        } else {
            Self::from_pair(Pair::from(x), 0)
        }
    }
}

impl From<f32> for Wide {
    fn from(x: f32) -> Self {
        Self::from(f64::from(x))
    }
}

impl Neg for Wide {
    type Output = Self;

    fn neg(self) -> Self {
        if self.hi == 0.0 {
            self
        } else {
            Self {
                hi: -self.hi,
                lo: -self.lo,
                ..self
            }
        }
    }
}

impl Add for Wide {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        if !self.hi.is_finite() || !other.hi.is_finite() {
            return Self::from_pair(Pair::from(self.hi + other.hi), 0);
        }
        if self.hi == 0.0 {
            return other;
        }
        if other.hi == 0.0 {
            return self;
        }
        let (large, small) = if self.exponent >= other.exponent {
            (self, other)
        } else {
            (other, self)
        };
        let shift = small.exponent - large.exponent;
        // Doubles that far apart cannot be aligned; the small one is below 2^-1000 of the large.
        if shift < -1000 {
            return large;
        }
        let sum = large.significand() + small.significand().scale(power_of_two(shift));
        Self::from_pair(sum, large.exponent)
    }
}

impl Sub for Wide {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Wide {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let high = self.hi * other.hi;
        if high == 0.0 || !high.is_finite() {
            return Self::from_pair(Pair::from(high), 0);
        }
        Self::from_pair(
            self.significand() * other.significand(),
            self.exponent + other.exponent,
        )
    }
}

impl Div for Wide {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let high = self.hi / other.hi;
        if high == 0.0 || !high.is_finite() {
            return Self::from_pair(Pair::from(high), 0);
        }
        Self::from_pair(
            self.significand() / other.significand(),
            self.exponent - other.exponent,
        )
    }
}

impl Sum for Wide {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(Self::ZERO, Add::add)
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        // Infinities first: inf - inf would make a NaN of equal ones.
        if self == other {
            return Some(Ordering::Equal);
        }
        (*self - *other).hi.partial_cmp(&0.0)
    }
}
