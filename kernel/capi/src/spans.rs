//! Where the arrays of a call lie, and whether one that is written overlaps another.

use crate::status::{self, Refusal};

/// The most arrays that a call has: those of the options and five arguments.
const MOST_SPANS: usize = 12;

/// The bytes of an array.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes {
    start: usize,
    end: usize,
}

impl Bytes {
    /// Of nothing.
    pub(crate) const NONE: Self = Self { start: 0, end: 0 };

    /// So many from an address on, which do not go round the end of memory.
    pub(crate) const fn new(start: usize, len: usize) -> Self {
        Self {
            start,
            end: start.wrapping_add(len),
        }
    }

    /// Whether they share one with others.
    const fn meet(&self, other: &Self) -> bool {
        let empty = self.start == self.end || other.start == other.end;
        !empty && self.start < other.end && other.start < self.end
    }
}

/// The bytes of an argument, and whether they are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) name: &'static str,
    pub(crate) bytes: Bytes,
    pub(crate) written: bool,
}

impl Span {
    /// Of nothing.
    const EMPTY: Self = Self {
        name: "",
        bytes: Bytes::NONE,
        written: false,
    };

    /// Refuses an array that is written and shares a byte with another.
    fn check_overlap(&self, other: &Self) -> Result<(), Refusal> {
        if !(self.written || other.written) || !self.bytes.meet(&other.bytes) {
            return Ok(());
        }
        let name = if self.written { self.name } else { other.name };
        Err(Refusal::of(status::OVERLAP, name))
    }
}

/// Where the arrays of a call lie.
#[derive(Debug)]
pub(crate) struct Spans {
    spans: [Span; MOST_SPANS],
    len: usize,
}

impl Spans {
    pub(crate) fn new() -> Self {
        Self {
            spans: [Span::EMPTY; MOST_SPANS],
            len: 0,
        }
    }

    pub(crate) fn add(&mut self, span: Span) {
        if let Some(free) = self.spans.get_mut(self.len) {
            *free = span;
            self.len += 1;
        }
    }

    /// Refuses an output that overlaps another array.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let mut rest = self.spans.iter();
        while let Some(span) = rest.next() {
            for other in rest.clone() {
                span.check_overlap(other)?;
            }
        }
        Ok(())
    }
}
