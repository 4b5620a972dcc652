//! The z-loss of a row, or of a row in every lane.

use super::even::{DOWN, UP};
use crate::{pair::Pair, vector::Vector};

/// k lse and k lse^2; nothing where k is 0, however large lse is.
#[inline(always)]
pub(super) fn z_loss<V: Vector<Element = f64>>(
    arch: V::Arch,
    k: Pair<V>,
    log_sum_exp: Pair<V>,
) -> [Pair<V>; 2] {
    let (zero, one) = (V::splat(arch, 0.0), V::splat(arch, 1.0));
    // Products of two parts of larger numbers could overflow, and small ones be lost.
    let is_large = one.less_than(log_sum_exp.high.max(-log_sum_exp.high));
    let down = V::select(is_large, V::splat(arch, DOWN), one);
    let up = V::select(is_large, V::splat(arch, UP), one);
    let small = log_sum_exp.scale(down);
    let once = k.mul(small);
    let twice = once.mul(small).scale(up);
    let is_on = zero.less_than(k.high);
    [once.scale(up), twice.scale(up)].map(
        #[inline(always)]
        |product| Pair::select(is_on, product, Pair::new(zero, zero)),
    )
}
