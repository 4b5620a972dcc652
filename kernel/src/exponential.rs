//! e^z of logits, scaled by a power of two that the largest logit of the row decides.
//!
//! The plain way subtracts the largest logit, which rounds, and exponentiates. Here:
//!
//! 1. The logit itself is reduced: z = n ln 2 + r with an integer n and |r| <= ln(2) / 2. The
//!    difference is exact up to its last step, so no rounding of `z - max` ever happens.
//! 2. e^z = 2^n e^r is scaled by 2^-anchor with an integer anchor, which is exact, as is every
//!    later change of the anchor.
//! 3. The anchor lies [`LIFT`](Float::LIFT) below the largest logit's n, so no term overflows.
//!    Logits so far below that their power of two would be subnormal are held where the exponent
//!    field is zero, and so is their term: for `f32` this is 219 powers of two below the largest
//!    (e^-151), for `f64` 1923 (e^-1332), and 2^31 such classes would weigh less than half the
//!    smallest subnormal number.
//! 4. Logits above [`DIRECT_LIMIT`](Float::DIRECT_LIMIT) in magnitude have the largest
//!    subtracted first; there, and only there, that is exact for all that matter.
//!
//! The term of minus infinity is 0; NaN and plus infinity give NaN.

mod octaves;

use crate::{
    element::Float,
    pair::{Pair, quick_two_sum, two_sum},
    polynomial::{polynomial, polynomial_in_fours},
    vector::{Arch, Vector, magnitude},
};

/// The scaled exponential function of one row, or of a row in every lane. In another [base] than e
/// all that is said of e^z here holds of b^z, and integers, remainders and polynomials are those of
/// 2^(z log2 b).
///
/// [base]: crate::base
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exponential<V> {
    /// Subtracted from every logit.
    shift: V,
    /// Where logits are held that are too far below, after the shift.
    floor: V,
    /// Rounds a product to an integer, with the exponent's bias and the anchor added: the low
    /// bits of the sum are the biased exponent of the scaled power of two.
    rounder: V,
}

/// e^z 2^-anchor = `power` e^(`exact` + `rest`), and `remainder` the rounded sum of the two; in
/// another base than e, powers of 2 in place of those of e.
pub(crate) struct Reduced<V> {
    power: V,
    exact: V,
    rest: V,
    remainder: V,
}

/// The integer that the terms of rows with these largest logits are scaled down by, as a power
/// of two; and what is subtracted from their logits before. The maxima must be finite.
#[inline(always)]
pub(crate) fn anchor<V: Vector>(arch: V::Arch, max: V) -> (V, V) {
    let base = arch.base::<V::Element>();
    let limit = V::splat(arch, base.direct_limit);
    let rounder = V::splat(arch, V::Element::ROUNDER);
    let beyond = limit.less_than(magnitude(max));
    let shift = V::select(beyond, max, V::splat(arch, V::Element::ZERO));
    let product = (max - shift) * V::splat(arch, base.log2.high);
    let nearest = (product + rounder) - rounder;
    (nearest - V::splat(arch, V::Element::LIFT), shift)
}

impl<V: Vector> Exponential<V> {
    /// For rows, or parts of them, in lanes, whose largest logits are finite, or NaN, which
    /// gives NaN.
    #[inline(always)]
    pub(crate) fn of_lanes(arch: V::Arch, max: V) -> Self {
        let (anchor, shift) = anchor(arch, max);
        Self::anchored(arch, anchor, shift)
    }

    /// The same with terms that are lifted less, by [`LIFTED`](Float::LIFTED) alone and an exponent
    /// with which no term is beyond the type: enough for every term that, times two to that exponent,
    /// rounds to something else than zero. What follows from a reciprocal on that scale is normal, and
    /// multiplications of subnormal numbers are slow on many processors.
    #[inline(always)]
    pub(crate) fn of_results(arch: V::Arch, max: V, exponent: V) -> Self {
        let (anchor, shift) = anchor(arch, max);
        let down = V::splat(arch, V::Element::LIFT_OF_SUMS) - exponent;
        Self::anchored(arch, anchor + down, shift)
    }

    #[inline(always)]
    fn anchored(arch: V::Arch, anchor: V, shift: V) -> Self {
        let bias = V::splat(arch, V::Element::EXPONENT_BIAS);
        Self {
            shift,
            floor: (anchor - bias) * V::splat(arch, arch.base::<V::Element>().octave),
            rounder: V::splat(arch, V::Element::ROUNDER) + (bias - anchor),
        }
    }

    /// For a row, or a part of it, whose largest logit is `max`.
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch, max: V::Element) -> Self {
        Self::of_lanes(arch, V::splat(arch, max))
    }

    /// Whether anything is subtracted from logits, in any lane.
    #[inline(always)]
    pub(crate) fn is_shifted(&self, arch: V::Arch) -> bool {
        let zero = V::splat(arch, V::Element::ZERO);
        V::any(zero.less_than(magnitude(self.shift)))
    }

    /// What is subtracted from every logit.
    #[inline(always)]
    pub(crate) fn shift(&self) -> V {
        self.shift
    }

    /// The integer that the terms are scaled down by, as a power of two.
    #[inline(always)]
    pub(crate) fn anchor(&self, arch: V::Arch) -> V {
        let bias = V::splat(arch, V::Element::EXPONENT_BIAS);
        bias - (self.rounder - V::splat(arch, V::Element::ROUNDER))
    }

    /// Lane by lane.
    #[inline(always)]
    pub(crate) fn select(mask: V::Mask, if_true: Self, if_false: Self) -> Self {
        Self {
            shift: V::select(mask, if_true.shift, if_false.shift),
            floor: V::select(mask, if_true.floor, if_false.floor),
            rounder: V::select(mask, if_true.rounder, if_false.rounder),
        }
    }

    /// The rows of the lanes one by one.
    #[inline(always)]
    pub(crate) fn to_rows(self) -> impl Iterator<Item = Exponential<V::Element>> {
        let rest = self
            .floor
            .to_lanes()
            .into_iter()
            .zip(self.rounder.to_lanes());
        let lanes = self.shift.to_lanes().into_iter().zip(rest);
        lanes.map(|(shift, (floor, rounder))| Exponential {
            shift,
            floor,
            rounder,
        })
    }

    /// The function of one row in every lane.
    #[inline(always)]
    pub(crate) fn splat(arch: V::Arch, of_row: Exponential<V::Element>) -> Self {
        Self {
            shift: V::splat(arch, of_row.shift),
            floor: V::splat(arch, of_row.floor),
            rounder: V::splat(arch, of_row.rounder),
        }
    }

    /// Reduces `z`. What of it is not used is not computed.
    #[inline(always)]
    fn reduce(&self, arch: V::Arch, z: V) -> Reduced<V> {
        // The floor first: `max` gives its second operand where one is NaN.
        let z = self.floor.max(z - self.shift);
        self.reduce_rounded(arch, z, self.rounded(arch, z))
    }

    /// `z` without the shift in powers of two, rounded to an integer in the low bits: the biased
    /// exponent of the scaled power of two.
    #[inline(always)]
    fn rounded(&self, arch: V::Arch, z: V) -> V {
        let log2 = V::splat(arch, arch.base::<V::Element>().log2.high);
        z.mul_add(log2, self.rounder)
    }

    #[inline(always)]
    fn reduce_rounded(&self, arch: V::Arch, z: V, rounded: V) -> Reduced<V> {
        let integer = rounded - self.rounder;
        let power = rounded.low_bits_to_exponent();
        if !V::Arch::IN_BASE_E {
            let (exact, rest, remainder) = octaves::remainder(arch, z, integer);
            return Reduced {
                power,
                exact,
                rest,
                remainder,
            };
        }
        let (parts, last) = if V::Arch::FUSED {
            V::Element::LN_2_FUSED
        } else {
            V::Element::LN_2_UNFUSED
        };
        let mut exact = z;
        // At most two, written out as polynomials are.
        if let [first, others @ ..] = parts {
            exact = integer.mul_add(V::splat(arch, -*first), exact);
            if let [second] = others {
                exact = integer.mul_add(V::splat(arch, -*second), exact);
            }
        }
        let last = V::splat(arch, -last);
        Reduced {
            power,
            exact,
            rest: integer * last,
            remainder: integer.mul_add(last, exact),
        }
    }

    /// The power of two within a factor sqrt(2) of the term of `z`; 0 for one held at the floor.
    #[inline(always)]
    pub(crate) fn power(&self, arch: V::Arch, z: V) -> V {
        self.reduce(arch, z).power
    }

    /// e^z = `power` (1 + `t`), with `t` in about (-0.293, 0.415). The error of 1 + t is below
    /// 0.55 u of it, with u = 2^-24 or 2^-53.
    #[inline(always)]
    pub(crate) fn term(&self, arch: V::Arch, z: V) -> (V, V) {
        self.reduce(arch, z).term(arch)
    }

    /// The same where the shift is zero.
    #[inline(always)]
    pub(crate) fn unshifted_term(&self, arch: V::Arch, z: V) -> (V, V) {
        let z = self.floor.max(z);
        self.reduce_rounded(arch, z, self.rounded(arch, z))
            .term(arch)
    }

    /// [`term`](Self::term) for sums, a little faster: the error of 1 + t is below 0.75 u. Logits
    /// above the threshold have the term of the threshold. Without `SHIFTED` the shift must be zero.
    #[inline(always)]
    pub(crate) fn split_below<const SHIFTED: bool>(
        &self,
        arch: V::Arch,
        threshold: V,
        z: V,
    ) -> (V, V) {
        // The order of operands as in `reduce`.
        let below = threshold.min(z);
        let shifted = if SHIFTED { below - self.shift } else { below };
        let held = self.floor.max(shifted);
        let rounded = self.rounded(arch, held);
        self.reduce_rounded(arch, held, rounded).split(arch)
    }

    /// The threshold of the row of lane 0, as [`reduce_smaller`](Self::reduce_smaller) wants
    /// it: one that no logit is below where logits are shifted, or all are held at the floor.
    #[inline(always)]
    pub(crate) fn unshifted_limit(&self, arch: V::Arch, threshold: V) -> V {
        let least = V::splat(arch, V::Element::ROUNDER) + V::splat(arch, V::Element::ONE);
        if self.shift.first_lane() == V::Element::ZERO {
            // As `reduce` has it, so that it is computed once for both.
            let held = self.floor.max(threshold - self.shift);
            self.rounded(arch, held).max(least)
        } else {
            least
        }
    }

    /// Reduces one logit that is neither held at the floor nor NaN, and below the threshold by enough
    /// that their powers of two differ, as most are; `None` for any other. One comparison of integers
    /// says so.
    #[inline(always)]
    pub(crate) fn reduce_smaller(&self, arch: V::Arch, z: V, limit: V) -> Option<Reduced<V>> {
        let rounded = self.rounded(arch, z);
        let above = V::splat(arch, V::Element::ROUNDER);
        rounded
            .is_between_bits(above, limit)
            .then_some(self.reduce_rounded(arch, z, rounded))
    }

    /// e^z, scaled, to about 0.05 u.
    #[inline(always)]
    pub(crate) fn pair(&self, arch: V::Arch, z: V) -> Pair<V> {
        if V::IS_SCALAR {
            pair_of_one(arch, self, z)
        } else {
            self.reduce(arch, z).exponential(arch)
        }
    }

    /// The same of a pair, whose second part may be large beside the remainder of the first. Where
    /// pairs have one part, for results in single precision: its relative error is 2^-39 then.
    #[inline(always)]
    pub(crate) fn pair_of(&self, arch: V::Arch, z: Pair<V>) -> Pair<V> {
        if !V::Arch::IN_PAIRS {
            let (power, t) = self.reduce(arch, z.high).short(arch);
            return Pair::new(power.mul_add(t, power), z.low);
        }
        let (power, r) = self.remainder(arch, z);
        of_remainder(arch, power, r)
    }

    /// The same as `power` (1 + t): for z small enough, `power` is the scale alone, and t is
    /// e^z - 1 without a cancellation.
    #[inline(always)]
    pub(crate) fn significand(&self, arch: V::Arch, z: Pair<V>) -> (V, Pair<V>) {
        if !V::Arch::IN_PAIRS {
            let (power, t) = self.reduce(arch, z.high).term(arch);
            return (power, Pair::from_one(arch, t));
        }
        let (power, r) = self.remainder(arch, z);
        (power, less_one(arch, r))
    }

    /// The power of two and the remainder in nats.
    #[inline(always)]
    fn remainder(&self, arch: V::Arch, z: Pair<V>) -> (V, Pair<V>) {
        let reduced = self.reduce(arch, z.high);
        // The second part of a number that is held at the floor, whose power is 0, may be as large
        // as numbers get.
        let zero = V::splat(arch, V::Element::ZERO);
        let low = V::select(reduced.power.equal(zero), zero, z.low);
        let low = if V::Arch::IN_BASE_E {
            low
        } else {
            low * V::splat(arch, arch.base::<V::Element>().log2.high)
        };
        let r = octaves::in_nats(arch, two_sum(reduced.exact, reduced.rest + low));
        (reduced.power, r)
    }
}

impl<V: Vector> Reduced<V> {
    /// The remainder in nats, without a rounding.
    #[inline(always)]
    fn pair(&self, arch: V::Arch) -> Pair<V> {
        if V::Arch::IN_BASE_E {
            let r = self.remainder;
            Pair::new(r, (self.exact - r) + self.rest)
        } else {
            octaves::in_nats(arch, two_sum(self.exact, self.rest))
        }
    }

    /// What [`Exponential::pair`] gives.
    #[inline(always)]
    pub(crate) fn exponential(&self, arch: V::Arch) -> Pair<V> {
        of_remainder(arch, self.power, self.pair(arch))
    }

    /// The power of two and t of [`Exponential::split_below`].
    #[inline(always)]
    pub(crate) fn split(&self, arch: V::Arch) -> (V, V) {
        let r = self.remainder;
        let t = if V::Arch::IN_BASE_E {
            (r * r).mul_add(from_square(arch, r), r)
        } else {
            octaves::less_one_of_rounded(arch, r)
        };
        (self.power, t)
    }

    /// The power of two and t of [`Exponential::term`].
    #[inline(always)]
    fn term(self, arch: V::Arch) -> (V, V) {
        if !V::Arch::IN_BASE_E {
            return (self.power, octaves::less_one(arch, self.exact, self.rest));
        }
        let r = self.remainder;
        // The rounding of r weighs only in the small terms.
        let t = self.exact + (r * r).mul_add(from_square(arch, r), self.rest);
        (self.power, t)
    }

    /// The same with a relative error of 2^-39.
    #[inline(always)]
    fn short(self, arch: V::Arch) -> (V, V) {
        let r = self.remainder;
        let q = polynomial_in_fours(arch, V::Element::EXP_FROM_SQUARE_SHORT, r);
        (self.power, (r * r).mul_add(q, r))
    }
}

/// 2^integer, which must be normal.
#[inline(always)]
pub(crate) fn power_of_two<V: Vector>(arch: V::Arch, integer: V) -> V {
    let bias = V::splat(arch, V::Element::EXPONENT_BIAS);
    (V::splat(arch, V::Element::ROUNDER) + (bias + integer)).low_bits_to_exponent()
}

/// `power` e^r on |r| <= ln(2) / 2.
#[inline(always)]
fn of_remainder<V: Vector>(arch: V::Arch, power: V, r: Pair<V>) -> Pair<V> {
    if V::IS_SCALAR {
        of_remainder_of_one(arch, power, r)
    } else {
        of_remainder_inline(arch, power, r)
    }
}

/// Where there are no vectors, functions of their own: small processors have little room.
#[inline(never)]
fn of_remainder_of_one<V: Vector>(arch: V::Arch, power: V, r: Pair<V>) -> Pair<V> {
    of_remainder_inline(arch, power, r)
}

#[inline(never)]
fn pair_of_one<V: Vector>(arch: V::Arch, exponential: &Exponential<V>, z: V) -> Pair<V> {
    exponential.reduce(arch, z).exponential(arch)
}

#[inline(always)]
fn of_remainder_inline<V: Vector>(arch: V::Arch, power: V, r: Pair<V>) -> Pair<V> {
    let t = less_one(arch, r);
    let sum = quick_two_sum(V::splat(arch, V::Element::ONE), t.high);
    Pair::new(sum.high, sum.low + t.low).scale(power)
}

/// e^r - 1 on |r| <= ln(2) / 2.
#[inline(always)]
fn less_one<V: Vector>(
    arch: V::Arch,
    Pair {
        high: r,
        low: r_low,
    }: Pair<V>,
) -> Pair<V> {
    let half = V::splat(arch, V::Element::HALF);
    let (square, square_low) = r.two_product(r);
    let cube = (r * square) * polynomial(arch, V::Element::EXP_FROM_CUBE, r);
    let t = two_sum(r, square * half);
    let t_low = t.low + (square_low.mul_add(half, r_low) + r.mul_add(r_low, cube));
    quick_two_sum(t.high, t_low)
}

/// q of e^r = 1 + r + r^2 q(r).
#[inline(always)]
fn from_square<V: Vector>(arch: V::Arch, r: V) -> V {
    if V::Arch::IN_PAIRS {
        polynomial(arch, V::Element::EXP_FROM_SQUARE, r)
    } else {
        polynomial_in_fours(arch, V::Element::EXP_FROM_SQUARE, r)
    }
}
