//! The z-loss of a row, or of a row in every lane.

use super::even::{DOWN, UP};
use crate::{
    pair::Pair,
    vector::{Vector, magnitude},
};

/// 2^512, by which small factors are raised before they are multiplied.
const RAISED: f64 = f64::from_bits((1023 + 512) << 52);
const LOWERED: f64 = 1.0 / RAISED;
/// 2^-256.
const SMALL: f64 = f64::from_bits((1023 - 256) << 52);

/// 2 k lse, the derivative by lse, and k lse^2; nothing where k is 0, however large lse is. Beyond the
/// type the second is infinite, and the first has no low part of meaning.
///
/// Both have their digits down to the smallest number: the parts of a product would lose theirs
/// below the normal numbers long before, and overflow above. So a log-sum-exp beyond 2^512 is scaled
/// down, and otherwise one within 2^-256, and a k below 2^-512, are raised.
#[inline(always)]
pub(super) fn z_loss<V: Vector<Element = f64>>(
    arch: V::Arch,
    k: Pair<V>,
    log_sum_exp: Pair<V>,
) -> [Pair<V>; 2] {
    let zero = V::splat(arch, 0.0);
    let nothing = Pair::new(zero, zero);
    let is_on = zero.less_than(k.high);
    if !V::any(is_on) {
        return [nothing; 2];
    }
    let (one, two) = (V::splat(arch, 1.0), V::splat(arch, 2.0));
    let (down, up) = (V::splat(arch, DOWN), V::splat(arch, UP));
    let (raised, lowered) = (V::splat(arch, RAISED), V::splat(arch, LOWERED));
    let size = magnitude(log_sum_exp.high);
    let is_large = raised.less_than(size);
    let is_small = size.less_than(V::splat(arch, SMALL));
    let scale = V::select(is_large, down, V::select(is_small, raised, one));
    let unscale = V::select(is_large, up, V::select(is_small, lowered, one));
    let is_weak = k.high.less_than(V::select(is_large, zero, lowered));
    let (scale_k, unscale_k) = (
        V::select(is_weak, raised, one),
        V::select(is_weak, lowered, one),
    );

    let small = log_sum_exp.scale(scale);
    let once = k.scale(scale_k).mul(small);
    let twice = once.mul(small).scale(unscale);
    let derivative = once.scale(two).scale(unscale).scale(unscale_k);
    let loss = twice.scale(unscale).scale(unscale_k);
    let roughly = k.high * log_sum_exp.high * log_sum_exp.high;
    [derivative, loss.or_infinite(arch, roughly)].map(
        #[inline(always)]
        |value| Pair::select(is_on, value, nothing),
    )
}
