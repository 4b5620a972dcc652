//! What only 16-bit logits have: gradients in `f32`, and numbers from `f32` and back.

use core::ptr::null_mut;
use std::vec::Vec;

use surprisal::{Bf16, F16};

use super::{CLASSES, LABELS, ROWS, STRIDE, numbers, options, same};
use crate::{
    exports::{batches::*, halves::*},
    tests::refusals::i32s,
};

macro_rules! halves {
    ($test:ident, $z:ident: $gradients:ident, $both:ident, $from_f32:ident, $to_f32:ident) => {
        #[test]
        fn $test() {
            let (o, k) = options();
            let z: Vec<$z> = numbers(0, ROWS * STRIDE);
            let up: Vec<f32> = numbers(7, ROWS);
            let (o, labels, none) = (&raw const o, i32s(&LABELS), null_mut());
            let (zs, ups) = (z.as_ptr(), up.as_ptr());
            same::<f32, f32>(
                [ROWS * STRIDE, 0],
                // SAFETY: here and below, arrays have the sizes that the header asks for.
                |out, _| unsafe { $gradients(o, ROWS, CLASSES, zs, labels, ups, out, none) },
                |out, _| k.gradients(&z, CLASSES, &LABELS, Some(&up), out),
            );
            same::<f32, f32>(
                [ROWS * STRIDE, ROWS],
                // SAFETY: as above.
                |out, losses| unsafe {
                    $both(o, ROWS, CLASSES, zs, labels, ups, losses, out, none)
                },
                |out, losses| k.losses_and_gradients(&z, CLASSES, &LABELS, Some(&up), losses, out),
            );

            for value in [1.0 / 3.0, -65519.0, 65520.0, 1e-7, f32::NAN, -0.0] {
                let half = $from_f32(value);
                assert_eq!(half.bits, $z::from_f32(value).to_bits());
                assert_eq!(
                    $to_f32(half).to_bits(),
                    $z::from_f32(value).to_f32().to_bits()
                );
            }
        }
    };
}

halves!(half, F16: surprisal_gradients_f16_f32, surprisal_losses_and_gradients_f16_f32,
    surprisal_f16_from_f32, surprisal_f16_to_f32);
halves!(brain, Bf16: surprisal_gradients_bf16_f32, surprisal_losses_and_gradients_bf16_f32,
    surprisal_bf16_from_f32, surprisal_bf16_to_f32);
