//! Where the arrays of a call lie, and what is wrong with that.

use surprisal_fuzz::bytes::Bytes;

use crate::{arena, status};

/// What an array is for. Several of them are there in every call, used or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Logits,
    Labels,
    Upstream,
    Vectors,
    Losses,
    /// Gradients, probabilities, diagonals, products, matrices.
    Output,
    Total,
    States,
    NextStates,
    LabelLogits,
    IgnoredLabels,
    ClassWeights,
    RowWeights,
    Targets,
}

pub const N_SLOTS: usize = 14;

impl Slot {
    /// In their order.
    pub const ALL: [Self; N_SLOTS] = [
        Self::Logits,
        Self::Labels,
        Self::Upstream,
        Self::Vectors,
        Self::Losses,
        Self::Output,
        Self::Total,
        Self::States,
        Self::NextStates,
        Self::LabelLogits,
        Self::IgnoredLabels,
        Self::ClassWeights,
        Self::RowWeights,
        Self::Targets,
    ];
}

/// The number of its elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    One,
    Rows,
    Matrix,
    Strided,
    Packed,
    Dense,
    Other(usize),
}

/// Whether a call writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Use {
    Read,
    /// Null says that there is none.
    Optional,
    Written,
}

/// Sizes of a call.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub n_rows: usize,
    pub n_classes: usize,
    pub stride: usize,
}

impl Sizes {
    /// Number of elements, if there can be as many.
    pub fn len(self, shape: Shape) -> Option<usize> {
        let (rows, n) = (self.n_rows as u128, self.n_classes as u128);
        let width = match shape {
            Shape::One => return Some(1),
            Shape::Other(len) => return Some(len),
            Shape::Rows => 1,
            Shape::Matrix => n,
            Shape::Strided => self.stride as u128,
            // Of odd and of even numbers; a product of three is beyond any integer.
            Shape::Packed if n > 1 << 63 => u128::MAX >> 1,
            Shape::Packed => n * (n + 1) / 2,
            Shape::Dense => n.checked_mul(n)?,
        };
        let len = if rows == 0 {
            0
        } else {
            rows.checked_mul(width)?
        };
        usize::try_from(len).ok()
    }
}

/// An array that a call uses.
#[derive(Clone, Copy, Debug)]
pub struct Array {
    /// The offset of its first byte; `None` for a null pointer.
    pub at: Option<usize>,
    pub len: Option<usize>,
    /// Bytes of an element.
    pub size: usize,
    pub align: usize,
    pub written: bool,
}

impl Array {
    /// Elements that lie in the arena: none where there are too many.
    pub fn elements(&self) -> usize {
        let len = self.len.unwrap_or(0);
        let fits = len
            .checked_mul(self.size)
            .is_some_and(|bytes| bytes <= arena::LEN);
        if fits && self.at.is_some() { len } else { 0 }
    }

    /// Statuses that say what is wrong with the pointer or the size.
    pub fn faults(&self) -> Vec<i32> {
        let mut faults = Vec::new();
        let bytes = self.len.and_then(|len| len.checked_mul(self.size));
        if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
            faults.push(status::SIZE_OVERFLOW);
        }
        if self.len != Some(0) {
            match self.at {
                None => faults.push(status::NULL_POINTER),
                Some(at) if !at.is_multiple_of(self.align) => faults.push(status::MISALIGNED),
                Some(_) => {}
            }
        }
        faults
    }

    /// Whether one is written, and both have a byte.
    pub fn overlaps(&self, other: &Self) -> bool {
        let bytes = |array: &Self| Some((array.at?, array.at? + array.elements() * array.size));
        let (Some(a), Some(b)) = (bytes(self), bytes(other)) else {
            return false;
        };
        (self.written || other.written) && a.0 < a.1 && b.0 < b.1 && a.0 < b.1 && b.0 < a.1
    }
}

/// Places one after the other, with a gap between them, but for a few.
pub struct Places {
    next: usize,
}

impl Places {
    pub fn new() -> Self {
        Self { next: 64 }
    }

    /// A place for an array of so many bytes; `None` for a null pointer.
    pub fn place(&mut self, bytes: &mut Bytes<'_>, align: usize, size: usize) -> Option<usize> {
        let size = if size > arena::LEN / 2 { 0 } else { size };
        let last = arena::LEN - size;
        let at = match bytes.byte() {
            255 => return None,
            // Anywhere, aligned or not.
            254 => bytes.below(last + 1),
            253 => bytes.below(last / align + 1) * align,
            gap => {
                let at = self.next.next_multiple_of(align) + usize::from(gap % 3) * align;
                self.next = at + size;
                at
            }
        };
        Some(at.min(last / align * align))
    }
}
