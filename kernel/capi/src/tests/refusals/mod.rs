//! What is refused, with which status and detail; and that nothing is written then.

mod row_hessians;

use core::{ffi::CStr, mem::size_of, ptr::null};

use crate::{
    exports::batches::{
        surprisal_gradients_f32, surprisal_hessians_f64, surprisal_losses_and_gradients_f32,
        surprisal_losses_f32,
    },
    labels::Labels,
    options::Options,
    status::{self, Detail, NAME_LEN, NONE, Status},
};

pub(crate) const OPTIONS: Options = Options {
    size: size_of::<Options>(),
    row_stride: 0,
    ignored_labels: null(),
    n_ignored_labels: 0,
    class_weights_f32: null(),
    class_weights_f64: null(),
    row_weights_f32: null(),
    row_weights_f64: null(),
    target_probabilities_f32: null(),
    target_probabilities_f64: null(),
    denominator: 0.0,
    label_smoothing: 0.0,
    label_smoothing_over_others: 0.0,
    z_loss: 0.0,
    softcap: 0.0,
    temperature: 0.0,
    reduction: 0,
    backend: 0,
};

fn detail() -> Detail {
    Detail {
        size: size_of::<Detail>(),
        argument: [1; NAME_LEN],
        row: 0,
        class_index: 0,
        label: 0,
        value: 0.0,
    }
}

fn argument(detail: &Detail) -> &str {
    // SAFETY: the array is alive, and has a zero in it: the first byte that is not of the name.
    let name = unsafe { CStr::from_ptr(detail.argument.as_ptr()) };
    name.to_str().expect("a name of the header")
}

pub(crate) fn i32s(labels: &[i32]) -> Labels {
    Labels {
        data: labels.as_ptr().cast(),
        integer: 2,
    }
}

const LOGITS: [f32; 4] = [1.0, 2.0, 3.0, 4.0];

/// Losses of two rows of two classes.
fn losses(options: &Options, labels: &[i32; 2]) -> (Status, Detail) {
    let (mut losses, mut detail) = ([7.0_f32; 2], detail());
    // SAFETY: the arrays have two rows of two classes.
    let status = unsafe {
        surprisal_losses_f32(
            options,
            2,
            2,
            LOGITS.as_ptr(),
            i32s(labels),
            losses.as_mut_ptr(),
            &raw mut detail,
        )
    };
    assert_eq!(losses == [7.0; 2], status != status::OK);
    (status, detail)
}

#[test]
fn label() {
    let (status, detail) = losses(&OPTIONS, &[0, -3]);
    assert_eq!(status, status::LABEL_OUT_OF_RANGE);
    assert_eq!(argument(&detail), "labels");
    assert_eq!(
        (detail.row, detail.class_index, detail.label),
        (1, NONE, -3)
    );
}

#[test]
fn options() {
    let weights = [1.0_f32, -1.0];
    let doubles = [1.0_f64; 2];
    let cases = [
        (
            Options {
                class_weights_f32: weights.as_ptr(),
                ..OPTIONS
            },
            (status::WEIGHT_OUT_OF_RANGE, "class_weights", NONE, 1, -1.0),
        ),
        (
            Options {
                row_weights_f32: weights.as_ptr(),
                ..OPTIONS
            },
            (status::WEIGHT_OUT_OF_RANGE, "row_weights", 1, NONE, -1.0),
        ),
        (
            Options {
                row_weights_f32: weights.as_ptr(),
                row_weights_f64: doubles.as_ptr(),
                ..OPTIONS
            },
            (status::OPTION_CONFLICT, "row_weights", NONE, NONE, 0.0),
        ),
        (
            Options {
                label_smoothing: 0.1,
                label_smoothing_over_others: 0.1,
                ..OPTIONS
            },
            (status::OPTION_CONFLICT, "label_smoothing", NONE, NONE, 0.0),
        ),
        (
            Options {
                temperature: -2.0,
                ..OPTIONS
            },
            (status::OPTION_OUT_OF_RANGE, "temperature", NONE, NONE, -2.0),
        ),
        (
            Options {
                row_stride: 1,
                ..OPTIONS
            },
            (status::OPTION_OUT_OF_RANGE, "row_stride", NONE, NONE, 1.0),
        ),
        (
            Options {
                reduction: 5,
                ..OPTIONS
            },
            (status::OPTION_OUT_OF_RANGE, "reduction", NONE, NONE, 5.0),
        ),
        (
            Options {
                backend: -1,
                ..OPTIONS
            },
            (status::OPTION_OUT_OF_RANGE, "backend", NONE, NONE, -1.0),
        ),
        (
            Options {
                n_ignored_labels: 1,
                ..OPTIONS
            },
            (status::NULL_POINTER, "ignored_labels", NONE, NONE, 0.0),
        ),
        (
            Options { size: 8, ..OPTIONS },
            (status::STRUCT_SIZE, "options", NONE, NONE, 0.0),
        ),
    ];
    for (options, (status, name, row, class_index, value)) in cases {
        let (refused, detail) = losses(&options, &[0, 1]);
        assert_eq!((refused, argument(&detail)), (status, name));
        assert_eq!((detail.row, detail.class_index), (row, class_index));
        assert_eq!(detail.value, value);
    }
    assert_eq!(losses(&OPTIONS, &[0, 1]).0, status::OK);
}

#[test]
fn target() {
    let targets = [1.0_f64, 0.0, f64::NAN, 1.0];
    let options = Options {
        target_probabilities_f64: targets.as_ptr(),
        ..OPTIONS
    };
    let (status, detail) = losses(&options, &[0, 0]);
    assert_eq!(status, status::TARGET_OUT_OF_RANGE);
    assert_eq!((detail.row, detail.class_index), (1, 0));
}

/// Gradients of two rows of two classes, from and to some places of an array.
fn gradients(logits: usize, labels: usize, gradients: usize) -> (Status, Detail) {
    let mut numbers = [0.0_f32; 16];
    let mut detail = detail();
    let start = numbers.as_mut_ptr();
    // SAFETY: the places are in the array; what overlaps is not read or written.
    let status = unsafe {
        surprisal_gradients_f32(
            &OPTIONS,
            2,
            2,
            start.add(logits),
            Labels {
                data: start.add(labels).cast(),
                integer: 2,
            },
            null(),
            start.add(gradients),
            &raw mut detail,
        )
    };
    (status, detail)
}

#[test]
fn overlaps() {
    for (logits, labels, written) in [(0, 8, 0), (0, 8, 3), (3, 8, 0), (8, 3, 0), (8, 0, 1)] {
        let (status, detail) = gradients(logits, labels, written);
        assert_eq!(status, status::OVERLAP, "{logits} {labels} {written}");
        assert_eq!(argument(&detail), "gradients");
    }
    // Neighbours do not overlap, and inputs may.
    assert_eq!(gradients(0, 8, 4).0, status::OK);
    assert_eq!(gradients(4, 8, 0).0, status::OK);
    assert_eq!(gradients(0, 2, 8).0, status::OK);
}

/// An option is an array of the call like any other.
#[test]
fn overlap_with_an_option() {
    let mut numbers = [1.0_f32; 2];
    let options = Options {
        row_weights_f32: numbers.as_ptr(),
        ..OPTIONS
    };
    let mut detail = detail();
    // SAFETY: the arrays have two rows of one class; what overlaps is not read or written.
    let status = unsafe {
        surprisal_losses_f32(
            &raw const options,
            2,
            1,
            LOGITS.as_ptr(),
            i32s(&[0, 0]),
            numbers.as_mut_ptr(),
            &raw mut detail,
        )
    };
    assert_eq!((status, argument(&detail)), (status::OVERLAP, "losses"));
}

#[test]
fn pointers() {
    let mut outputs = [0.0_f32; 8];
    let labels = [0_i32; 2];
    let mut run = |logits: *const f32, n_classes, labels, detail: *mut Detail| {
        let (losses, gradients) = outputs.split_at_mut(2);
        // SAFETY: where a pointer is not to two rows of as many classes, it is not read.
        unsafe {
            surprisal_losses_and_gradients_f32(
                null(),
                2,
                n_classes,
                logits,
                labels,
                null(),
                losses.as_mut_ptr(),
                gradients.as_mut_ptr(),
                detail,
            )
        }
    };
    let good = LOGITS.as_ptr();
    let odd = good.wrapping_byte_add(1);
    let no_labels = Labels {
        data: null(),
        integer: 2,
    };
    let of_no_type = Labels {
        integer: 4,
        ..i32s(&labels)
    };
    let mut detail = detail();
    for (logits, n_classes, of_rows, status, name) in [
        (null(), 2, i32s(&labels), status::NULL_POINTER, "logits"),
        (odd, 2, i32s(&labels), status::MISALIGNED, "logits"),
        (good, 2, no_labels, status::NULL_POINTER, "labels"),
        (good, 2, of_no_type, status::LABEL_TYPE, "labels"),
        (good, 0, i32s(&labels), status::ZERO_CLASSES, "n_classes"),
        (
            good,
            usize::MAX,
            i32s(&labels),
            status::SIZE_OVERFLOW,
            "logits",
        ),
        // Fits into a `usize`, but not into memory.
        (
            good,
            usize::MAX / 8,
            i32s(&labels),
            status::SIZE_OVERFLOW,
            "logits",
        ),
    ] {
        assert_eq!(run(logits, n_classes, of_rows, &raw mut detail), status);
        assert_eq!(argument(&detail), name);
        assert_eq!(
            run(logits, n_classes, of_rows, core::ptr::null_mut()),
            status
        );
    }
    detail.size = 3;
    let status = run(null(), 2, i32s(&labels), &raw mut detail);
    assert_eq!(status, status::STRUCT_SIZE);
}

/// Without rows there is nothing that a pointer could be to.
#[test]
fn no_rows() {
    // SAFETY: no array has an element.
    let status = unsafe {
        surprisal_hessians_f64(
            null(),
            0,
            3,
            null(),
            i32s(&[]),
            core::ptr::null_mut(),
            core::ptr::null_mut(),
        )
    };
    assert_eq!(status, status::OK);
}
