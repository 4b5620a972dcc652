//! The two largest logits: in every lane of a vector, then of every row.

use core::slice;

use crate::{element::Float, lane_sum::Fold, logit::Logit, vector::Vector};

/// Logits whose comparisons are written out one after the other where they are one by one.
const LOGITS_A_TURN: usize = 8;

/// The two largest logits in every lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Largest<V> {
    pub(crate) first: V,
    /// As large as the first where that occurs twice.
    pub(crate) second: V,
}

impl<V: Vector> Largest<V> {
    /// Of no logits.
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch) -> Self {
        let lowest = V::splat(arch, V::Element::NEG_INFINITY);
        Self {
            first: lowest,
            second: lowest,
        }
    }

    /// NaN is forgotten: the sum remembers it.
    #[inline(always)]
    pub(crate) fn add(&mut self, z: V) {
        self.second = z.min(self.first).max(self.second);
        self.first = z.max(self.first);
    }

    #[inline(always)]
    pub(crate) fn add_all<Z: Logit<Element = V::Element>>(&mut self, arch: V::Arch, logits: &[Z]) {
        if V::LANES == 1 {
            return self.add_one_by_one(arch, logits);
        }
        let whole = logits.chunks_exact(V::LANES);
        let rest = whole.remainder();
        for logits in whole {
            self.add(Z::load(arch, logits));
        }
        if !rest.is_empty() {
            self.add(Z::load(arch, rest));
        }
    }

    /// The same a logit at a time: few are among the largest, so a branch is cheaper than what
    /// [`add`](Self::add) does.
    #[inline(always)]
    fn add_one_by_one<Z: Logit<Element = V::Element>>(&mut self, arch: V::Arch, logits: &[Z]) {
        let mut chunks = logits.chunks_exact(LOGITS_A_TURN);
        for logits in &mut chunks {
            for logit in logits {
                self.add_one(arch, logit);
            }
        }
        for logit in chunks.remainder() {
            self.add_one(arch, logit);
        }
    }

    #[inline(always)]
    fn add_one<Z: Logit<Element = V::Element>>(&mut self, arch: V::Arch, logit: &Z) {
        let z = Z::load(arch, slice::from_ref(logit));
        if V::any(self.second.less_than(z)) {
            self.add(z);
        }
    }

    /// Those of all lanes, in every lane.
    #[inline(always)]
    pub(crate) fn of_all_lanes(self) -> Self {
        let mut largest = self;
        for _ in 0..V::LANES.trailing_zeros() {
            largest = largest.fold(largest);
        }
        largest
    }

    /// Lane by lane of both.
    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Self {
        let second = self.first.min(other.first);
        Self {
            first: self.first.max(other.first),
            second: second.max(self.second.max(other.second)),
        }
    }
}

impl<V: Vector> Fold for Largest<V> {
    #[inline(always)]
    fn fold(self, other: Self) -> Self {
        let ((first, other_first), (second, other_second)) = (
            self.first.unzip(other.first),
            self.second.unzip(other.second),
        );
        Self { first, second }.plus(Self {
            first: other_first,
            second: other_second,
        })
    }
}
