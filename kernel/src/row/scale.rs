//! How the terms of a row, or of a block of one, are scaled and summed.
//!
//! Terms are added to a bias, a power of two that none of them exceeds. The bias has to be known
//! before the sum begins, but the largest logits of a block are known when all have been read. So
//! it is chosen by the largest of its *first* logits, with a headroom:
//!
//! ```text
//! threshold = second largest of the first logits + 6 ln 2
//! bias      = 4 (the power of two next to e^threshold)
//! ```
//!
//! A logit above the threshold is summed as if it were the threshold. Where at most the largest
//! logit of the whole block is above it, which is known in the end, nothing is missing: the largest
//! is not to be part of the sum, and what was added for it is subtracted. Otherwise, which is rare,
//! the block is summed again with what is known now.
//!
//! The *second* largest, because one logit far above all others is what a trained model gives:
//! the bias must not be far above the sum of the others, or their digits are lost. That sum is at
//! least e^threshold / 64, and the 16 lanes of it err by less than 2^-37 of the bias each (see
//! [`LaneSum`]): 2^-25 of the sum if everything conspires, which nothing comes near.

use super::largest::Largest;
use crate::{
    element::Float,
    exponential::{Exponential, anchor},
    lane_sum::LaneSum,
    vector::{Arch, Vector, magnitude},
};

/// How the terms of blocks are scaled and summed, a block a lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale<V> {
    pub(crate) exponential: Exponential<V>,
    /// What logits above it are summed as.
    pub(crate) threshold: V,
    /// What sums start at.
    pub(crate) bias: V,
}

impl<V: Vector> Scale<V> {
    /// For blocks with these largest logits, or whose first logits have these.
    #[inline(always)]
    pub(crate) fn of(arch: V::Arch, largest: Largest<V>) -> Self {
        let zero = V::splat(arch, V::Element::ZERO);
        // Any number does for a block without a finite one: its terms are zero or NaN.
        let usable = magnitude(largest.first).less_than(V::splat(arch, V::Element::INFINITY));
        let exponential = Exponential::of_lanes(arch, V::select(usable, largest.first, zero));
        let headroom = V::splat(arch, arch.base::<V::Element>().headroom);
        let threshold = largest.second + headroom;
        // At most 32 terms, of which at most one is above e^threshold / 64, stay below the bias:
        // in blocks of up to EXACT_LEN the leading parts are summed exactly, in any order.
        let above = V::splat(arch, V::Element::FOUR);
        Self {
            exponential,
            threshold,
            bias: exponential.power(arch, threshold) * above,
        }
    }

    /// Where the sums of blocks with these largest logits, on this scale and without a shift, would
    /// lack one: more than the largest logit is above the threshold, or logits have to be shifted.
    #[inline(always)]
    pub(crate) fn fails(&self, arch: V::Arch, largest: Largest<V>) -> V::Mask {
        let lowest = V::splat(arch, V::Element::NEG_INFINITY);
        let zero = V::splat(arch, V::Element::ZERO);
        let first = V::select(largest.first.equal(lowest), zero, largest.first);
        let magnitude = magnitude(first).max(magnitude(self.exponential.shift()));
        let limit = V::splat(arch, arch.base::<V::Element>().direct_limit);
        let beyond = limit.less_than(magnitude);
        let infinity = V::splat(arch, V::Element::INFINITY);
        let second = V::select(beyond, infinity, largest.second);
        // Infinite thresholds are those of infinite logits, which fail by their magnitude.
        self.threshold.less_than(second)
    }

    /// Adds terms.
    #[inline(always)]
    pub(crate) fn add<const SHIFTED: bool>(&self, arch: V::Arch, sum: &mut LaneSum<V>, z: V) {
        let (power, t) = self
            .exponential
            .split_below::<SHIFTED>(arch, self.threshold, z);
        sum.add_term(power, t);
    }

    /// The term of any logit.
    #[inline(always)]
    pub(crate) fn term(&self, arch: V::Arch, z: V) -> (V, V) {
        if V::IS_SCALAR {
            term_of_one(arch, self, z)
        } else {
            self.exponential
                .split_below::<true>(arch, self.threshold, z)
        }
    }

    /// Lane by lane.
    #[inline(always)]
    pub(crate) fn select(mask: V::Mask, if_true: Self, if_false: Self) -> Self {
        Self {
            exponential: Exponential::select(mask, if_true.exponential, if_false.exponential),
            threshold: V::select(mask, if_true.threshold, if_false.threshold),
            bias: V::select(mask, if_true.bias, if_false.bias),
        }
    }

    /// The blocks of the lanes one by one.
    #[inline(always)]
    pub(crate) fn to_rows(self) -> impl Iterator<Item = Scale<V::Element>> {
        let sums = self.threshold.to_lanes().into_iter();
        let sums = sums.zip(self.bias.to_lanes());
        let lanes = self.exponential.to_rows().zip(sums);
        lanes.map(|(exponential, (threshold, bias))| Scale {
            exponential,
            threshold,
            bias,
        })
    }

    /// That of one block in every lane.
    #[inline(always)]
    pub(crate) fn splat(arch: V::Arch, of_block: Scale<V::Element>) -> Self {
        Self {
            exponential: Exponential::splat(arch, of_block.exponential),
            threshold: V::splat(arch, of_block.threshold),
            bias: V::splat(arch, of_block.bias),
        }
    }

    /// The power of two by which sums on this scale are brought to that of rows with these largest
    /// logits; never above 1 but where the sum is zero.
    #[inline(always)]
    pub(crate) fn step_to(&self, arch: V::Arch, max: V) -> V {
        let (to, _) = anchor(arch, max);
        self.exponential.anchor(arch) - to
    }
}

/// Where there are no vectors, a function of its own: most terms do not need it, and small
/// processors have little room.
#[cold]
#[inline(never)]
fn term_of_one<V: Vector>(arch: V::Arch, scale: &Scale<V>, z: V) -> (V, V) {
    scale
        .exponential
        .split_below::<true>(arch, scale.threshold, z)
}
