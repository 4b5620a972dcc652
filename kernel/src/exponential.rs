//! e^z of logits, scaled by a power of two that the largest logit of the row decides.
//!
//! The plain way subtracts the largest logit, which rounds, and exponentiates. Here:
//!
//! 1. The logit itself is reduced: z = n ln 2 + r with an integer n and |r| <= ln(2) / 2. The
//!    difference is exact up to its last step, so no rounding of `z - max` ever happens.
//! 2. e^z = 2^n e^r is scaled by 2^-anchor with an integer anchor, which is exact, as is every
//!    later change of the anchor.
//! 3. The anchor lies [`LIFT`](Float::LIFT) below the largest logit's n, and logits further than
//!    [`DEPTH`](Float::DEPTH) below the largest are held there: no term overflows, none is
//!    subnormal, and what is held contributes less than half the smallest subnormal.
//! 4. Logits above [`DIRECT_LIMIT`](Float::DIRECT_LIMIT) in magnitude have the largest
//!    subtracted first; there, and only there, that is exact for all that matter.
//!
//! Minus infinity is held at `DEPTH` like any small logit; NaN and plus infinity give NaN.

use crate::{
    element::Float,
    pair::{Pair, quick_two_sum, two_sum},
    vector::{Arch, MAX_LANES, Vector},
};

/// The scaled exponential function of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exponential<V> {
    shift: V,
    floor: V,
    rounder: V,
}

/// The same numbers of one row.
#[derive(Clone, Copy, Debug)]
struct Scale<T> {
    /// Subtracted from every logit.
    shift: T,
    /// Where logits are held that are too far below, after the shift.
    floor: T,
    /// Rounds a product to an integer, with the exponent's bias and the anchor added: the low
    /// bits of the sum are the biased exponent of the scaled power of two.
    rounder: T,
}

impl<T: Float> Scale<T> {
    #[inline(always)]
    fn of(max: T) -> Self {
        let (anchor, shift) = anchor(max);
        Self {
            shift,
            floor: max - shift - T::DEPTH,
            rounder: T::ROUNDER + (T::EXPONENT_BIAS - anchor),
        }
    }
}

/// e^z 2^-anchor = `power` e^(`remainder` + `remainder_low`).
struct Reduced<V> {
    power: V,
    remainder: V,
    remainder_low: V,
}

/// The integer that the terms of a row with this largest logit are scaled down by, as a power of
/// two; and what is subtracted from its logits before. `max` must be finite.
pub(crate) fn anchor<T: Float>(max: T) -> (T, T) {
    let direct = max <= T::DIRECT_LIMIT && -max <= T::DIRECT_LIMIT;
    let shift = if direct { T::ZERO } else { max };
    let nearest = ((max - shift) * T::LOG2_E + T::ROUNDER) - T::ROUNDER;
    (nearest - T::LIFT, shift)
}

impl<V: Vector> Exponential<V> {
    /// For a row, or a part of it, whose largest logit is `max`: finite, or NaN, which gives NaN.
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch, max: V::Element) -> Self {
        let Scale {
            shift,
            floor,
            rounder,
        } = Scale::of(max);
        Self {
            shift: V::splat(arch, shift),
            floor: V::splat(arch, floor),
            rounder: V::splat(arch, rounder),
        }
    }

    /// For a row in every lane, with these largest logits.
    #[inline(always)]
    pub(crate) fn of_rows(arch: V::Arch, maxima: [V::Element; MAX_LANES]) -> Self {
        let scales = maxima.map(Scale::of);
        let zero = V::Element::ZERO;
        Self {
            shift: V::load(arch, &scales.map(|scale| scale.shift), zero),
            floor: V::load(arch, &scales.map(|scale| scale.floor), zero),
            rounder: V::load(arch, &scales.map(|scale| scale.rounder), zero),
        }
    }

    /// Reduces `z`; `remainder_low` is computed only where it is used.
    #[inline(always)]
    fn reduce(&self, arch: V::Arch, z: V) -> Reduced<V> {
        // The floor first: `max` gives its second operand where one is NaN.
        let z = self.floor.max(z - self.shift);
        let rounded = z.mul_add(V::splat(arch, V::Element::LOG2_E), self.rounder);
        let integer = rounded - self.rounder;
        let (exact, last) = if V::Arch::FUSED {
            V::Element::LN_2_FUSED
        } else {
            V::Element::LN_2_UNFUSED
        };
        let mut difference = z;
        for &part in exact {
            difference = integer.mul_add(V::splat(arch, -part), difference);
        }
        let last = V::splat(arch, -last);
        let remainder = integer.mul_add(last, difference);
        Reduced {
            power: rounded.low_bits_to_exponent(),
            remainder,
            remainder_low: integer.mul_add(last, difference - remainder),
        }
    }

    /// e^z = `power` (1 + `t`), with `t` in about (-0.293, 0.415). The error of 1 + t is below
    /// 0.75 u of it, with u = 2^-24 or 2^-53.
    #[inline(always)]
    pub(crate) fn split(&self, arch: V::Arch, z: V) -> (V, V) {
        let Reduced {
            power,
            remainder: r,
            ..
        } = self.reduce(arch, z);
        let q = polynomial(arch, V::Element::EXP_FROM_SQUARE, r);
        (power, (r * r).mul_add(q, r))
    }

    /// e^z = `power` times a pair, for sums: the error is below 0.65 u, since many equal terms
    /// add up what each of them errs, and nothing is lost in rounding 1 + t.
    #[inline(always)]
    pub(crate) fn term(&self, arch: V::Arch, z: V) -> (V, Pair<V>) {
        let Reduced {
            power,
            remainder: r,
            remainder_low,
        } = self.reduce(arch, z);
        let q = polynomial(arch, V::Element::EXP_FROM_SQUARE, r);
        let t = r + (r * r).mul_add(q, remainder_low);
        (power, quick_two_sum(V::splat(arch, V::Element::ONE), t))
    }

    /// e^(z + `z_low`), scaled, to about 0.05 u. `z_low` is at most half an ulp of `z`.
    #[inline(always)]
    pub(crate) fn pair(&self, arch: V::Arch, z: V, z_low: V) -> Pair<V> {
        let Reduced {
            power,
            remainder: r,
            remainder_low,
        } = self.reduce(arch, z);
        let r_low = remainder_low + z_low;
        let half = V::splat(arch, V::Element::HALF);
        let (square, square_low) = r.two_product(r);
        let cube = (r * square) * polynomial(arch, V::Element::EXP_FROM_CUBE, r);
        let t = two_sum(r, square * half);
        let t_low = t.low + (square_low.mul_add(half, r_low) + r.mul_add(r_low, cube));
        let t = quick_two_sum(t.high, t_low);
        let sum = quick_two_sum(V::splat(arch, V::Element::ONE), t.high);
        Pair::new(sum.high, sum.low + t.low).scale(power)
    }
}

/// Horner's scheme, lowest coefficient first.
#[inline(always)]
pub(crate) fn polynomial<V: Vector>(arch: V::Arch, coefficients: &[V::Element], x: V) -> V {
    let [others @ .., highest] = coefficients else {
        return V::splat(arch, V::Element::ZERO);
    };
    let mut sum = V::splat(arch, *highest);
    for &coefficient in others.iter().rev() {
        sum = sum.mul_add(x, V::splat(arch, coefficient));
    }
    sum
}
