//! What is summed over the classes of one row under options.

use super::{even::DOWN, row::indices, targets::Targets, warp::Warped};
use crate::{
    exponential::Exponential,
    lane_sum::LogicalSum,
    pair::{Pair, two_sum},
    vector::Vector,
};

/// What is summed over the classes of a row but the top one.
pub(super) struct Sums<V: Vector> {
    pub(super) terms: LogicalSum<V>,
    /// Target weights; nothing where the label has all of them.
    pub(super) targets: LogicalSum<V>,
    /// They times what z is below the largest, scaled down.
    pub(super) below: LogicalSum<V>,
    /// Whether something of that is endless, which is not in the sum.
    pub(super) infinite: bool,
}

impl<V: Vector<Element = f64>> Sums<V> {
    #[inline(always)]
    pub(super) fn new(arch: V::Arch) -> Self {
        let zero = LogicalSum::new(arch, V::splat(arch, 0.0));
        Self {
            terms: zero,
            targets: zero,
            below: zero,
            infinite: false,
        }
    }

    /// Adds the classes from `first` on, a z each, given the top one and its z.
    #[inline(always)]
    pub(super) fn add(
        &mut self,
        arch: V::Arch,
        targets: &Targets<'_, V>,
        exponential: &Exponential<V>,
        (top, largest): (usize, Pair<V>),
        first: usize,
        classes: &[Warped<V>],
    ) {
        let zero = V::splat(arch, 0.0);
        let nothing = Pair::new(zero, zero);
        let mut index: V = indices(arch, first);
        for (vector, &Warped { z, .. }) in classes.iter().enumerate() {
            let is_top = index.equal(V::splat(arch, top as f64));
            let term = exponential.pair_of(arch, z);
            self.terms.add(vector, Pair::select(is_top, nothing, term));
            if !targets.are_of_label_only() {
                let target = targets.of_classes(index, first + vector * V::LANES);
                let target = Pair::select(is_top, nothing, target);
                self.targets.add(vector, target);
                let (product, endless) = weighted(arch, target, largest, z);
                self.infinite |= endless;
                self.below.add(vector, product);
            }
            index = index + V::splat(arch, V::LANES as f64);
        }
    }
}

/// A target weight times the difference of a z to the largest, scaled down; and whether the
/// difference is endless where the weight is not zero.
#[inline(always)]
pub(super) fn weighted<V: Vector<Element = f64>>(
    arch: V::Arch,
    target: Pair<V>,
    largest: Pair<V>,
    z: Pair<V>,
) -> (Pair<V>, bool) {
    let zero = V::splat(arch, 0.0);
    let nothing = Pair::new(zero, zero);
    let down = V::splat(arch, DOWN);
    let difference = two_sum(largest.high, -z.high);
    let low = difference.low + (largest.low - z.low);
    let difference = Pair::new(difference.high * down, low * down);
    let endless = difference.high.equal(V::splat(arch, f64::INFINITY));
    let of_endless = V::select(endless, target.high, zero);
    let product = Pair::select(endless, nothing, difference.mul(target));
    // A class without a target adds nothing wherever it lies.
    let counts = zero.less_than(target.high);
    (
        Pair::select(counts, product, nothing),
        V::any(zero.less_than(of_endless)),
    )
}
