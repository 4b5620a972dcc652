//! The element types of logits and outputs, with the constants of their arithmetic.

use core::{
    fmt::Debug,
    ops::{Add, Div, Mul, Neg, Sub},
};

use crate::{
    base::{Base, Bases},
    cross_entropy::Divisor,
    logit::{GradientOf, Logit},
    operation::StateOperations,
    pair::Pair,
    vector::{Arch, Vector},
    weighing::Weighed,
};

/// The type that logits are computed in, and that outputs have: `f32` or `f64`. Sealed.
pub trait Element: Float + StateOperations + Logit<Element = Self> + GradientOf<Self> {}

impl Element for f32 {}
impl Element for f64 {}

/// What the algorithm has to know of an element type.
///
/// Polynomials are minimax fits, their coefficients rounded one after the other and the rest
/// fitted again; the tests evaluate them against exact values over their whole interval.
pub trait Float:
    Copy
    + PartialOrd
    + Debug
    + Send
    + Sync
    + 'static
    + Into<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// A signed integer of its size.
    type Bits: Copy + Ord;
    /// Its vector on a backend.
    type Vector<A: Arch>: Vector<Element = Self, Arch = A>;

    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// 1/2.
    const HALF: Self;
    /// 2.
    const TWO: Self;
    /// 4.
    const FOUR: Self;
    /// Minus infinity, the logit of a masked class.
    const NEG_INFINITY: Self;
    /// Plus infinity.
    const INFINITY: Self;
    /// Not a number.
    const NAN: Self;

    /// Number of logical lanes of a sum: 64 bytes.
    const LANES: usize = 64 / size_of::<Self>();
    /// Whether the range of `f64` is larger than its own.
    const IS_SINGLE: bool;
    /// Stored bits of the significand.
    const STORED_BITS: u32;
    /// `2^STORED_BITS`: its low bits hold an integer.
    const TWO_STORED_BITS: Self;
    /// `1.5 * 2^STORED_BITS`: added to a number below 2^(STORED_BITS - 1) in magnitude it rounds
    /// to an integer, to be found in the low bits, of either sign.
    const ROUNDER: Self;
    /// Bias of the exponent field.
    const EXPONENT_BIAS: Self;
    /// Veltkamp's 2^ceil(p / 2) + 1 for a significand of p bits.
    const SPLITTER: Self;
    /// sqrt(1/2), rounded: the lower end of the significands that the logarithm sees.
    const SQRT_HALF: Self;

    /// Up to this magnitude of the largest logit, logits are reduced themselves; above it, the
    /// largest is subtracted first, which is exact for every logit within a factor two of it,
    /// and the term of every other is 0. 2^12: the integers of the reduction stay
    /// below 2^13, for which the products with [`LN_2_UNFUSED`](Self::LN_2_UNFUSED) are exact.
    const DIRECT_LIMIT: Self;
    /// The largest term is scaled to about 2^LIFT, so that all that count are normal: what is
    /// LIFT + EXPONENT_BIAS powers of two below it, for `f32` 219 and for `f64` 1923, is below
    /// half the smallest subnormal number even 2^31 times. The sum of 2^33 terms stays finite.
    const LIFT: Self;
    /// `2^-LIFT` as a product of two powers. After the first, what would end as a subnormal
    /// number is still normal: the second is below 2^-24 (2^-53), the length of a significand.
    const UNLIFT: (Self, Self);
    /// 1 / the second factor of [`UNLIFT`](Self::UNLIFT).
    const LIFTED: Self;
    /// Minus the exponent of the first factor of [`UNLIFT`](Self::UNLIFT).
    const LIFT_OF_SUMS: Self;

    /// 6 ln 2, rounded: how far above the second largest of the first logits the others may be.
    const HEADROOM: Self;
    /// As many times minus infinity as there are logical lanes, then plus infinity: a vector of
    /// these that begins at n has minus infinity in all lanes but the last n.
    const TAIL: &'static [Self];

    /// log2(e).
    const LOG2_E: Self;
    /// ln 2, rounded.
    const LN_2: Self;
    /// ln 2 as a sum for fused arithmetic: the first part is ln 2 rounded to the type, and
    /// `fma(integer, -part, z)` with it is exact.
    const LN_2_FUSED: (&'static [Self], Self);
    /// ln 2 as a sum for unfused arithmetic: all parts but the last are so short that their
    /// products with an integer below 2^13 are exact, and so are the differences.
    const LN_2_UNFUSED: (&'static [Self], Self);
    /// ln 2 as the sum of two parts for the logarithm: the first times an exponent is exact.
    const LN_2_SHORT: (Self, Self);

    /// q of e^r = 1 + r + r^2 q(r) on |r| <= ln(2) / 2, lowest coefficient first.
    const EXP_FROM_SQUARE: &'static [Self];
    /// The same, for what is rounded to single precision.
    const EXP_FROM_SQUARE_SHORT: &'static [Self];
    /// q of 2^f = 1 + f ln 2 + f^2 q(f) on |f| <= 1 / 2: the same polynomial of r = f ln 2.
    const EXP2_FROM_SQUARE: &'static [Self];
    /// c of e^r = 1 + r + r^2 / 2 + r^3 c(r) on the same interval, lowest coefficient first.
    const EXP_FROM_CUBE: &'static [Self];
    /// R of ln((1 + s) / (1 - s)) = 2 s + s^3 R(s^2) on |s| <= (sqrt(2) - 1) / (sqrt(2) + 1).
    const LOG_FROM_CUBE: &'static [Self];

    /// The nearest number of the type.
    fn from_f64(value: f64) -> Self;

    /// The same number.
    fn from_f32(value: f32) -> Self;

    /// The total weight of a row.
    #[doc(hidden)]
    fn total_weight(weights: &Weighed<'_>, row: usize, class: usize) -> Pair<Self>;

    /// A divisor of derivatives.
    #[doc(hidden)]
    fn of_divisor(divisor: &Divisor) -> Pair<Self>;

    /// A base of exponentials.
    #[doc(hidden)]
    fn base_of(bases: &Bases) -> Base<Self>;

    /// Its bit pattern.
    fn signed_bits(self) -> Self::Bits;

    /// The number of a bit pattern.
    fn from_signed_bits(bits: Self::Bits) -> Self;

    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// The larger of two; NaN where one is NaN.
    fn larger(self, other: Self) -> Self {
        if self >= other || self.is_nan() {
            self
        } else {
            other
        }
    }

    /// The smaller of two; NaN where one is NaN.
    fn smaller(self, other: Self) -> Self {
        -(-self).larger(-other)
    }

    /// The absolute value, +0 of any zero; NaN stays.
    #[inline(always)]
    fn magnitude(self) -> Self {
        if self <= Self::ZERO {
            Self::ZERO - self
        } else {
            self
        }
    }

    /// Whether it is not a number.
    fn is_nan(self) -> bool;

    /// The square root, rounded to nearest.
    fn sqrt(self) -> Self;

    /// `(significand, exponent)` with the significand in [1/2, 1) and the number their
    /// `significand * 2^exponent`; zero, infinities and NaN are their own significand.
    fn split(self) -> (Self, i32);
}

/// 2^exponent, which must be normal.
const fn power_f32(exponent: i32) -> f32 {
    f32::from_bits(((127 + exponent) as u32) << 23)
}

/// 2^exponent, which must be normal.
const fn power_f64(exponent: i64) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

macro_rules! tail {
    ($name:ident, $element:ident) => {
        /// The second half of the lanes infinite, where all are minus infinity.
        const fn $name<const N: usize>(mut lanes: [$element; N]) -> [$element; N] {
            let mut lane = N / 2;
            while lane < N {
                lanes[lane] = $element::INFINITY;
                lane += 1;
            }
            lanes
        }
    };
}

tail!(tail_f32, f32);
tail!(tail_f64, f64);

macro_rules! in_octaves {
    ($name:ident, $element:ident) => {
        /// Coefficients of r^2, r^3 and so on as those of f^2, f^3 and so on, with r = f ln 2.
        const fn $name<const N: usize>(of_nats: &[$element]) -> [$element; N] {
            let mut of_octaves = [0.0; N];
            let mut power = core::f64::consts::LN_2 * core::f64::consts::LN_2;
            let mut n = 0;
            while n < N {
                of_octaves[n] = (of_nats[n] as f64 * power) as $element;
                power *= core::f64::consts::LN_2;
                n += 1;
            }
            of_octaves
        }
    };
}

in_octaves!(in_octaves_f32, f32);
in_octaves!(in_octaves_f64, f64);

impl Float for f32 {
    type Bits = i32;
    type Vector<A: Arch> = A::F32;

    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const HALF: Self = 0.5;
    const TWO: Self = 2.0;
    const FOUR: Self = 4.0;
    const NEG_INFINITY: Self = Self::NEG_INFINITY;
    const INFINITY: Self = Self::INFINITY;
    const NAN: Self = Self::NAN;

    const IS_SINGLE: bool = true;
    const STORED_BITS: u32 = Self::MANTISSA_DIGITS - 1;
    const TWO_STORED_BITS: Self = 8388608.0;
    const ROUNDER: Self = 12582912.0;
    const EXPONENT_BIAS: Self = 127.0;
    const SPLITTER: Self = 4097.0;
    const SQRT_HALF: Self = core::f32::consts::FRAC_1_SQRT_2;

    const DIRECT_LIMIT: Self = 4096.0;
    const LIFT: Self = 92.0;
    const UNLIFT: (Self, Self) = (power_f32(-66), power_f32(-26));
    const LIFTED: Self = power_f32(26);
    const LIFT_OF_SUMS: Self = 66.0;

    const HEADROOM: Self = 4.1588830833596715;
    const TAIL: &'static [Self] = &tail_f32([Self::NEG_INFINITY; 32]);

    const LOG2_E: Self = core::f32::consts::LOG2_E;
    const LN_2: Self = core::f32::consts::LN_2;
    const LN_2_FUSED: (&'static [Self], Self) = (&[Self::LN_2], -1.9046542e-9);
    // 9, 9 and 24 bits: 0x1.63p-1, -0x1.bdp-13, -0x1.05c61p-29.
    const LN_2_UNFUSED: (&'static [Self], Self) =
        (&[0.693359375, -0.000212192535400390625], -1.9046542e-9);
    // 15 and 24 bits: 0x1.62e4p-1, 0x1.7f7d1cp-20; exponents stay below 2^8.
    const LN_2_SHORT: (Self, Self) = (0.693145751953125, 1.4286068e-6);

    // Relative error of e^r: 2^-28.2.
    const EXP_FROM_SQUARE: &'static [Self] =
        &[0.49999994, 0.16666517, 0.0416681, 0.008369181, 0.0013838535];
    const EXP_FROM_SQUARE_SHORT: &'static [Self] = Self::EXP_FROM_SQUARE;
    const EXP2_FROM_SQUARE: &'static [Self] =
        &in_octaves_f32::<{ Self::EXP_FROM_SQUARE.len() }>(Self::EXP_FROM_SQUARE);
    // Relative error of e^r: 2^-33.2.
    const EXP_FROM_CUBE: &'static [Self] = &[
        0.16666666,
        0.041666463,
        0.00833357,
        0.001393507,
        0.000197403,
    ];
    // Relative error of the logarithm: 2^-35.2.
    const LOG_FROM_CUBE: &'static [Self] = &[0.6666666, 0.40000972, 0.28498763, 0.24280117];

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as Self
    }

    fn total_weight(weights: &Weighed<'_>, row: usize, class: usize) -> Pair<Self> {
        weights.code.total_f32(&weights.weights, row, class)
    }

    fn of_divisor(divisor: &Divisor) -> Pair<Self> {
        divisor.single
    }

    #[inline(always)]
    fn base_of(bases: &Bases) -> Base<Self> {
        bases.single
    }

    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn signed_bits(self) -> Self::Bits {
        self.to_bits().cast_signed()
    }

    #[inline(always)]
    fn from_signed_bits(bits: Self::Bits) -> Self {
        Self::from_bits(bits.cast_unsigned())
    }

    #[inline(always)]
    fn is_finite(self) -> bool {
        self.is_finite()
    }

    #[inline(always)]
    fn is_nan(self) -> bool {
        self.is_nan()
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        libm::sqrtf(self)
    }

    #[inline(always)]
    fn split(self) -> (Self, i32) {
        libm::frexpf(self)
    }
}

impl Float for f64 {
    type Bits = i64;
    type Vector<A: Arch> = A::F64;

    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const HALF: Self = 0.5;
    const TWO: Self = 2.0;
    const FOUR: Self = 4.0;
    const NEG_INFINITY: Self = Self::NEG_INFINITY;
    const INFINITY: Self = Self::INFINITY;
    const NAN: Self = Self::NAN;

    const IS_SINGLE: bool = false;
    const STORED_BITS: u32 = Self::MANTISSA_DIGITS - 1;
    const TWO_STORED_BITS: Self = 4503599627370496.0;
    const ROUNDER: Self = 6755399441055744.0;
    const EXPONENT_BIAS: Self = 1023.0;
    const SPLITTER: Self = 134217729.0;
    const SQRT_HALF: Self = core::f64::consts::FRAC_1_SQRT_2;

    const DIRECT_LIMIT: Self = 4096.0;
    const LIFT: Self = 900.0;
    const UNLIFT: (Self, Self) = (power_f64(-840), power_f64(-60));
    const LIFTED: Self = power_f64(60);
    const LIFT_OF_SUMS: Self = 840.0;

    const HEADROOM: Self = 4.1588830833596715;
    const TAIL: &'static [Self] = &tail_f64([Self::NEG_INFINITY; 16]);

    const LOG2_E: Self = core::f64::consts::LOG2_E;
    const LN_2: Self = core::f64::consts::LN_2;
    const LN_2_FUSED: (&'static [Self], Self) = (&[Self::LN_2], 2.319046813846299558e-17);
    // 37, 14 and 53 bits: 0x1.62e42fefap-1, 0x1.cf78p-40, 0x1.abc9e3b39803fp-56. The second ends
    // where the last place of a remainder does, so that only the last step rounds.
    const LN_2_UNFUSED: (&'static [Self], Self) = (
        &[0.6931471805582987, 1.6465717678215697e-12],
        2.3190468138462996e-17,
    );
    // 41 and 53 bits: 0x1.62e42fefa4p-1, -0x1.8432a1b0e2634p-43; exponents stay below 2^11.
    const LN_2_SHORT: (Self, Self) = (0.6931471805601177038625, -1.723944452561483479263e-13);

    // Relative error of e^r: 2^-63.7; the same polynomial in both forms.
    const EXP_FROM_SQUARE: &'static [Self] = &[
        0.5,
        0.16666666666666682395,
        0.041666666666666539454,
        0.0083333333333180329566,
        0.0013888888888976690279,
        0.00019841269893835930755,
        0.000024801587117117989588,
        2.7557237339870048748e-6,
        2.7557461534356972949e-7,
        2.5111211203805997117e-8,
        2.0855293096583871881e-9,
    ];
    // Relative error of e^r: 2^-39.6.
    const EXP_FROM_SQUARE_SHORT: &'static [Self] = &[
        0.5000000000426811,
        0.16666666784441508,
        0.04166666440504977,
        0.008333281808157376,
        0.0013889197136034562,
        0.00019908938906535082,
        2.4708285851745047e-5,
    ];
    const EXP2_FROM_SQUARE: &'static [Self] =
        &in_octaves_f64::<{ Self::EXP_FROM_SQUARE.len() }>(Self::EXP_FROM_SQUARE);
    const EXP_FROM_CUBE: &'static [Self] = match Self::EXP_FROM_SQUARE {
        [_, cubic @ ..] => cubic,
        [] => &[],
    };
    // Relative error of the logarithm: 2^-59.4.
    const LOG_FROM_CUBE: &'static [Self] = &[
        0.666666666666673291,
        0.39999999999424024066,
        0.28571428740422399883,
        0.22222198764860170983,
        0.18183554821094582987,
        0.15314283300575848301,
        0.14793715250722619392,
    ];

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }

    fn total_weight(weights: &Weighed<'_>, row: usize, class: usize) -> Pair<Self> {
        weights.code.total_f64(&weights.weights, row, class)
    }

    fn of_divisor(divisor: &Divisor) -> Pair<Self> {
        Pair::exactly(divisor.double)
    }

    #[inline(always)]
    fn base_of(bases: &Bases) -> Base<Self> {
        bases.double
    }

    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        value.into()
    }

    #[inline(always)]
    fn signed_bits(self) -> Self::Bits {
        self.to_bits().cast_signed()
    }

    #[inline(always)]
    fn from_signed_bits(bits: Self::Bits) -> Self {
        Self::from_bits(bits.cast_unsigned())
    }

    #[inline(always)]
    fn is_finite(self) -> bool {
        self.is_finite()
    }

    #[inline(always)]
    fn is_nan(self) -> bool {
        self.is_nan()
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        libm::sqrt(self)
    }

    #[inline(always)]
    fn split(self) -> (Self, i32) {
        libm::frexp(self)
    }
}

#[cfg(test)]
mod tests;
