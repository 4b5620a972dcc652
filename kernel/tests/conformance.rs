//! PyTorch's values in float64 for the options that there are, and the fixed vectors of the
//! specification.

mod common;

use common::backends;
use surprisal::{CrossEntropy, Denominator, Reduction};
use surprisal_reference::vectors::{ConformanceCase, conformance};

/// PyTorch rounds its own values: a few roundings of quantities of magnitude 1 and below.
const TOLERANCE: f64 = 1e-12;

#[track_caller]
fn assert_close(what: &str, actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (i, (&a, &e)) in actual.iter().zip(expected).enumerate() {
        let same = a == e || a.is_nan() && e.is_nan();
        assert!(
            same || (a - e).abs() <= TOLERANCE * e.abs().max(1.0),
            "{what}[{i}]: {a}, not {e}"
        );
    }
}

#[test]
fn all_cases() {
    let cases = conformance();
    assert_eq!(cases.len(), 59);
    for backend in backends() {
        for case in &cases {
            agrees(CrossEntropy::new().backend(backend), case);
        }
    }
}

fn agrees(loss: CrossEntropy<'_>, case: &ConformanceCase) {
    let (name, n) = (&case.name, case.n_classes);
    let labels = case.labels.as_deref().unwrap_or_default();
    let mut loss = loss;
    if let Some(weights) = &case.class_weights {
        loss = loss.class_weights(weights.as_slice());
    }
    if case.label_smoothing != 0.0 {
        loss = loss.label_smoothing(case.label_smoothing);
    }
    if let Some(targets) = &case.target_probabilities {
        loss = loss.target_probabilities(targets.as_slice());
    }
    if let Some(ignored) = case.ignore_index {
        loss = loss.ignore_label(ignored);
    }
    let mut losses = vec![0.0; case.n_rows];
    let mut gradients = vec![0.0; case.logits.len()];
    loss.losses_and_gradients(&case.logits, n, labels, None, &mut losses, &mut gradients)
        .unwrap();
    assert_close(name, &losses, &case.expected.none);
    assert_close(name, &gradients, &case.expected.grad_sum);

    let total = loss.total(&case.logits, n, labels).unwrap();
    assert_close(name, &[total.sum], &[case.expected.sum]);
    // The mean of no rows is NaN in PyTorch; here it is none.
    let mean = total.mean(Denominator::Weight);
    assert_close(name, &[mean.unwrap_or(f64::NAN)], &[case.expected.mean]);
    assert_eq!(mean.is_none(), total.rows_counted == 0, "{name}");

    let mean = loss.reduction(Reduction::Mean(Denominator::Weight));
    mean.gradients(&case.logits, n, labels, None, &mut gradients)
        .unwrap();
    assert_close(name, &gradients, &case.expected.grad_mean);

    if let Some(expected) = &case.hessian_sum {
        let mut hessians = vec![0.0; expected.len()];
        loss.hessians(&case.logits, n, labels, &mut hessians)
            .unwrap();
        assert_close(name, &hessians, expected);
    }
}

const X: [f64; 9] = [1.2, -0.8, -0.5, 0.9, -1.2, 1.1, 2.0, 0.25, -3.0];
const Y: [u8; 3] = [0, 1, 2];

#[test]
fn fixed_vectors() {
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        let mut losses = [0.0; 3];
        let mut gradients = [0.0; 9];
        loss.losses_and_gradients(&X, 3, &Y, None, &mut losses, &mut gradients)
            .unwrap();
        let expected = [0.27612970554553754, 2.9517987958544252, 5.1659481498768896];
        assert_close("losses", &losses, &expected);
        let expected = [-0.24128548510122438, 0.102680843769555, 0.13860464133166938];
        assert_close("gradient of row 0", &gradients[..3], &expected);

        let mean = loss.total(&X, 3, &Y).unwrap().mean(Denominator::Weight);
        assert_close("mean", &[mean.unwrap()], &[2.7979588837589508]);
        let without_row_1 = loss.ignore_label(1).total(&X, 3, &Y).unwrap();
        let mean = without_row_1.mean(Denominator::Rows);
        assert_close(
            "mean without row 1",
            &[mean.unwrap()],
            &[2.7210389277112136],
        );

        let mut hessians = [0.0; 27];
        loss.hessians(&X, 3, &Y, &mut hessians).unwrap();
        let actual = [hessians[0], hessians[4], hessians[8], hessians[1]];
        let expected = [
            0.18306679978069121,
            0.092137488092327237,
            0.11939339473298867,
            -0.077905446570014888,
        ];
        assert_close("Hessian of row 0", &actual, &expected);
    }
}
