//! A block of logits, which is read once: its terms are summed while its largest logits are found,
//! on a [`Scale`] that its first logits suggest.
//!
//! Memory is asked for ahead of time: the processor does not see far enough by itself, because
//! every logit is many operations.

use super::{ahead::asked_in_turn, largest::Largest, scale::Scale};
use crate::{
    element::Float,
    lane_sum::{LaneSum, fold_lanes},
    logit::Logit,
    vector::{Arch, Vector},
};

/// Bytes of the elements of the longest block: half of the first-level cache, 32 KiB or more
/// wherever there is one, so that a second reading, where it is needed, is of that cache.
const BLOCK_BYTES: usize = 16 * 1024;

/// Elements of the longest block of logits that are computed in `T`.
pub(crate) const fn block_len<T>() -> usize {
    BLOCK_BYTES / size_of::<T>()
}

/// Blocks of up to this many logits are summed on a scale on which the sums of their leading
/// parts are exact, in any order.
pub(crate) const EXACT_LEN: usize = 32;

/// Vectors that are summed before the sum is [renormalized](LaneSum::renormalized).
pub(crate) const VECTORS_A_TURN: usize = 8;

/// Vectors whose largest logits are found before the sum begins. More of them are a better guess,
/// but the processor does little else meanwhile: with 16 a sum is an eighth faster where the guess
/// suits, and of 4096 normal logits with a deviation of 4 every fourth sum is done again.
const FIRST_VECTORS: usize = 64;

/// As many logits.
pub(crate) const fn first_len<T: Float>() -> usize {
    FIRST_VECTORS * T::LANES
}

/// Vectors between one that is summed and one that is asked for from the second-level cache.
const VECTORS_NEAR: usize = 16;

/// Consecutive logits, and what to ask for while they are summed: of memory that is read in order,
/// since what else is asked for keeps the processor from seeing that order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a, Z> {
    pub(crate) logits: &'a [Z],
    /// What lies in memory from the first of them on.
    pub(crate) onwards: &'a [Z],
    /// What to ask for from memory.
    pub(crate) ahead: &'a [Z],
    /// Whether half of it is left to those who read the logits again.
    pub(crate) half: bool,
}

impl<Z> Default for Block<'_, Z> {
    fn default() -> Self {
        Self {
            logits: &[],
            onwards: &[],
            ahead: &[],
            half: false,
        }
    }
}

impl<'a, Z: Logit> Block<'a, Z> {
    /// The first logits, by which the scale is chosen, and the others.
    #[inline(always)]
    pub(super) fn split<V: Vector<Element = Z::Element>>(&self) -> (&'a [Z], &'a [Z]) {
        let first = first_len::<V::Element>().min(self.logits.len());
        self.logits.split_at(first)
    }

    /// Adds the first logits to the largest.
    #[inline(always)]
    pub(super) fn look_at_first<V: Vector<Element = Z::Element>>(
        &self,
        arch: V::Arch,
        largest: &mut Largest<V>,
    ) {
        let (first, others) = self.split::<V>();
        let tail = first.len() % V::LANES;
        let (whole, _) = first.split_at(first.len() - tail);
        largest.add_all(arch, whole);
        // Others stand behind whole vectors.
        if tail > 0 && others.is_empty() {
            largest.add(self.tail(arch, tail));
        }
    }

    /// The sums of the terms on a scale without a shift in every lane, and the largest of all
    /// logits but the first.
    #[inline(always)]
    pub(super) fn sum_and_look<V: Vector<Element = Z::Element>>(
        &self,
        arch: V::Arch,
        scale: &Scale<V>,
        max_of_others: &mut V,
    ) -> LaneSum<V> {
        let turn = VECTORS_A_TURN * V::LANES;
        let mut sum = LaneSum::new(arch, scale.bias);
        let mut start = 0;
        let (first, others) = self.split::<V>();
        let mut turns = first.chunks_exact(turn);
        for logits in &mut turns {
            self.add(arch, scale, &mut sum, start, logits, None);
            sum = sum.renormalized();
            start += turn;
        }
        let mut max = None;
        if !others.is_empty() {
            turns = others.chunks_exact(turn);
            for logits in &mut turns {
                self.add(
                    arch,
                    scale,
                    &mut sum,
                    start,
                    logits,
                    Some(&mut *max_of_others),
                );
                sum = sum.renormalized();
                start += turn;
            }
            max = Some(max_of_others);
        }
        let rest = turns.remainder();
        let tail = rest.len() % V::LANES;
        self.add(arch, scale, &mut sum, start, rest, max.as_deref_mut());
        if tail > 0 {
            let z: V = self.tail(arch, tail);
            if let Some(max) = max {
                *max = z.max(*max);
            }
            scale.add::<false>(arch, &mut sum, z);
        }
        sum.without(scale.bias)
    }

    /// Adds the terms of whole vectors of logits, which `start` others stand before.
    #[inline(always)]
    fn add<V: Vector<Element = Z::Element>>(
        &self,
        arch: V::Arch,
        scale: &Scale<V>,
        sum: &mut LaneSum<V>,
        start: usize,
        logits: &[Z],
        mut max: Option<&mut V>,
    ) {
        // Where there is nothing to ask for, what is here already.
        let (from, asks) = asked_in_turn(start, VECTORS_A_TURN * V::LANES, self.half);
        let ahead = self.ahead.get(from..from + logits.len());
        let ahead = ahead.filter(|_| asks).unwrap_or(logits);
        let near = start + VECTORS_NEAR * V::LANES;
        let near = self.onwards.get(near..near + logits.len());
        let near = near.unwrap_or(logits).chunks_exact(V::LANES);
        let ahead = ahead.chunks_exact(V::LANES).zip(near);
        for (logits, (ahead, near)) in logits.chunks_exact(V::LANES).zip(ahead) {
            arch.prefetch(ahead);
            arch.prefetch_near(near);
            let z: V = Z::load(arch, logits);
            if let Some(max) = &mut max {
                **max = z.max(**max);
            }
            scale.add::<false>(arch, sum, z);
        }
    }

    /// The last logits, fewer than a vector has lanes, in its last lanes, where there are as many
    /// logits before them as it takes; else in the first lanes. Others are masked.
    #[inline(always)]
    fn tail<V: Vector<Element = Z::Element>>(&self, arch: V::Arch, len: usize) -> V {
        let Some(start) = self.logits.len().checked_sub(V::LANES) else {
            return Z::load(arch, self.logits);
        };
        let lanes = V::Element::TAIL.get(len..).unwrap_or_default();
        let masked = V::load(arch, lanes, V::Element::INFINITY);
        masked.min(Z::load(arch, self.logits.get(start..).unwrap_or_default()))
    }

    /// The sum of the terms on any scale, in lane 0.
    #[inline(always)]
    pub(super) fn sum<V: Vector<Element = Z::Element>>(
        &self,
        arch: V::Arch,
        scale: &Scale<V>,
    ) -> LaneSum<V> {
        let none = LaneSum::new(arch, V::splat(arch, V::Element::ZERO));
        let mut sum = LaneSum::new(arch, scale.bias);
        let mut turns = self.logits.chunks_exact(VECTORS_A_TURN * V::LANES);
        for logits in &mut turns {
            for logits in logits.chunks_exact(V::LANES) {
                scale.add::<true>(arch, &mut sum, Z::load(arch, logits));
            }
            sum = sum.renormalized();
        }
        let whole = turns.remainder().chunks_exact(V::LANES);
        let tail = whole.remainder().len();
        for logits in whole {
            scale.add::<true>(arch, &mut sum, Z::load(arch, logits));
        }
        if tail > 0 {
            scale.add::<true>(arch, &mut sum, self.tail(arch, tail));
        }
        fold_lanes::<V, _>(&mut [sum.without(scale.bias)]).unwrap_or(none)
    }
}
