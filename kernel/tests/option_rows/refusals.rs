//! Options that are refused, and what is not looked at.

use surprisal::{CrossEntropy, Denominator, Error, Reduction};

use super::INF;

#[test]
fn a_stride_of_0_is_refused_as_such() {
    let loss = CrossEntropy::new().row_stride(0);
    let error = loss.probabilities(&[1.0_f32], 1, &mut [0.0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row_stride is 0, must be at least n_classes"
    );
}

#[test]
fn options_out_of_range_are_refused() {
    let loss = CrossEntropy::new();
    let refused = |loss: CrossEntropy<'_>, message: &str| {
        let mut losses = [7.0; 2];
        let error = loss
            .losses(&[1.0, 2.0, 3.0, 4.0], 2, &[0, 1], &mut losses)
            .unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(losses, [7.0; 2]);
    };
    refused(
        loss.class_weights(&[1.0, -1.0]),
        "class_weights: entry 1 is -1, must be from 0 to 1e30",
    );
    refused(
        loss.row_weights(&[f64::NAN, 1.0]),
        "row_weights: entry 0 is NaN, must be from 0 to 1e30",
    );
    refused(
        loss.class_weights(&[1.0]),
        "class_weights has 1 elements, 2 are needed",
    );
    refused(
        loss.row_weights(&[1.0_f32; 3]),
        "row_weights has 3 elements, 2 are needed",
    );
    refused(
        loss.target_probabilities(&[0.0, 1.0, 0.5, -0.25]),
        "target_probabilities: row 1 has -0.25 at class 1, must be from 0 to 1e30",
    );
    refused(
        loss.target_probabilities(&[0.0, 1.0]),
        "target_probabilities has 2 elements, 4 are needed",
    );
    refused(
        loss.label_smoothing(1.5),
        "label_smoothing is 1.5, must be from 0 to 1",
    );
    refused(
        loss.label_smoothing_over_others(f64::NAN),
        "label_smoothing is NaN, must be from 0 to 1",
    );
    refused(loss.z_loss(-1.0), "z_loss is -1, must be from 0 to 1e30");
    refused(
        loss.softcap(0.0),
        "softcap is 0, must be from 1e-30 to 1e30",
    );
    refused(
        loss.temperature(INF),
        "temperature is inf, must be from 1e-30 to 1e30",
    );
    refused(
        loss.row_stride(1),
        "row_stride is 1, must be at least n_classes",
    );
}

/// Targets of ignored rows are not looked at, and nothing is divided by a weight of nothing.
#[test]
fn what_does_not_count_is_not_refused() {
    let loss = CrossEntropy::new();
    let mut losses = [7.0; 2];
    loss.target_probabilities(&[f64::NAN, -1.0, 0.5, 0.5])
        .ignore_label(-1)
        .losses(&[1.0, 2.0, 3.0, 3.0], 2, &[-1, 0], &mut losses)
        .unwrap();
    assert_eq!(losses, [0.0, core::f64::consts::LN_2]);

    let mut gradients = [7.0; 2];
    let weightless = loss.row_weights(&[0.0]);
    weightless
        .reduction(Reduction::Mean(Denominator::Weight))
        .gradients(&[1.0, 2.0], 2, &[0], None, &mut gradients)
        .unwrap();
    assert_eq!(gradients, [0.0; 2]);
    let total = weightless.total(&[1.0, 2.0], 2, &[0]).unwrap();
    assert_eq!(total.mean(Denominator::Weight), None);
    assert_eq!(total.mean(Denominator::Rows), Some(0.0));
}

#[test]
fn parts_of_rows_refuse_options_that_they_do_not_know() {
    let unsupported = |option, operation| Error::OptionUnsupported { option, operation };
    let loss = CrossEntropy::new();
    let mut states = [surprisal::RowState::EMPTY];
    for (loss, option) in [
        (loss.softcap(2.0), "softcap"),
        (loss.temperature(2.0), "temperature"),
        (loss.z_loss(2.0), "z_loss"),
        (loss.label_smoothing(0.5), "label_smoothing"),
        (loss.target_probabilities(&[1.0]), "target_probabilities"),
        (loss.class_weights(&[1.0]), "class_weights"),
        (loss.row_weights(&[1.0]), "row_weights"),
        (loss.row_stride(1), "row_stride"),
    ] {
        let result = loss.row_states(&[1.0], 1, &mut states);
        assert_eq!(result, Err(unsupported(option, "row_states")));
        let result = loss.losses_of_states(&states, &[1.0], &mut [0.0]);
        assert_eq!(result, Err(unsupported(option, "losses_of_states")));
        let result = loss.gradients_of_states(&states, &[1.0], 1, 0, &[0], None, &mut [0.0]);
        assert_eq!(result, Err(unsupported(option, "gradients_of_states")));
    }
}
