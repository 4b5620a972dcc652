//! Rows in two parts.

use core::ptr::null_mut;
use std::vec::Vec;

use surprisal::{Bf16, CrossEntropy, Element, F16, RowState};

use super::{LABELS, Number, ROWS, bits, numbers, same};
use crate::{
    exports::batches::*,
    options::Options,
    status::OK,
    tests::refusals::{OPTIONS, i32s},
};

const COLUMNS: usize = 2;

fn parts<T: Element + Number>(states: &[RowState<T>]) -> Vec<u64> {
    let parts = states.iter().map(|state| state.to_parts());
    parts.flat_map(|parts| bits(&parts)).collect()
}

/// Compares what is done with states with the kernel's methods: rows of two columns, then two more.
macro_rules! states {
    ($test:ident, $z:ident in $t:ident: $row_states:ident, $merge:ident, $losses:ident,
     $($gradients:ident in $g:ident),*) => {
        #[test]
        fn $test() {
            let ignored = [-100];
            let k = CrossEntropy::new().ignore_labels(&ignored);
            let o = Options {
                ignored_labels: ignored.as_ptr(),
                n_ignored_labels: 1,
                ..OPTIONS
            };
            let (o, none) = (&raw const o, null_mut());
            let mut all = [[RowState::<$t>::EMPTY; ROWS]; 2];
            let mut expected = all;
            let logits: [Vec<$z>; 2] = [0, 20].map(|start| numbers(start, ROWS * COLUMNS));
            for ((z, states), expected) in logits.iter().zip(&mut all).zip(&mut expected) {
                // SAFETY: here and below, arrays have the sizes that the header asks for.
                let status = unsafe {
                    $row_states(o, ROWS, COLUMNS, z.as_ptr(), states.as_mut_ptr(), none)
                };
                k.row_states(z, COLUMNS, expected).unwrap();
                assert_eq!((status, parts(states)), (OK, parts(expected)));
            }

            let [mut states, next] = all;
            let status =
                // SAFETY: as above.
                unsafe { $merge(o, ROWS, 4, states.as_mut_ptr(), next.as_ptr(), none) };
            let [mut merged, _] = expected;
            k.merge_row_states(&mut merged, &next).unwrap();
            assert_eq!((status, parts(&states)), (OK, parts(&merged)));

            let (label_logits, up) = (numbers::<$t>(5, ROWS), numbers::<$t>(7, ROWS));
            let of_states = states.as_ptr();
            same::<$t, $t>(
                [ROWS, 0],
                // SAFETY: as above.
                |out, _| unsafe { $losses(o, ROWS, 4, of_states, label_logits.as_ptr(), out, none) },
                |out, _| k.losses_of_states(&states, &label_logits, out),
            );
            let [_, z] = logits;
            let (zs, labels, ups) = (z.as_ptr(), i32s(&LABELS), up.as_ptr());
            $(
                same::<$g, $t>(
                    [ROWS * COLUMNS, 0],
                    // SAFETY: as above.
                    |out, _| unsafe {
                        $gradients(o, ROWS, COLUMNS, of_states, zs, 2, labels, ups, out, none)
                    },
                    |out, _| {
                        k.gradients_of_states(&states, &z, COLUMNS, 2, &LABELS, Some(&up), out)
                    },
                );
            )*
        }
    };
}

states!(single, f32 in f32: surprisal_row_states_f32, surprisal_merge_row_states_f32,
    surprisal_losses_of_states_f32, surprisal_gradients_of_states_f32 in f32);
states!(double, f64 in f64: surprisal_row_states_f64, surprisal_merge_row_states_f64,
    surprisal_losses_of_states_f64, surprisal_gradients_of_states_f64 in f64);
states!(half, F16 in f32: surprisal_row_states_f16, surprisal_merge_row_states_f32,
    surprisal_losses_of_states_f32, surprisal_gradients_of_states_f16 in F16,
    surprisal_gradients_of_states_f16_f32 in f32);
states!(brain, Bf16 in f32: surprisal_row_states_bf16, surprisal_merge_row_states_f32,
    surprisal_losses_of_states_f32, surprisal_gradients_of_states_bf16 in Bf16,
    surprisal_gradients_of_states_bf16_f32 in f32);
