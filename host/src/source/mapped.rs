//! Numbers of a file in memory without a copy.
//!
//! Reading copies every byte, which takes half as long as the losses of numbers of 16 bits, on a
//! core that has to do both. So a file is mapped, a window after the other, where its bytes are the
//! numbers. This is the one module with `unsafe`.
#![allow(unsafe_code, reason = "there is no mapping and no view of one without")]

use std::{fs::File, io, marker::PhantomData, ops::Deref, slice, sync::Arc};

use memmap2::{Mmap, MmapOptions};

use crate::number::Number;

/// Consecutive numbers of a file.
#[derive(Clone, Debug)]
pub(crate) struct Mapped<T> {
    map: Arc<Mmap>,
    numbers: PhantomData<T>,
}

impl<T: Number> Mapped<T> {
    /// Maps some numbers, of which the file has so many from `start` on, and waits until they are in
    /// memory. They have to be in the processor's order. `None` where they are not aligned.
    pub(super) fn new(file: &File, start: u64, n: usize) -> io::Result<Option<Self>> {
        let mut options = MmapOptions::new();
        options.offset(start).len(n * size_of::<T>()).populate();
        // SAFETY: It is mapped for reading only, and nothing in this process writes to it: no output
        // is one of the inputs. Where another process writes, other numbers are computed on, and all
        // bits are numbers. Where it cuts the file short after the caller has asked for its length,
        // the system ends this process.
        let map = unsafe { options.map(file) }?;
        let is_aligned = map.as_ptr().cast::<T>().is_aligned();
        Ok(is_aligned.then(|| Self {
            map: Arc::new(map),
            numbers: PhantomData,
        }))
    }
}

impl<T> Deref for Mapped<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let n = self.map.len() / size_of::<T>();
        // SAFETY: `new` has seen that the numbers are aligned, the map is as long as they are and
        // lives as long as what is borrowed from it, and `T` is a `Number`, which is sealed: an
        // integer, a float, or one of the kernel's types of 16 bits, which are transparent over `u16`.
        // Any bits are one.
        unsafe { slice::from_raw_parts(self.map.as_ptr().cast(), n) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn numbers_of_a_file_from_anywhere() {
        let mut file = tempfile::tempfile().unwrap();
        let numbers: Vec<u16> = (0..20_000).collect();
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_ne_bytes()).collect();
        file.write_all(&bytes).unwrap();
        for (start, n) in [(0, 20_000), (3, 5), (2047, 4098), (19_999, 1)] {
            let mapped = Mapped::<u16>::new(&file, 2 * start as u64, n).unwrap();
            assert_eq!(mapped.unwrap()[..], numbers[start..start + n]);
        }
        assert!(Mapped::<u32>::new(&file, 2, 1).unwrap().is_none());
    }
}
