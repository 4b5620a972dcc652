//! What becomes of logits before the softmax: softcap, then temperature.

use super::{
    even::{DOWN, UP},
    terms::Terms,
    window::VECTORS,
};
use crate::{
    element::Float,
    exponential::Exponential,
    pair::{Pair, quick_two_sum},
    vector::{Arch, Vector, magnitude},
};

/// z = s tanh(x / s) / T as a function of the logits x of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Warp<V> {
    softcap: Option<Divisor<V>>,
    temperature: Option<Divisor<V>>,
    /// Subtracted from every capped logit: that of the largest where z is [far](FAR) from zero.
    origin: Pair<V>,
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

impl<V: Vector> Warped<V> {
    /// Nothing yet.
    #[inline(always)]
    pub(crate) fn zero(arch: V::Arch) -> Self {
        let zero = Pair::from_one(arch, V::splat(arch, V::Element::ZERO));
        Self {
            z: zero,
            first: zero,
            second: zero,
        }
    }
}

/// Rows with a largest z beyond this have it subtracted: otherwise the second part of a z would not be
/// small beside ln 2, and z itself might be beyond the type where differences are not. Below it their
/// second parts are less than 2^-33.
pub(super) const FAR: f64 = (1_u64 << 20) as f64;

/// 2^900. Larger numbers are scaled by [`DOWN`] before they are subtracted and multiplied: a difference
/// may be beyond the type where a temperature brings it back, and the parts of a product overflow long
/// before it does.
const HUGE: f64 = f64::from_bits((1023 + 900) << 52);

impl<V: Vector<Element = f64>> Warp<V> {
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch, terms: &Terms<'_>) -> Self {
        let zero = V::splat(arch, 0.0);
        Self {
            softcap: terms.softcap.map(
                #[inline(always)]
                |cap| Divisor::of(arch, cap),
            ),
            temperature: terms.temperature.map(
                #[inline(always)]
                |temperature| Divisor::of(arch, temperature),
            ),
            origin: Pair::new(zero, zero),
        }
    }

    /// Whether z is the logit itself.
    #[inline(always)]
    pub(crate) fn is_identity(&self) -> bool {
        self.softcap.is_none() && self.temperature.is_none()
    }

    /// Chooses the origin by the largest logit of the row. Gives the largest z, and the same less
    /// the origin.
    #[inline(always)]
    pub(crate) fn start_at(&mut self, arch: V::Arch, max: V) -> [Pair<V>; 2] {
        let top = self.capped(arch, max).z;
        let z = self.tempered(arch, top);
        if self.is_identity() || !V::Arch::IN_PAIRS {
            return [z; 2];
        }
        let is_far = V::splat(arch, FAR).less_than(magnitude(z.high));
        let nothing = self.origin;
        self.origin = Pair::select(is_far, top, nothing);
        [z, Pair::select(is_far, nothing, z)]
    }

    /// Of logits, z less that of the [`origin`](Self::origin); a masked class stays masked, with the
    /// derivatives of the formula.
    #[inline(always)]
    pub(crate) fn apply(&self, arch: V::Arch, logits: V) -> Warped<V> {
        let mut warped = self.capped(arch, logits);
        if let Some(temperature) = self.temperature {
            warped.first = warped.first.mul(temperature.reciprocal);
            warped.second = warped.second.mul(temperature.reciprocal);
        }
        warped.z = self.tempered(arch, warped.z);
        let lowest = V::splat(arch, f64::NEG_INFINITY);
        let masked = Pair::from_one(arch, lowest);
        warped.z = Pair::select(logits.equal(lowest), masked, warped.z);
        warped
    }

    /// The same, of the logits of at most [`VECTORS`] vectors.
    #[inline(never)]
    pub(crate) fn apply_to_all(
        &self,
        arch: V::Arch,
        logits: &[f64],
        out: &mut [Warped<V>; VECTORS],
    ) {
        arch.run(
            #[inline(always)]
            || {
                for (out, logits) in out.iter_mut().zip(logits.chunks(V::LANES)) {
                    *out = self.apply(arch, V::load(arch, logits, f64::NEG_INFINITY));
                }
            },
        );
    }

    /// Under the softcap alone.
    #[inline(always)]
    fn capped(&self, arch: V::Arch, logits: V) -> Warped<V> {
        let zero = V::splat(arch, 0.0);
        match self.softcap {
            Some(cap) => scaled_tanh(arch, logits, &cap),
            None => Warped {
                z: Pair::new(logits, zero),
                first: Pair::from_one(arch, V::splat(arch, 1.0)),
                second: Pair::new(zero, zero),
            },
        }
    }

    /// What is capped, less the origin, over the temperature; infinite where that is beyond the type.
    #[inline(always)]
    fn tempered(&self, arch: V::Arch, capped: Pair<V>) -> Pair<V> {
        if !V::Arch::IN_PAIRS {
            return match self.temperature {
                Some(temperature) => capped.mul(temperature.reciprocal),
                None => capped,
            };
        }
        if self.is_identity() {
            return capped;
        }
        let one = V::splat(arch, 1.0);
        let largest = magnitude(capped.high).max(magnitude(self.origin.high));
        let is_huge = V::splat(arch, HUGE).less_than(largest);
        let down = V::select(is_huge, V::splat(arch, DOWN), one);
        let up = V::select(is_huge, V::splat(arch, UP), one);
        let mut z = capped.scale(down).add(self.origin.scale(-down));
        let mut roughly = capped.high * down - self.origin.high * down;
        if let Some(temperature) = self.temperature {
            z = z.mul(temperature.reciprocal);
            roughly = roughly * temperature.reciprocal.high;
        }
        z.scale(up).or_infinite(arch, roughly)
    }
}

/// e^z as a power of two times 1 + t, and e^z - 1 without a cancellation.
#[inline(always)]
pub(super) fn exp_less_one<V: Vector<Element = f64>>(
    arch: V::Arch,
    z: Pair<V>,
) -> (V, Pair<V>, Pair<V>) {
    let (power, t) = Exponential::<V>::new(arch, 0.0).significand(arch, z);
    let (unlift, unlift_rest) = f64::UNLIFT;
    let power = power * V::splat(arch, unlift) * V::splat(arch, unlift_rest);
    let less_one = quick_two_sum(V::splat(arch, -1.0), power).add(t.scale(power));
    (power, t, less_one)
}

/// 2^-54: below it tanh x is x (1 - x^2 / 3) with less than 2^-109 in the bracket to be seen.
const LINE: f64 = 1.0 / (1_u64 << 54) as f64;

/// s tanh(x / s) with its derivatives.
///
/// With m = e^(-2 |x| / s) - 1, which does not cancel where x is small, tanh is -m / (2 + m) and
/// 1 - tanh^2 is 4 (1 + m) / (2 + m)^2.
#[inline(always)]
fn scaled_tanh<V: Vector<Element = f64>>(arch: V::Arch, x: V, cap: &Divisor<V>) -> Warped<V> {
    let zero = V::splat(arch, 0.0);
    let two = V::splat(arch, 2.0);
    let negative = x.less_than(zero);
    // Beyond 2^10 the hyperbolic tangent is 1, and 1 - tanh^2 is 0, for any purpose. In this order
    // NaN stays.
    let furthest = cap.number * V::splat(arch, 1024.0);
    let multiple = Pair::from_one(arch, furthest.min(magnitude(x))).mul(cap.reciprocal);
    let exponent = multiple.scale(-two);
    let (power, t, less_one) = exp_less_one(arch, exponent);
    let term = quick_two_sum(V::splat(arch, 1.0), t.high);
    let term = Pair::new(term.high, term.low + t.low).scale(power);

    let below = Pair::from_one(arch, two).add(less_one).reciprocal(arch);
    let tanh = less_one.mul(below).scale(V::splat(arch, -1.0));
    let tanh = Pair::select(negative, tanh.scale(V::splat(arch, -1.0)), tanh);
    let first = term.scale(V::splat(arch, 4.0)).mul(below).mul(below);
    // So near zero the function is x, to twice the precision, and x / s may be below the normal
    // numbers. Added to zero, so that there is one zero.
    let is_line = multiple.high.less_than(V::splat(arch, LINE));
    let line = Pair::new(x + zero, zero);
    Warped {
        z: Pair::select(is_line, line, tanh.mul(Pair::from_one(arch, cap.number))),
        first,
        second: tanh.mul(first).mul(cap.reciprocal).scale(-two),
    }
}
