//! Arrays of the caller: what can be seen of them without reading them.

use core::{
    mem::size_of,
    slice::{from_raw_parts, from_raw_parts_mut},
};

use crate::{
    spans::{Bytes, Span},
    status::{self, Refusal},
};

/// A pointer with the number of elements it stands for: aligned, not null unless it has none, and
/// no longer than memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Array<T> {
    start: *mut T,
    len: usize,
}

impl<T> Array<T> {
    /// Looks at a pointer to `len` elements.
    pub(crate) fn new(name: &'static str, start: *mut T, len: usize) -> Result<Self, Refusal> {
        if len > 0 && start.is_null() {
            return Err(Refusal::of(status::NULL_POINTER, name));
        }
        if len > 0 && !start.is_aligned() {
            return Err(Refusal::of(status::MISALIGNED, name));
        }
        let bytes = len.checked_mul(size_of::<T>());
        let end = bytes.and_then(|bytes| start.addr().checked_add(bytes));
        // No object is larger than `isize::MAX`, nor does one go round the end of memory.
        if end.is_none() || bytes > Some(isize::MAX as usize) {
            return Err(Refusal::of(status::SIZE_OVERFLOW, name));
        }
        Ok(Self { start, len })
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> Bytes {
        // `new` has seen that their number does not overflow.
        Bytes::new(self.start.addr(), self.len.wrapping_mul(size_of::<T>()))
    }

    /// The same, of an argument that is only read, or written.
    pub(crate) fn span(&self, name: &'static str, written: bool) -> Span {
        Span {
            name,
            bytes: self.bytes(),
            written,
        }
    }

    /// The elements.
    ///
    /// # Safety
    ///
    /// As many as were told may be read, and nobody writes them while the slice lives.
    pub(crate) unsafe fn get<'a>(self) -> &'a [T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: not null, aligned and no longer than memory by `new`; the rest is the caller's
        // promise.
        unsafe { from_raw_parts(self.start, self.len) }
    }

    /// The elements, to be written.
    ///
    /// # Safety
    ///
    /// As many as were told may be read and written, and nobody else does while the slice lives.
    pub(crate) unsafe fn get_mut<'a>(self) -> &'a mut [T] {
        if self.len == 0 {
            return &mut [];
        }
        // SAFETY: as in `get`.
        unsafe { from_raw_parts_mut(self.start, self.len) }
    }

    /// Writes the only element, over whatever is there.
    ///
    /// # Safety
    ///
    /// There is one, which may be written, and nobody else reads or writes it now.
    pub(crate) unsafe fn write(self, value: T) {
        // SAFETY: not null and aligned by `new`; the rest is the caller's promise.
        unsafe { self.start.write(value) }
    }
}
