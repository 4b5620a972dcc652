//! Numbers of a row as `f64`, whatever their type, read some at a time: a reading is a call through a
//! trait object.

use crate::vector::Vector;

/// Numbers that are read at a time, more than a vector has lanes.
pub(crate) const AT_A_TIME: usize = 64;

/// Some consecutive numbers of a row, a class each.
pub(crate) struct Window {
    numbers: [f64; AT_A_TIME],
    /// Class of the first.
    first: usize,
    /// How many there are: none before anything is read.
    len: usize,
    /// What stands behind the last class.
    beyond: f64,
}

impl Window {
    /// Of rows behind whose last class `beyond` stands.
    #[inline(always)]
    pub(crate) fn new(beyond: f64) -> Self {
        Self {
            numbers: [beyond; AT_A_TIME],
            first: 0,
            len: 0,
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
        let offset = first.wrapping_sub(self.first);
        let is_there = offset < self.len && self.len - offset >= V::LANES;
        let offset = if is_there {
            offset
        } else {
            let n = n_classes.saturating_sub(first).min(AT_A_TIME);
            let (numbers, beyond) = self.numbers.split_at_mut(n);
            read(first, numbers);
            beyond.fill(self.beyond);
            (self.first, self.len) = (first, AT_A_TIME);
            0
        };
        let numbers = self.numbers.get(offset..).unwrap_or_default();
        V::load(arch, numbers, self.beyond)
    }
}
