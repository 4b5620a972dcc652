//! Every function is the kernel's of its name: the same bits under the same options.

use core::ptr::{null, null_mut};
use std::{vec, vec::Vec};

use surprisal::{Backend, CrossEntropy, Denominator, Element, Error, Reduction, RowState, Total};

use super::refusals::{OPTIONS, i32s};
use crate::{
    exports::*,
    labels::Labels,
    options::Options,
    status::{OK, Status},
    total::CTotal,
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

/// Calls a function of C, which gets pointers to arrays of these lengths, and a method of the kernel,
/// which gets such arrays; gives what both have written.
fn same<T: Element>(
    lens: &[usize],
    of_c: impl FnOnce(&[*mut T]) -> Status,
    of_kernel: impl FnOnce(&mut [Vec<T>]) -> Result<(), Error>,
) -> Vec<Vec<T>> {
    let mut arrays: Vec<_> = lens.iter().map(|&len| vec![T::ZERO; len]).collect();
    let mut expected = arrays.clone();
    let pointers: Vec<_> = arrays.iter_mut().map(Vec::as_mut_ptr).collect();
    assert_eq!(of_c(&pointers), OK);
    of_kernel(&mut expected).unwrap();
    assert_eq!(arrays, expected);
    assert!(
        arrays
            .iter()
            .all(|array| array.iter().any(|&x| x != T::ZERO))
    );
    arrays
}

/// Compares the functions of an element type with the kernel's methods, under all options and
/// under none.
macro_rules! operations {
    ($test:ident, $t:ident: $losses:ident, $total:ident, $gradients:ident,
     $gradients_in_place:ident, $both:ident, $both_in_place:ident, $probabilities:ident,
     $diagonals:ident, $hessians:ident, $packed:ident, $products:ident) => {
        #[test]
        fn $test() {
            let (c_options, k) = options();
            let plain = CrossEntropy::new().ignore_labels(&IGNORED);
            let c_plain = Options {
                ignored_labels: IGNORED.as_ptr(),
                n_ignored_labels: 1,
                ..OPTIONS
            };
            for (o, k, stride) in [(c_options, k, STRIDE), (c_plain, plain, CLASSES)] {
                let z: Vec<$t> = (0..ROWS * stride).map(|i| number(i) as $t).collect();
                let up: Vec<$t> = (0..ROWS).map(|i| number(i + 7) as $t).collect();
                let v: Vec<$t> = (0..ROWS * CLASSES).map(|i| number(i + 3) as $t).collect();
                let (o, labels, none) = (&raw const o, i32s(&LABELS), null_mut());
                let (zs, ups, up) = (z.as_ptr(), up.as_ptr(), Some(&up[..]));
                let (strided, matrix) = (ROWS * stride, ROWS * CLASSES);

                // SAFETY: here and below, arrays have the sizes that the header asks for.
                let call = |out: &[*mut $t]| unsafe {
                    $losses(o, ROWS, CLASSES, zs, labels, out[0], none)
                };
                same(&[ROWS], call, |out| {
                    k.losses(&z, CLASSES, &LABELS, &mut out[0])
                });
                // SAFETY: as above.
                let call = |out: &[*mut $t]| unsafe {
                    $gradients(o, ROWS, CLASSES, zs, labels, null(), out[0], none)
                };
                same(&[strided], call, |out| {
                    k.gradients(&z, CLASSES, &LABELS, None, &mut out[0])
                });
                // SAFETY: as above.
                let call = |out: &[*mut $t]| unsafe {
                    $gradients(o, ROWS, CLASSES, zs, labels, ups, out[0], none)
                };
                same(&[strided], call, |out| {
                    k.gradients(&z, CLASSES, &LABELS, up, &mut out[0])
                });
                // SAFETY: as above.
                let call = |out: &[*mut $t]| unsafe {
                    $both(o, ROWS, CLASSES, zs, labels, ups, out[0], out[1], none)
                };
                let beside = same(&[ROWS, strided], call, |out| {
                    let [losses, gradients] = out else {
                        unreachable!()
                    };
                    k.losses_and_gradients(&z, CLASSES, &LABELS, up, losses, gradients)
                });
                // SAFETY: as above.
                let call = |out: &[*mut $t]| unsafe {
                    let out = out[0];
                    $probabilities(o, ROWS, CLASSES, zs, out, none)
                };
                same(&[strided], call, |out| {
                    k.probabilities(&z, CLASSES, &mut out[0])
                });
                // SAFETY: as above.
                let call = |out: &[*mut $t]| unsafe {
                    $diagonals(o, ROWS, CLASSES, zs, labels, out[0], none)
                };
                same(&[matrix], call, |out| {
                    k.hessian_diagonals(&z, CLASSES, &LABELS, &mut out[0])
                });
                // SAFETY: as above.
                let call = |out: &[*mut $t]| unsafe {
                    $hessians(o, ROWS, CLASSES, zs, labels, out[0], none)
                };
                same(&[matrix * CLASSES], call, |out| {
                    k.hessians(&z, CLASSES, &LABELS, &mut out[0])
                });
                // SAFETY: as above.
                let call = |out: &[*mut $t]| unsafe {
                    $packed(o, ROWS, CLASSES, zs, labels, out[0], none)
                };
                same(&[matrix * (CLASSES + 1) / 2], call, |out| {
                    k.packed_hessians(&z, CLASSES, &LABELS, &mut out[0])
                });
                // SAFETY: as above.
                let call = |out: &[*mut $t]| unsafe {
                    $products(o, ROWS, CLASSES, zs, labels, v.as_ptr(), out[0], none)
                };
                same(&[matrix], call, |out| {
                    k.hessian_vector_products(&z, CLASSES, &LABELS, &v, &mut out[0])
                });

                let (mut in_place, mut losses) = (z.clone(), vec![0.0; ROWS]);
                // SAFETY: as above.
                let status = unsafe {
                    let z = in_place.as_mut_ptr();
                    $both_in_place(o, ROWS, CLASSES, z, labels, ups, losses.as_mut_ptr(), none)
                };
                assert_eq!((status, [losses, in_place].as_slice()), (OK, &beside[..]));
                let mut in_place = z.clone();
                // SAFETY: as above.
                let status = unsafe {
                    let z = in_place.as_mut_ptr();
                    $gradients_in_place(o, ROWS, CLASSES, z, labels, ups, none)
                };
                assert_eq!((status, &in_place), (OK, &beside[1]));

                let mut total = CTotal::from(Total::default());
                // SAFETY: as above.
                let status = unsafe {
                    let total = &raw mut total;
                    $total(o, ROWS, CLASSES, zs, labels, total, none)
                };
                assert_eq!(status, OK);
                let expected = k.total(&z, CLASSES, &LABELS).unwrap();
                assert_eq!((total.sum, total.weight), (expected.sum, expected.weight));
                assert_eq!((total.rows_counted, total.rows_ignored), (4, 1));
                assert_eq!(total.rows_non_finite, 0);
            }
        }
    };
}

operations!(single, f32: surprisal_losses_f32, surprisal_total_f32, surprisal_gradients_f32,
    surprisal_gradients_in_place_f32, surprisal_losses_and_gradients_f32,
    surprisal_losses_and_gradients_in_place_f32, surprisal_probabilities_f32,
    surprisal_hessian_diagonals_f32, surprisal_hessians_f32, surprisal_packed_hessians_f32,
    surprisal_hessian_vector_products_f32);
operations!(double, f64: surprisal_losses_f64, surprisal_total_f64, surprisal_gradients_f64,
    surprisal_gradients_in_place_f64, surprisal_losses_and_gradients_f64,
    surprisal_losses_and_gradients_in_place_f64, surprisal_probabilities_f64,
    surprisal_hessian_diagonals_f64, surprisal_hessians_f64, surprisal_packed_hessians_f64,
    surprisal_hessian_vector_products_f64);

/// Labels of every type, and none beside target probabilities.
#[test]
fn labels() {
    let z = [1.0_f32, 2.0, 0.5, 0.25];
    let run = |options: *const Options, labels| {
        let mut losses = [0.0_f32; 2];
        // SAFETY: two rows of two classes.
        let status = unsafe {
            surprisal_losses_f32(
                options,
                2,
                2,
                z.as_ptr(),
                labels,
                losses.as_mut_ptr(),
                null_mut(),
            )
        };
        assert_eq!(status, OK);
        losses
    };
    let (bytes, words, longs) = ([1_u8, 0], [1_i32, 0], [1_i64, 0]);
    let expected = run(null(), i32s(&words));
    for (data, integer) in [(bytes.as_ptr().cast(), 1), (longs.as_ptr().cast(), 3)] {
        assert_eq!(run(null(), Labels { data, integer }), expected);
    }
    let targets = [0.0_f32, 1.0, 1.0, 0.0];
    let options = Options {
        target_probabilities_f32: targets.as_ptr(),
        ..OPTIONS
    };
    let absent = Labels {
        data: null(),
        integer: 1,
    };
    assert_eq!(run(&raw const options, absent), expected);
}

/// A row in two parts: losses and gradients of states are the kernel's.
#[test]
fn states() {
    let z = [1.0_f64, -2.0, 4.0, 0.5];
    let labels = i32s(&[3]);
    let mut states = [[RowState::<f64>::EMPTY; 1]; 2];
    for (state, part) in states.iter_mut().zip(z.chunks(2)) {
        // SAFETY: one row of two columns.
        let status = unsafe {
            surprisal_row_states_f64(null(), 1, 2, part.as_ptr(), state.as_mut_ptr(), null_mut())
        };
        assert_eq!(status, OK);
    }
    let [mut state, next] = states;
    let (mut losses, mut gradients) = ([0.0_f64; 1], [0.0_f64; 2]);
    // SAFETY: one row, of which the last two classes are given.
    let statuses = unsafe {
        [
            surprisal_merge_row_states_f64(
                null(),
                1,
                4,
                state.as_mut_ptr(),
                next.as_ptr(),
                null_mut(),
            ),
            surprisal_losses_of_states_f64(
                null(),
                1,
                4,
                state.as_ptr(),
                z[3..].as_ptr(),
                losses.as_mut_ptr(),
                null_mut(),
            ),
            surprisal_gradients_of_states_f64(
                null(),
                1,
                2,
                state.as_ptr(),
                z[2..].as_ptr(),
                2,
                labels,
                null(),
                gradients.as_mut_ptr(),
                null_mut(),
            ),
        ]
    };
    assert_eq!(statuses, [OK; 3]);
    let loss = CrossEntropy::new();
    let mut expected = ([0.0; 1], [0.0; 4]);
    loss.losses_and_gradients(&z, 4, &[3], None, &mut expected.0, &mut expected.1)
        .unwrap();
    assert!((losses[0] - expected.0[0]).abs() <= 1e-15);
    assert!((gradients[0] - expected.1[2]).abs() <= 1e-15);
    assert!((gradients[1] - expected.1[3]).abs() <= 1e-15);
}
