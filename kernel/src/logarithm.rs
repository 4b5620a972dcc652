//! ln(1 + x) of a pair, for x >= 0.
//!
//! 1 + x = 2^k f with f in [sqrt(1/2), sqrt(2)), and ln f from g = f - 1 as in Sun's fdlibm
//! (`e_log.c`): with s = g / (2 + g), ln(1 + g) = g - g^2/2 + s (g^2/2 + R(s^2)). For k = 0 the
//! g is x itself, so nothing is lost however small x is. The first two terms are kept exactly,
//! the third weighs at most 5 % of the sum; the error stays below 0.15 u.

use crate::{
    element::Float,
    pair::{Pair, quick_two_sum, two_sum},
    polynomial::polynomial,
    vector::{Arch, Vector},
};

/// ln(1 + x) for x in [0, 2^60]; NaN for NaN.
#[inline(always)]
pub(crate) fn ln_1p<V: Vector>(arch: V::Arch, x: Pair<V>) -> Pair<V> {
    let one = V::splat(arch, V::Element::ONE);
    let half = V::splat(arch, V::Element::HALF);
    let x = if V::Arch::IN_PAIRS {
        x
    } else {
        Pair::from_one(arch, x.high)
    };

    let sum = two_sum(one, x.high);
    let sum_low = sum.low + x.low;
    let (significand, scale, exponent) = sum.high.split_exponent();
    let scaled = quick_two_sum(significand - one, sum_low * scale);
    let below = exponent.less_than(half);
    let g = Pair::select(below, x, scaled);

    let (square, square_low) = g.high.two_product(g.high);
    let half_square = square * half;
    let s = g.high / (g.high + one + one);
    let s_squared = s * s;
    let r = s_squared * polynomial(arch, V::Element::LOG_FROM_CUBE, s_squared);
    let third = s * (half_square + r);
    // d ln(1 + g) = dg / (1 + g), to second order in g: what is left out is below g^3 dg.
    let slope = g.high.mul_add(g.high, one - g.high);

    let main = two_sum(g.high, -half_square);
    let low = main.low + (g.low.mul_add(slope, third) - square_low * half);

    let (ln2_high, ln2_low) = V::Element::LN_2_SHORT;
    let integer_part = exponent * V::splat(arch, ln2_high);
    let total = two_sum(integer_part, main.high);
    quick_two_sum(
        total.high,
        total.low + exponent.mul_add(V::splat(arch, ln2_low), low),
    )
}
