//! The program under the options that PyTorch has, against PyTorch's values in float64.

use serde_json::Value;
use surprisal_reference::vectors::{ConformanceCase, conformance};

use crate::{
    npy::{self, Array},
    program::Folder,
};

/// PyTorch rounds its own values: a few roundings of quantities of magnitude 1 and below.
const TOLERANCE: f64 = 1e-12;

#[track_caller]
fn close(what: &str, actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (entry, (&value, &expected)) in actual.iter().zip(expected).enumerate() {
        let same = value == expected || value.is_nan() && expected.is_nan();
        assert!(
            same || (value - expected).abs() <= TOLERANCE * expected.abs().max(1.0),
            "{what}, entry {entry}: {value}, not {expected}"
        );
    }
}

/// A folder with the arrays of a case, and the arguments that name them.
fn arguments(case: &ConformanceCase) -> (Folder, Vec<String>) {
    let mut folder = Folder::new().file("logits.npy", &npy::f64s(case.n_rows, &case.logits));
    let mut arguments = vec!["logits.npy".to_owned()];
    if let Some(labels) = &case.labels {
        folder = folder.file("labels.npy", &npy::i64s(labels));
        arguments.push("labels.npy".to_owned());
    }
    if let Some(targets) = &case.target_probabilities {
        folder = folder.file("targets.npy", &npy::f64s(case.n_rows, targets));
        arguments.push("--targets=targets.npy".to_owned());
    }
    if let Some(weights) = &case.class_weights {
        folder = folder.file("weights.npy", &npy::weights(weights));
        arguments.push("--class-weights=weights.npy".to_owned());
    }
    if case.label_smoothing != 0.0 {
        arguments.push(format!("--label-smoothing={}", case.label_smoothing));
    }
    if let Some(ignored) = case.ignore_index {
        arguments.push(format!("--ignore-label={ignored}"));
    }
    (folder, arguments)
}

#[test]
fn every_case() {
    let cases = conformance();
    assert_eq!(cases.len(), 59);
    for case in cases {
        agrees(&case);
    }
}

fn agrees(case: &ConformanceCase) {
    let (folder, arguments) = arguments(case);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = |command: &[&str]| folder.run(&[command, &arguments].concat()).success();
    let name = &case.name;

    let eval = run(&["eval", "--format=json", "--losses=losses.npy"]);
    let json: Value = serde_json::from_str(&eval.stdout).unwrap();
    let losses = Array::read(&folder.path("losses.npy")).f64s();
    close(name, &losses, &case.expected.none);
    // JSON has no infinity; PyTorch's mean of no rows is NaN, which is none here.
    for (key, expected) in [
        ("loss_sum", case.expected.sum),
        ("loss", case.expected.mean),
    ] {
        match json[key].as_f64() {
            Some(value) => close(name, &[value], &[expected]),
            None => assert!(!expected.is_finite(), "{name}: {key} is {}", json[key]),
        }
    }

    for (reduction, expected) in [
        ("sum", &case.expected.grad_sum),
        ("mean", &case.expected.grad_mean),
    ] {
        run(&["grad", "--out=out.npy", "--reduction", reduction]);
        close(name, &Array::read(&folder.path("out.npy")).f64s(), expected);
    }
    if let Some(expected) = &case.hessian_sum {
        run(&["hessian", "--out=out.npy", "--form=dense"]);
        close(name, &Array::read(&folder.path("out.npy")).f64s(), expected);
    }
}
