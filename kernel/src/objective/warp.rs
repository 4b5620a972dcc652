//! What becomes of logits before the softmax: softcap, then temperature.

use super::terms::Terms;
use crate::{
    element::Float,
    exponential::Exponential,
    pair::{Pair, quick_two_sum},
    vector::Vector,
};

/// z = s tanh(x / s) / T as a function of the logit x.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Warp<V> {
    softcap: Option<Divisor<V>>,
    temperature: Option<Divisor<V>>,
}

/// A number and its reciprocal: a division takes as long as some twenty multiplications. Options are
/// from 1e-30 to 1e30, so no digits of either are below the normal numbers.
#[derive(Clone, Copy, Debug)]
struct Divisor<V> {
    number: V,
    reciprocal: Pair<V>,
}

impl<V: Vector<Element = f64>> Divisor<V> {
    #[inline(always)]
    fn of(arch: V::Arch, number: f64) -> Self {
        let number = V::splat(arch, number);
        Self {
            number,
            reciprocal: Pair::from_one(arch, number).reciprocal(arch),
        }
    }
}

/// z with its derivatives by the logit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Warped<V> {
    pub(crate) z: Pair<V>,
    pub(crate) first: Pair<V>,
    pub(crate) second: Pair<V>,
}

impl<V: Vector<Element = f64>> Warp<V> {
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch, terms: &Terms<'_>) -> Self {
        Self {
            softcap: terms.softcap.map(
                #[inline(always)]
                |cap| Divisor::of(arch, cap),
            ),
            temperature: terms.temperature.map(
                #[inline(always)]
                |temperature| Divisor::of(arch, temperature),
            ),
        }
    }

    /// Whether z is the logit itself.
    #[inline(always)]
    pub(crate) fn is_identity(&self) -> bool {
        self.softcap.is_none() && self.temperature.is_none()
    }

    /// Of logits; a masked class stays masked, with the derivatives of the formula.
    #[inline(always)]
    pub(crate) fn apply(&self, arch: V::Arch, logits: V) -> Warped<V> {
        let zero = V::splat(arch, 0.0);
        let one = Pair::from_one(arch, V::splat(arch, 1.0));
        let mut warped = Warped {
            z: Pair::new(logits, zero),
            first: one,
            second: Pair::new(zero, zero),
        };
        if let Some(cap) = self.softcap {
            warped = capped(arch, logits, &cap);
        }
        if let Some(temperature) = self.temperature {
            warped.z = warped.z.mul(temperature.reciprocal);
            warped.first = warped.first.mul(temperature.reciprocal);
            warped.second = warped.second.mul(temperature.reciprocal);
        }
        let lowest = V::splat(arch, f64::NEG_INFINITY);
        let masked = logits.equal(lowest);
        warped.z = Pair::select(masked, Pair::new(lowest, zero), warped.z);
        warped
    }
}

/// 2^-54: below it tanh x is x (1 - x^2 / 3) with less than 2^-109 in the bracket to be seen.
const LINE: f64 = 1.0 / (1_u64 << 54) as f64;

/// s tanh(x / s) with its derivatives.
///
/// With m = e^(-2 |x| / s) - 1, which does not cancel where x is small, tanh is -m / (2 + m) and
/// 1 - tanh^2 is 4 (1 + m) / (2 + m)^2.
#[inline(always)]
fn capped<V: Vector<Element = f64>>(arch: V::Arch, x: V, cap: &Divisor<V>) -> Warped<V> {
    let zero = V::splat(arch, 0.0);
    let two = V::splat(arch, 2.0);
    let negative = x.less_than(zero);
    // Beyond 2^10 the hyperbolic tangent is 1, and 1 - tanh^2 is 0, for any purpose. In this order
    // NaN stays.
    let furthest = cap.number * V::splat(arch, 1024.0);
    let magnitude = Pair::from_one(arch, furthest.min(x.max(-x))).mul(cap.reciprocal);
    let exponent = magnitude.scale(-two);
    let (power, t) = Exponential::<V>::new(arch, 0.0).significand(arch, exponent);
    let (unlift, unlift_rest) = f64::UNLIFT;
    let power = power * V::splat(arch, unlift) * V::splat(arch, unlift_rest);
    let term = quick_two_sum(V::splat(arch, 1.0), t.high);
    let term = Pair::new(term.high, term.low + t.low).scale(power);
    let less_one = quick_two_sum(V::splat(arch, -1.0), power).add(t.scale(power));

    let below = Pair::from_one(arch, two).add(less_one).reciprocal(arch);
    let tanh = less_one.mul(below).scale(V::splat(arch, -1.0));
    let tanh = Pair::select(negative, tanh.scale(V::splat(arch, -1.0)), tanh);
    let first = term.scale(two * two).mul(below).mul(below);
    // So near zero the function is x, to twice the precision, and x / s may be below the normal
    // numbers. Added to zero, so that there is one zero.
    let is_line = magnitude.high.less_than(V::splat(arch, LINE));
    let line = Pair::new(x + zero, zero);
    Warped {
        z: Pair::select(is_line, line, tanh.mul(Pair::from_one(arch, cap.number))),
        first,
        second: tanh.mul(first).mul(cap.reciprocal).scale(-two),
    }
}
