//! Powers of two, 2^f, where the base of exponentials is not e: octaves take the place of nats.

use crate::{
    element::Float,
    pair::Pair,
    polynomial::polynomial,
    vector::{Arch, Vector},
};

/// z log2 b less its integer as `exact` + `rest`, and the rounded sum of the two.
#[inline(always)]
pub(super) fn remainder<V: Vector>(arch: V::Arch, z: V, integer: V) -> (V, V, V) {
    let log2 = arch.base::<V::Element>().log2;
    let (log2, log2_low) = (V::splat(arch, log2.high), V::splat(arch, log2.low));
    let (product, error) = z.two_product(log2);
    let exact = product - integer;
    let rest = z.mul_add(log2_low, error);
    let sum = if V::Arch::FUSED {
        // Two roundings, by a quarter of 2^-24 (2^-53) at most each, and no need of the others.
        z.mul_add(log2_low, z.mul_add(log2, -integer))
    } else {
        exact + rest
    };
    (exact, rest, sum)
}

/// A remainder of z in nats.
#[inline(always)]
pub(super) fn in_nats<V: Vector>(arch: V::Arch, remainder: Pair<V>) -> Pair<V> {
    if V::Arch::IN_BASE_E {
        remainder
    } else {
        remainder.mul(Pair::splat(arch, Pair::LN_2))
    }
}

/// 2^f - 1 on |f| <= 1 / 2, of a remainder that has been rounded.
#[inline(always)]
pub(super) fn less_one_of_rounded<V: Vector>(arch: V::Arch, f: V) -> V {
    let q = polynomial(arch, V::Element::EXP2_FROM_SQUARE, f);
    f * q.mul_add(f, V::splat(arch, V::Element::LN_2))
}

/// The same of one that has not: its rounding weighs only in the small terms.
#[inline(always)]
pub(super) fn less_one<V: Vector>(arch: V::Arch, exact: V, rest: V) -> V {
    let ln_2 = V::splat(arch, V::Element::LN_2);
    let f = exact + rest;
    let q = polynomial(arch, V::Element::EXP2_FROM_SQUARE, f);
    let small = (f * f).mul_add(q, rest * ln_2);
    if V::Arch::FUSED {
        exact.mul_add(ln_2, small)
    } else {
        let (high, low) = exact.two_product(ln_2);
        high + (low + small)
    }
}
