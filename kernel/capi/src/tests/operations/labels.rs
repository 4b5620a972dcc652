//! Types of labels.

use core::ptr::{null, null_mut};

use crate::{
    exports::batches::surprisal_losses_f32,
    labels::Labels,
    options::Options,
    status::OK,
    tests::refusals::{OPTIONS, i32s},
};

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
