//! Arrays that begin where a page does or end where one does, with no memory on that side: a read or
//! a write beyond them is the end of the test's process.

use core::{
    ffi::c_void,
    ptr::{copy_nonoverlapping, null_mut},
    slice::from_raw_parts,
};
use std::{vec, vec::Vec};

use surprisal::{Backend, CrossEntropy};

use super::refusals::OPTIONS;
use crate::{
    exports::batches::*,
    labels::Labels,
    options::{Options, backend_number},
    status::{OK, Status},
};

/// Where an array touches the border of its memory.
#[derive(Clone, Copy, Debug)]
enum Border {
    Start,
    End,
}

/// An array in pages of its own, between two that nothing may touch.
struct Guarded<T> {
    mapping: *mut c_void,
    bytes: usize,
    start: *mut T,
    len: usize,
}

impl<T: Copy> Guarded<T> {
    fn new(values: &[T], border: Border) -> Self {
        // SAFETY: asks for a number.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap();
        let wanted = size_of_val(values);
        let inner = wanted.next_multiple_of(page);
        let bytes = inner + 2 * page;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: new pages, which nothing else knows of.
        let mapping = unsafe { libc::mmap(null_mut(), bytes, libc::PROT_NONE, flags, -1, 0) };
        assert_ne!(mapping, libc::MAP_FAILED);
        // SAFETY: inside of the mapping.
        let first = unsafe { mapping.byte_add(page) };
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: all pages but the first and the last, of which none is in use yet.
        assert_eq!(unsafe { libc::mprotect(first, inner, access) }, 0);
        let offset = match border {
            Border::Start => 0,
            Border::End => inner - wanted,
        };
        // SAFETY: at most `inner` further on.
        let start: *mut T = unsafe { first.byte_add(offset) }.cast();
        // SAFETY: `wanted` bytes that may be written, aligned, since an array has a whole number of
        // elements and a page of the alignments of numbers.
        unsafe { copy_nonoverlapping(values.as_ptr(), start, values.len()) };
        Self {
            mapping,
            bytes,
            start,
            len: values.len(),
        }
    }

    fn values(&self) -> &[T] {
        // SAFETY: `new` has put as many there.
        unsafe { from_raw_parts(self.start, self.len) }
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        // SAFETY: the mapping that `new` has made, and nobody has a part of it any more.
        unsafe { libc::munmap(self.mapping, self.bytes) };
    }
}

/// Vectors and blocks of both types, on both sides.
fn widths() -> impl Iterator<Item = usize> {
    (1..=70).chain([127, 129, 255, 257, 1000, 2047, 2049, 4095, 4097])
}

macro_rules! pages {
    ($test:ident, $t:ident: $both:ident, $in_place:ident, $probabilities:ident,
     $diagonals:ident, $hessians:ident, $packed:ident, $products:ident) => {
        #[test]
        fn $test() {
            fn run(o: *const Options, k: CrossEntropy<'_>, rows: usize, n: usize, border: Border) {
                let number = |i: usize| ((i * 7919) % 1009) as $t / 64.0 - 8.0;
                let z: Vec<$t> = (0..rows * n).map(number).collect();
                let labels: Vec<i32> = (0..rows).map(|row| (row * 5 % n) as i32).collect();
                let (at_z, at_labels) = (Guarded::new(&z, border), Guarded::new(&labels, border));
                let (zs, none) = (at_z.start.cast_const(), null_mut());
                let of_c = Labels {
                    data: at_labels.start.cast(),
                    integer: 2,
                };
                let compare = |values: &[$t],
                               of_c: &dyn Fn(*mut $t) -> Status,
                               of_kernel: &dyn Fn(&mut [$t])| {
                    let output = Guarded::new(values, border);
                    assert_eq!(of_c(output.start), OK);
                    let mut expected = values.to_vec();
                    of_kernel(&mut expected);
                    assert_eq!(output.values(), expected, "{rows} rows of {n}, {border:?}");
                };
                let zeros = |len| vec![0.0; len];

                // SAFETY: here and below, arrays have the sizes that the header asks for.
                let call = |out| unsafe { $in_place(o, rows, n, out, of_c, zs, none) };
                compare(&z, &call, &|out| {
                    k.gradients_in_place(out, n, &labels, Some(&z[..rows]))
                        .unwrap();
                });
                let call = |out| {
                    let losses = Guarded::new(&zeros(rows), border);
                    // SAFETY: as above.
                    unsafe { $both(o, rows, n, zs, of_c, zs, losses.start, out, none) }
                };
                compare(&zeros(rows * n), &call, &|out| {
                    let upstream = Some(&z[..rows]);
                    k.losses_and_gradients(&z, n, &labels, upstream, &mut zeros(rows), out)
                        .unwrap();
                });
                // SAFETY: as above.
                let call = |out| unsafe { $probabilities(o, rows, n, zs, out, none) };
                compare(&zeros(rows * n), &call, &|out| {
                    k.probabilities(&z, n, out).unwrap();
                });
                // SAFETY: as above.
                let call = |out| unsafe { $diagonals(o, rows, n, zs, of_c, out, none) };
                compare(&zeros(rows * n), &call, &|out| {
                    k.hessian_diagonals(&z, n, &labels, out).unwrap();
                });
                // SAFETY: as above.
                let call = |out| unsafe { $products(o, rows, n, zs, of_c, zs, out, none) };
                compare(&zeros(rows * n), &call, &|out| {
                    k.hessian_vector_products(&z, n, &labels, &z, out).unwrap();
                });
                if n > 70 {
                    return;
                }
                // SAFETY: as above.
                let call = |out| unsafe { $hessians(o, rows, n, zs, of_c, out, none) };
                compare(&zeros(rows * n * n), &call, &|out| {
                    k.hessians(&z, n, &labels, out).unwrap();
                });
                // SAFETY: as above.
                let call = |out| unsafe { $packed(o, rows, n, zs, of_c, out, none) };
                compare(&zeros(rows * n * (n + 1) / 2), &call, &|out| {
                    k.packed_hessians(&z, n, &labels, out).unwrap();
                });
            }

            for backend in Backend::available() {
                let options = Options {
                    backend: backend_number(backend),
                    ..OPTIONS
                };
                let k = CrossEntropy::new().backend(backend);
                for n in widths() {
                    let rows = if n > 70 { 1 } else { 1 + n * 7 % 19 };
                    for border in [Border::Start, Border::End] {
                        run(&options, k, rows, n, border);
                    }
                }
            }
        }
    };
}

pages!(f32_stays_inside, f32: surprisal_losses_and_gradients_f32,
    surprisal_gradients_in_place_f32, surprisal_probabilities_f32,
    surprisal_hessian_diagonals_f32, surprisal_hessians_f32, surprisal_packed_hessians_f32,
    surprisal_hessian_vector_products_f32);
pages!(f64_stays_inside, f64: surprisal_losses_and_gradients_f64,
    surprisal_gradients_in_place_f64, surprisal_probabilities_f64,
    surprisal_hessian_diagonals_f64, surprisal_hessians_f64, surprisal_packed_hessians_f64,
    surprisal_hessian_vector_products_f64);
