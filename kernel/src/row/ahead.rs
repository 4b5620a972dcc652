//! Memory that is needed soon, asked for ahead of time where that can be asked. It shows in no result.

use core::slice::Chunks;

use super::block::{block_len, first_len};
use crate::{
    element::Float,
    vector::{Arch, Vector},
};

/// Logits between one that is summed and one that is asked for from memory: a block and its
/// successor's first logits, which are looked at before the block is summed.
pub(crate) const fn logits_ahead<T: Float>() -> usize {
    block_len::<T>() + 4 * first_len::<T>()
}

/// Half the lanes of a vector, at least one: the step in what is asked for where two passes ask for
/// a half each.
pub(crate) const fn half_of<V: Vector>() -> usize {
    V::LANES.div_ceil(2)
}

/// Asks for the next chunk, if there is one.
#[inline(always)]
pub(crate) fn prefetch_next<T, V: Vector>(arch: V::Arch, chunks: &mut Chunks<'_, T>) {
    if !V::IS_SCALAR
        && let Some(chunk) = chunks.next()
    {
        arch.prefetch(chunk);
    }
}

/// Bytes that memory gives at once.
const LINE_BYTES: usize = 64;

/// A slice line by line. A vector of a row in every lane may take several of them.
pub(crate) struct Lines<'a, T>(Chunks<'a, T>);

impl<'a, T> Lines<'a, T> {
    /// Of a slice, line after line from its beginning on.
    #[inline(always)]
    pub(crate) fn of(slice: &'a [T]) -> Self {
        Self(slice.chunks(const { LINE_BYTES / size_of::<T>() }))
    }

    /// Asks for as many as a vector of such elements takes.
    #[inline(always)]
    pub(crate) fn prefetch<V: Vector>(&mut self, arch: V::Arch) {
        for line in self.of_vector::<V>() {
            arch.prefetch(line);
        }
    }

    /// The same, for use at once.
    #[inline(always)]
    pub(crate) fn prefetch_near<V: Vector>(&mut self, arch: V::Arch) {
        for line in self.of_vector::<V>() {
            arch.prefetch_near(line);
        }
    }

    #[inline(always)]
    fn of_vector<V: Vector>(&mut self) -> impl Iterator<Item = &'a [T]> {
        let n = const { (V::LANES * size_of::<T>()).div_ceil(LINE_BYTES) };
        self.0.by_ref().take(n)
    }
}
