//! The largest logit of a row, and where it stands.

use super::row::indices;
use crate::{logit::Stored, numbers, vector::Vector};

/// The largest logit, and of which of several windows it is the largest first. NaN may be forgotten.
pub(super) struct Largest<V> {
    max: V,
    pub(super) window: usize,
}

impl<V: Vector<Element = f64>> Largest<V> {
    #[inline(always)]
    pub(super) fn new(arch: V::Arch) -> Self {
        Self {
            max: V::splat(arch, f64::NEG_INFINITY),
            window: 0,
        }
    }

    #[inline(always)]
    pub(super) fn max(&self) -> f64 {
        self.max.first_lane()
    }

    /// Adds the logits of the next window.
    #[inline(always)]
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "by its name it would be called without the processor's instructions"
    )]
    pub(super) fn add<Z: Stored>(&mut self, arch: V::Arch, window: usize, logits: &[Z]) {
        let mut largest = V::splat(arch, f64::NEG_INFINITY);
        let vectors = logits.chunks_exact(V::LANES);
        let others = vectors.remainder();
        for logits in vectors {
            largest = load_logits::<Z, V>(arch, logits).max(largest);
        }
        for logit in others {
            largest = V::splat(arch, logit.widen().into()).max(largest);
        }
        if V::any(self.max.less_than(largest)) {
            self.max = in_every_lane(
                largest,
                #[inline(always)]
                |a, b| a.max(b),
            );
            self.window = window;
        }
    }

    /// Its first index in the window, without a branch that nobody could foresee.
    #[inline(always)]
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "by its name it would be called without the processor's instructions"
    )]
    pub(super) fn index<Z: Stored>(&self, arch: V::Arch, logits: &[Z]) -> usize {
        let none = V::splat(arch, logits.len() as f64);
        let mut first = none;
        for (vector, logits) in logits.chunks(V::LANES).enumerate() {
            let index: V = indices(arch, vector.wrapping_mul(V::LANES));
            let is_largest = load_logits::<Z, V>(arch, logits).equal(self.max);
            first = V::select(is_largest, index, none).min(first);
        }
        let first = in_every_lane(
            first,
            #[inline(always)]
            |a, b| a.min(b),
        );
        // Where all logits are NaN, none is the largest.
        let index = first.first_lane() as usize;
        if index < logits.len() { index } else { 0 }
    }
}

/// One of all lanes, in every lane.
#[inline(always)]
fn in_every_lane<V: Vector>(lanes: V, one_of: impl Fn(V, V) -> V) -> V {
    let mut lanes = lanes;
    for _ in 0..V::LANES.trailing_zeros() {
        let (even, odd) = lanes.unzip(lanes);
        lanes = one_of(even, odd);
    }
    lanes
}

/// Logits as `f64`, one a lane; masked ones beyond the last.
#[inline(always)]
pub(super) fn load_logits<Z: Stored, V: Vector<Element = f64>>(arch: V::Arch, logits: &[Z]) -> V {
    numbers::load(
        arch,
        logits,
        f64::NEG_INFINITY,
        #[inline(always)]
        |logit| logit.widen().into(),
    )
}
