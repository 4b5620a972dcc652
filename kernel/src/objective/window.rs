//! Numbers of a row as `f64`, whatever their type, read some at a time: a reading is a call through a
//! trait object.

use crate::vector::Vector;

/// Numbers that are read at a time, more than a vector has lanes.
pub(crate) const AT_A_TIME: usize = 64;

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
        let offset = if let Some(offset) = is_there {
            offset
        } else {
            let n = n_classes.saturating_sub(first).min(AT_A_TIME);
            let (numbers, beyond) = self.numbers.split_at_mut(n);
            read(first, numbers);
            beyond.fill(self.beyond);
            self.first = Some(first);
            0
        };
        let numbers = self.numbers.get(offset..).unwrap_or_default();
        V::load(arch, numbers, self.beyond)
    }
}
