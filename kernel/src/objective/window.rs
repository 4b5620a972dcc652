//! Numbers of a row as `f64`, whatever their type, read some at a time: a reading is a call through a
//! trait object.

use super::warp::Warped;
use crate::vector::Vector;

/// Numbers that are read at a time, more than a vector has lanes.
pub(crate) const AT_A_TIME: usize = 64;

/// Vectors of classes that go through a chain of operations before any goes through the next: one
/// class after the other, a processor would see too little of the next while it waits.
pub(crate) const VECTORS: usize = 8;

/// Some consecutive numbers of a row, a class each.
pub(crate) struct Window {
    numbers: [f64; AT_A_TIME],
    /// Class of the first; none before anything is read.
    first: Option<usize>,
    /// What stands behind the last class.
    beyond: f64,
}

impl Window {
    /// Of rows behind whose last class `beyond` stands.
    #[inline(always)]
    pub(crate) fn new(beyond: f64) -> Self {
        Self {
            numbers: [beyond; AT_A_TIME],
            first: None,
            beyond,
        }
    }

    /// Nothing is read yet, of another row.
    #[inline(always)]
    fn empty(&mut self) {
        self.first = None;
    }

    /// Those of the classes from `first` on, [`AT_A_TIME`] or as many as fill the vectors of the last.
    #[inline(always)]
    pub(crate) fn read<V: Vector<Element = f64>>(
        &mut self,
        first: usize,
        n_classes: usize,
        read: impl FnOnce(usize, &mut [f64]),
    ) -> &[f64] {
        let n = n_classes.saturating_sub(first).min(AT_A_TIME);
        if self.first != Some(first) {
            let (numbers, beyond) = self.numbers.split_at_mut(n);
            read(first, numbers);
            // A vector may begin at the last class.
            let seen = beyond.len().min(V::LANES);
            beyond.get_mut(..seen).unwrap_or_default().fill(self.beyond);
            self.first = Some(first);
        }
        let n = n.next_multiple_of(V::LANES);
        self.numbers.get(..n).unwrap_or_default()
    }

    /// Those of the classes from `first` on, one a lane. `read` reads from a class on.
    #[inline(always)]
    pub(crate) fn load<V: Vector<Element = f64>>(
        &mut self,
        arch: V::Arch,
        first: usize,
        n_classes: usize,
        read: impl FnOnce(usize, &mut [f64]),
    ) -> V {
        let is_there = self
            .first
            .map(|before| first.wrapping_sub(before))
            .filter(|offset| (0..=AT_A_TIME - V::LANES).contains(offset));
        let offset = is_there.unwrap_or_else(
            #[inline(always)]
            || {
                self.read::<V>(first, n_classes, read);
                0
            },
        );
        let numbers = self.numbers.get(offset..).unwrap_or_default();
        V::load(arch, numbers, self.beyond)
    }
}

/// Room for some classes of a row: their logits, and what becomes of them.
pub(crate) struct Room<V> {
    pub(crate) logits: Window,
    pub(crate) warped: [Warped<V>; VECTORS],
}

impl<V: Vector<Element = f64>> Room<V> {
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch) -> Self {
        Self {
            logits: Window::new(f64::NEG_INFINITY),
            warped: [Warped::zero(arch); VECTORS],
        }
    }

    /// Makes it the next row's.
    #[inline(always)]
    pub(crate) fn empty(&mut self) {
        self.logits.empty();
    }

    /// Whether all classes of a row find room at once.
    #[inline(always)]
    pub(crate) fn is_enough_for(n_classes: usize) -> bool {
        n_classes <= VECTORS * V::LANES
    }
}
