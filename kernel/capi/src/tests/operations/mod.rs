//! Every function is the kernel's of its name: the same bits under the same options.

mod batches;
mod halves;
mod labels;
mod row_hessians;
mod states;

use std::{vec, vec::Vec};

use surprisal::{Backend, Bf16, CrossEntropy, Denominator, Error, F16, Reduction};

use super::refusals::OPTIONS;
use crate::{
    options::Options,
    status::{OK, Refusal, Status},
};

const ROWS: usize = 5;
const CLASSES: usize = 3;
const STRIDE: usize = 4;
const LABELS: [i32; ROWS] = [0, 2, -100, 1, 1];
const IGNORED: [i64; 1] = [-100];
const CLASS_WEIGHTS: [f32; CLASSES] = [0.5, 2.0, 1.0];
const ROW_WEIGHTS: [f64; ROWS] = [1.0, 3.0, 1.0, 0.25, 1.0];

/// Logits and upstream factors that nothing is special about.
fn number(i: usize) -> f64 {
    ((i * i * 37 + i * 11) % 101) as f64 / 16.0 - 3.0
}

/// All options at once, those of the interface and the kernel's.
fn options() -> (Options, CrossEntropy<'static>) {
    let of_c = Options {
        row_stride: STRIDE,
        ignored_labels: IGNORED.as_ptr(),
        n_ignored_labels: 1,
        class_weights_f32: CLASS_WEIGHTS.as_ptr(),
        row_weights_f64: ROW_WEIGHTS.as_ptr(),
        denominator: 7.0,
        label_smoothing: 0.1,
        z_loss: 1e-3,
        softcap: 20.0,
        temperature: 1.5,
        reduction: 4,
        backend: 2,
        ..OPTIONS
    };
    let of_kernel = CrossEntropy::new()
        .row_stride(STRIDE)
        .ignore_labels(&IGNORED)
        .class_weights(&CLASS_WEIGHTS)
        .row_weights(&ROW_WEIGHTS)
        .reduction(Reduction::Mean(Denominator::Given(7.0)))
        .label_smoothing(0.1)
        .z_loss(1e-3)
        .softcap(20.0)
        .temperature(1.5)
        .backend(Backend::PortableFused);
    (of_c, of_kernel)
}

/// Numbers that are compared by their bits.
trait Number: Copy {
    /// The nearest to another.
    fn of(value: f64) -> Self;

    /// One number for all that are none.
    fn bits(self) -> u64;
}

macro_rules! numbers {
    ($($t:ident: $of:expr, $bits:expr;)*) => {$(
        impl Number for $t {
            fn of(value: f64) -> Self {
                $of(value)
            }

            fn bits(self) -> u64 {
                let is_nan = f64::from(self).is_nan();
                if is_nan { u64::MAX } else { $bits(self).into() }
            }
        }
    )*};
}

numbers! {
    f32: |value| value as f32, f32::to_bits;
    f64: |value| value, f64::to_bits;
    F16: |value| F16::from_f32(value as f32), F16::to_bits;
    Bf16: |value| Bf16::from_f32(value as f32), Bf16::to_bits;
}

/// So many of the numbers above, from some place on.
fn numbers<T: Number>(start: usize, len: usize) -> Vec<T> {
    (start..start + len).map(|i| T::of(number(i))).collect()
}

fn bits<T: Number>(numbers: &[T]) -> Vec<u64> {
    numbers.iter().map(|&x| x.bits()).collect()
}

/// Calls a function of C and a method of the kernel, each with two arrays of these lengths: the same
/// numbers are written, or the same refusal leaves them as they were.
fn same<A: Number, B: Number>(
    lens: [usize; 2],
    of_c: impl FnOnce(*mut A, *mut B) -> Status,
    of_kernel: impl FnOnce(&mut [A], &mut [B]) -> Result<(), Error>,
) {
    let [a_len, b_len] = lens;
    let (mut a, mut b) = (vec![A::of(7.0); a_len], vec![B::of(7.0); b_len]);
    let (mut expected_a, mut expected_b) = (a.clone(), b.clone());
    let status = of_c(a.as_mut_ptr(), b.as_mut_ptr());
    let expected = of_kernel(&mut expected_a, &mut expected_b);
    let expected = expected.map_or_else(|error| Refusal::from(error).status(), |()| OK);
    assert_eq!(status, expected);
    assert_eq!(bits(&a), bits(&expected_a));
    assert_eq!(bits(&b), bits(&expected_b));
    let untouched = A::of(7.0).bits();
    assert_eq!(a.iter().all(|x| x.bits() == untouched), status != OK);
}
