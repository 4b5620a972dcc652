//! Operations on batches, whose outputs have the type of the logits or that they are computed in.

use core::ptr::{null, null_mut};
use std::vec::Vec;

use surprisal::{Bf16, CrossEntropy, F16, Total};

use super::{CLASSES, IGNORED, LABELS, ROWS, STRIDE, bits, numbers, options, same};
use crate::{
    exports::batches::*,
    options::Options,
    status::OK,
    tests::refusals::{OPTIONS, i32s},
    total::CTotal,
};

/// Compares the functions of a type of logits with the kernel's methods, under all options and
/// under none.
macro_rules! operations {
    ($test:ident, $z:ident in $t:ident: $losses:ident, $total:ident, $gradients:ident,
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
                let z: Vec<$z> = numbers(0, ROWS * stride);
                let up: Vec<$t> = numbers(7, ROWS);
                let v: Vec<$t> = numbers(3, ROWS * CLASSES);
                let (o, labels, none) = (&raw const o, i32s(&LABELS), null_mut());
                let (zs, ups, vs) = (z.as_ptr(), up.as_ptr(), v.as_ptr());
                let (strided, matrix) = (ROWS * stride, ROWS * CLASSES);
                let packed = matrix * (CLASSES + 1) / 2;

                same::<$t, $t>(
                    [ROWS, 0],
                    // SAFETY: here and below, arrays have the sizes that the header asks for.
                    |out, _| unsafe { $losses(o, ROWS, CLASSES, zs, labels, out, none) },
                    |out, _| k.losses(&z, CLASSES, &LABELS, out),
                );
                same::<$z, $t>(
                    [strided, 0],
                    // SAFETY: as above.
                    |out, _| unsafe { $gradients(o, ROWS, CLASSES, zs, labels, null(), out, none) },
                    |out, _| k.gradients(&z, CLASSES, &LABELS, None, out),
                );
                same::<$z, $t>(
                    [strided, 0],
                    // SAFETY: as above.
                    |out, _| unsafe { $gradients(o, ROWS, CLASSES, zs, labels, ups, out, none) },
                    |out, _| k.gradients(&z, CLASSES, &LABELS, Some(&up), out),
                );
                same::<$z, $t>(
                    [strided, ROWS],
                    // SAFETY: as above.
                    |out, losses| unsafe {
                        $both(o, ROWS, CLASSES, zs, labels, ups, losses, out, none)
                    },
                    |out, losses| {
                        k.losses_and_gradients(&z, CLASSES, &LABELS, Some(&up), losses, out)
                    },
                );
                same::<$t, $t>(
                    [strided, 0],
                    // SAFETY: as above.
                    |out, _| unsafe { $probabilities(o, ROWS, CLASSES, zs, out, none) },
                    |out, _| k.probabilities(&z, CLASSES, out),
                );
                same::<$t, $t>(
                    [matrix, 0],
                    // SAFETY: as above.
                    |out, _| unsafe { $diagonals(o, ROWS, CLASSES, zs, labels, out, none) },
                    |out, _| k.hessian_diagonals(&z, CLASSES, &LABELS, out),
                );
                same::<$t, $t>(
                    [matrix * CLASSES, 0],
                    // SAFETY: as above.
                    |out, _| unsafe { $hessians(o, ROWS, CLASSES, zs, labels, out, none) },
                    |out, _| k.hessians(&z, CLASSES, &LABELS, out),
                );
                same::<$t, $t>(
                    [packed, 0],
                    // SAFETY: as above.
                    |out, _| unsafe { $packed(o, ROWS, CLASSES, zs, labels, out, none) },
                    |out, _| k.packed_hessians(&z, CLASSES, &LABELS, out),
                );
                same::<$t, $t>(
                    [matrix, 0],
                    // SAFETY: as above.
                    |out, _| unsafe { $products(o, ROWS, CLASSES, zs, labels, vs, out, none) },
                    |out, _| k.hessian_vector_products(&z, CLASSES, &LABELS, &v, out),
                );

                let (mut expected, mut losses) = (z.clone(), [0.0; ROWS]);
                k.gradients_in_place(&mut expected, CLASSES, &LABELS, Some(&up))
                    .unwrap();
                let mut in_place = z.clone();
                // SAFETY: as above.
                let status = unsafe {
                    let z = in_place.as_mut_ptr();
                    $gradients_in_place(o, ROWS, CLASSES, z, labels, ups, none)
                };
                assert_eq!((status, bits(&in_place)), (OK, bits(&expected)));
                let mut in_place = z.clone();
                // SAFETY: as above.
                let status = unsafe {
                    let z = in_place.as_mut_ptr();
                    $both_in_place(o, ROWS, CLASSES, z, labels, ups, losses.as_mut_ptr(), none)
                };
                assert_eq!((status, bits(&in_place)), (OK, bits(&expected)));
                let mut expected = [0.0; ROWS];
                k.losses(&z, CLASSES, &LABELS, &mut expected).unwrap();
                assert_eq!(bits(&losses), bits(&expected));

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

operations!(single, f32 in f32: surprisal_losses_f32, surprisal_total_f32, surprisal_gradients_f32,
    surprisal_gradients_in_place_f32, surprisal_losses_and_gradients_f32,
    surprisal_losses_and_gradients_in_place_f32, surprisal_probabilities_f32,
    surprisal_hessian_diagonals_f32, surprisal_hessians_f32, surprisal_packed_hessians_f32,
    surprisal_hessian_vector_products_f32);
operations!(double, f64 in f64: surprisal_losses_f64, surprisal_total_f64, surprisal_gradients_f64,
    surprisal_gradients_in_place_f64, surprisal_losses_and_gradients_f64,
    surprisal_losses_and_gradients_in_place_f64, surprisal_probabilities_f64,
    surprisal_hessian_diagonals_f64, surprisal_hessians_f64, surprisal_packed_hessians_f64,
    surprisal_hessian_vector_products_f64);
operations!(half, F16 in f32: surprisal_losses_f16, surprisal_total_f16, surprisal_gradients_f16,
    surprisal_gradients_in_place_f16, surprisal_losses_and_gradients_f16,
    surprisal_losses_and_gradients_in_place_f16, surprisal_probabilities_f16,
    surprisal_hessian_diagonals_f16, surprisal_hessians_f16, surprisal_packed_hessians_f16,
    surprisal_hessian_vector_products_f16);
operations!(brain, Bf16 in f32: surprisal_losses_bf16, surprisal_total_bf16,
    surprisal_gradients_bf16, surprisal_gradients_in_place_bf16,
    surprisal_losses_and_gradients_bf16, surprisal_losses_and_gradients_in_place_bf16,
    surprisal_probabilities_bf16, surprisal_hessian_diagonals_bf16, surprisal_hessians_bf16,
    surprisal_packed_hessians_bf16, surprisal_hessian_vector_products_bf16);
