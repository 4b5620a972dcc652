//! One piece of memory in which all arrays of a call lie, with canaries between them.

use std::{ffi::c_void, ptr};

/// Bytes: more than the largest arrays of a call have together.
pub const LEN: usize = 1 << 14;

/// The memory, aligned for every element.
#[derive(Clone, Debug)]
pub struct Arena(Box<[u64]>);

impl Arena {
    /// Full of canaries, each another one than its neighbours.
    pub fn new() -> Self {
        let canary = |i: u64| (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Self((0..LEN as u64 / 8).map(canary).collect())
    }

    /// Whether all bytes are the same but the payload of NaN, which is nobody's business.
    pub fn is_same(&self, other: &Self) -> bool {
        let are_nan = |a: f64, b: f64| a.is_nan() && b.is_nan();
        let is_same_single =
            |a: u32, b: u32| a == b || are_nan(f32::from_bits(a).into(), f32::from_bits(b).into());
        let is_same_word = |(&a, &b): (&u64, &u64)| {
            a == b
                || are_nan(f64::from_bits(a), f64::from_bits(b))
                || is_same_single(a as u32, b as u32)
                    && is_same_single((a >> 32) as u32, (b >> 32) as u32)
        };
        // Mostly there is no NaN, and this is a comparison of memory.
        self.0 == other.0 || self.0.iter().zip(&other.0).all(is_same_word)
    }

    /// The address of a byte.
    pub fn at(&mut self, offset: usize) -> *mut c_void {
        self.0.as_mut_ptr().cast::<u8>().wrapping_add(offset).cast()
    }

    /// Writes elements from an offset on.
    pub fn write<E: Copy>(&mut self, offset: usize, elements: &[E]) {
        assert!(offset + size_of_val(elements) <= LEN);
        let to = self.at(offset).cast::<u8>();
        // SAFETY: as many bytes are there; plain numbers have no invalid ones.
        unsafe { ptr::copy_nonoverlapping(elements.as_ptr().cast(), to, size_of_val(elements)) };
    }

    /// Elements from an offset on, which need not be aligned. They are numbers or arrays of such.
    pub fn read<E: Copy>(&mut self, offset: usize, len: usize) -> Vec<E> {
        assert!(offset + len * size_of::<E>() <= LEN);
        let from = self.at(offset).cast::<E>();
        // SAFETY: as many bytes are there, and all make numbers.
        (0..len)
            .map(|i| unsafe { from.wrapping_add(i).read_unaligned() })
            .collect()
    }
}
