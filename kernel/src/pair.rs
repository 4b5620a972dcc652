//! Numbers of twice the precision: the unevaluated sum of two, lane by lane.
//!
//! The same few error-free transformations give `f32` rows 48 bits and `f64` rows 106, so one
//! algorithm serves both, with no wider type and on processors that have none. Sums after
//! O. Møller and D. E. Knuth, quick sums after T. J. Dekker, Numer. Math. 18 (1971) 224.

use core::ops::{Add, Sub};

use crate::{
    element::Float,
    vector::{Arch, Unfused, Vector, is_infinite, portable::Portable},
};

/// Plain arithmetic, the same on every backend.
pub(crate) const PLAIN: Portable<Unfused> = Portable(Unfused);

/// One number in plain arithmetic.
pub(crate) type Plain<T> = <T as Float>::Vector<Portable<Unfused>>;

/// `high + low`, with `low` at most half a unit in the last place of `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Pair<V> {
    pub(crate) high: V,
    pub(crate) low: V,
}

impl<X> Pair<X> {
    /// Both parts.
    #[inline(always)]
    pub(crate) fn each<'a, Y>(&'a self, mut f: impl FnMut(&'a X) -> Y) -> Pair<Y> {
        Pair {
            high: f(&self.high),
            low: f(&self.low),
        }
    }
}

/// The sum and its rounding error, exact for any order of magnitudes.
#[inline(always)]
pub(crate) fn two_sum<V>(a: V, b: V) -> Pair<V>
where
    V: Copy + Add<Output = V> + Sub<Output = V>,
{
    let high = a + b;
    let b_part = high - a;
    Pair {
        high,
        low: (a - (high - b_part)) + (b - b_part),
    }
}

/// The sum and its rounding error, exact if `a` is zero or not smaller than `b` in magnitude.
#[inline(always)]
pub(crate) fn quick_two_sum<V>(a: V, b: V) -> Pair<V>
where
    V: Copy + Add<Output = V> + Sub<Output = V>,
{
    let high = a + b;
    Pair {
        high,
        low: b - (high - a),
    }
}

/// Where there are no vectors, functions of their own: small processors have little room.
#[inline(never)]
fn product<V: Vector>(a: Pair<V>, b: Pair<V>) -> Pair<V> {
    a.mul_inline(b)
}

#[inline(never)]
fn quotient<V: Vector>(a: Pair<V>, b: Pair<V>) -> Pair<V> {
    a.div_inline(b)
}

/// Where the backend has pairs of one part, the second is of no meaning, and nothing is done for it.
impl<V: Vector> Pair<V> {
    /// With another first part, where that is all there is.
    #[inline(always)]
    fn with_high(self, high: V) -> Self {
        Self {
            high,
            low: self.low,
        }
    }

    #[inline(always)]
    pub(crate) fn new(high: V, low: V) -> Self {
        Self { high, low }
    }

    /// A number of one part.
    #[inline(always)]
    pub(crate) fn from_one(arch: V::Arch, high: V) -> Self {
        Self {
            high,
            low: V::splat(arch, V::Element::ZERO),
        }
    }

    /// The nearest single number.
    #[inline(always)]
    pub(crate) fn round(self) -> V {
        if V::Arch::IN_PAIRS {
            self.high + self.low
        } else {
            self.high
        }
    }

    /// Relative error about 2^-2p for operands of equal sign.
    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        if !V::Arch::IN_PAIRS {
            return self.with_high(self.high + other.high);
        }
        let sum = two_sum(self.high, other.high);
        quick_two_sum(sum.high, sum.low + (self.low + other.low))
    }

    /// Relative error about 2^-2p.
    #[inline(always)]
    pub(crate) fn mul(self, other: Self) -> Self {
        if !V::Arch::IN_PAIRS {
            return self.with_high(self.high * other.high);
        }
        if V::IS_SCALAR {
            product(self, other)
        } else {
            self.mul_inline(other)
        }
    }

    /// The same, never a call.
    #[inline(always)]
    pub(crate) fn mul_inline(self, other: Self) -> Self {
        let (high, low) = self.high.two_product(other.high);
        let cross = self.high.mul_add(other.low, self.low * other.high);
        quick_two_sum(high, low + cross)
    }

    /// Relative error about 2^-2p.
    #[inline(always)]
    pub(crate) fn div(self, divisor: Self) -> Self {
        if !V::Arch::IN_PAIRS {
            return self.with_high(self.high / divisor.high);
        }
        if V::IS_SCALAR {
            quotient(self, divisor)
        } else {
            self.div_inline(divisor)
        }
    }

    #[inline(always)]
    fn div_inline(self, divisor: Self) -> Self {
        let high = self.high / divisor.high;
        let (product, error) = high.two_product(divisor.high);
        let remainder = (self.high - product) - error + (self.low - high * divisor.low);
        quick_two_sum(high, remainder / divisor.high)
    }

    /// 1 / the number, by one division. Relative error about 2^-2p.
    #[inline(always)]
    pub(crate) fn reciprocal(self, arch: V::Arch) -> Self {
        let one = V::splat(arch, V::Element::ONE);
        let high = one / self.high;
        if !V::Arch::IN_PAIRS {
            return self.with_high(high);
        }
        let (product, error) = high.two_product(self.high);
        let remainder = (one - product) - error - high * self.low;
        quick_two_sum(high, high * remainder)
    }

    /// Exact as long as nothing underflows.
    #[inline(always)]
    pub(crate) fn scale(self, power_of_two: V) -> Self {
        if !V::Arch::IN_PAIRS {
            return self.with_high(self.high * power_of_two);
        }
        Self {
            high: self.high * power_of_two,
            low: self.low * power_of_two,
        }
    }

    /// Lane by lane.
    #[inline(always)]
    pub(crate) fn select(mask: V::Mask, if_true: Self, if_false: Self) -> Self {
        Self {
            high: V::select(mask, if_true.high, if_false.high),
            low: V::select(mask, if_true.low, if_false.low),
        }
    }

    /// The rough value where that is infinite, since the low parts of what overflows are NaN.
    #[inline(always)]
    pub(crate) fn or_infinite(self, arch: V::Arch, roughly: V) -> Self {
        let infinite = Self::from_one(arch, roughly);
        Self::select(is_infinite(arch, roughly), infinite, self)
    }

    /// The same pair in every lane.
    #[inline(always)]
    pub(crate) fn splat(arch: V::Arch, pair: Pair<V::Element>) -> Self {
        Self::new(V::splat(arch, pair.high), V::splat(arch, pair.low))
    }

    /// Lane 0 of both parts.
    #[inline(always)]
    pub(crate) fn first_lane(self) -> Pair<V::Element> {
        Pair {
            high: self.high.first_lane(),
            low: self.low.first_lane(),
        }
    }

    /// The pairs of the lanes.
    #[inline(always)]
    pub(crate) fn to_lanes(self) -> impl Iterator<Item = Pair<V::Element>> {
        let lanes = self.high.to_lanes().into_iter().zip(self.low.to_lanes());
        lanes.map(|(high, low)| Pair { high, low })
    }
}

impl<T: Float> Pair<T> {
    /// For plain arithmetic.
    pub(crate) fn plain(self) -> Pair<Plain<T>> {
        Pair::splat(PLAIN, self)
    }

    /// A number of one part.
    pub(crate) const fn exactly(high: T) -> Self {
        Self { high, low: T::ZERO }
    }

    /// The sum, in plain arithmetic.
    pub(crate) fn plus(self, other: Self) -> Self {
        self.plain().add(other.plain()).first_lane()
    }

    /// The product, in plain arithmetic.
    pub(crate) fn times(self, other: Self) -> Self {
        self.plain().mul(other.plain()).first_lane()
    }

    /// The quotient, in plain arithmetic.
    pub(crate) fn over(self, divisor: Self) -> Self {
        self.plain().div(divisor.plain()).first_lane()
    }

    /// The nearest single number.
    pub(crate) fn nearest(self) -> T {
        self.high + self.low
    }

    /// A pair of `f64` in the precision of the type.
    pub(crate) fn from_f64(pair: Pair<f64>) -> Self {
        let high = T::from_f64(pair.high);
        let rest: f64 = high.into();
        Self {
            high,
            low: T::from_f64((pair.high - rest) + pair.low),
        }
    }

    /// ln 2.
    pub(crate) const LN_2: Self = Self {
        high: T::LN_2,
        low: T::LN_2_FUSED.1,
    };

    /// 0.
    pub(crate) const ZERO: Self = Self {
        high: T::ZERO,
        low: T::ZERO,
    };
}
