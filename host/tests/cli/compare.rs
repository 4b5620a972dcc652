//! `compare` as its users meet it.
//!
//! NumPy 2.4.6 and SciPy 1.17.1, whose bootstrap draws other rows:
//!
//! ```python
//! import numpy as np
//! from scipy.special import log_softmax
//! from scipy.stats import bootstrap
//! x = np.load("host/data/digits_logits.npy").astype(np.float64)
//! y = np.load("host/data/digits_labels.npy")
//! n = len(y)
//! loss = lambda x: -log_softmax(x, axis=1)[np.arange(n), y]
//! d = loss(x / 0.5) - loss(x)
//! print(d.mean(), d.std(ddof=1) / np.sqrt(n), (d > 0).sum(), (d < 0).sum())
//! print(bootstrap((d,), np.mean, n_resamples=20000, method="percentile", random_state=0))
//! ```

use std::fs;

use serde_json::{Value, json};

use crate::{npy, program::Folder};

fn digits() -> Folder {
    let file = |name: &str| fs::read(npy::data(name)).unwrap();
    let folder = Folder::with(&file("digits_logits.npy"), &file("digits_labels.npy")).file(
        "half.json",
        br#"{"method": "temperature", "classes": 10, "temperature": 0.5}"#,
    );
    let apply = ["apply", "half.json", "logits.npy", "--out=sharp.npy"];
    folder.run(&apply).success();
    folder
}

fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let run = folder.run(&[&["compare", "--format=json"], arguments].concat());
    run.json()
}

const SHARPENED: [&str; 3] = ["logits.npy", "sharp.npy", "labels.npy"];

#[test]
fn differences_are_those_of_numpy() {
    let folder = digits();
    let report = json(&folder, &SHARPENED);
    let number = |key: &str| report[key].as_f64().unwrap();
    assert!((number("difference") - -0.0458527604763627).abs() < 1e-7);
    assert!((number("standard_error") - 0.0057447676436391286).abs() < 1e-8);
    assert_eq!(
        (&report["rows_a_less"], &report["rows_b_less"]),
        (&json!(49), &json!(1748))
    );
    // Percentiles of 2000 draws vary by some hundredths of the interval.
    for (end, expected) in [(0, -0.05654362369791429), (1, -0.034287244947363786)] {
        let end = report["interval"][end].as_f64().unwrap();
        assert!((end - expected).abs() < 1.5e-3, "{end}, {expected}");
    }
    // A temperature changes no prediction.
    assert_eq!(report["accuracy_a"], report["accuracy_b"]);
    assert_eq!(report["rows_b_alone_right"], 0);
    let first = &report["most_different"][0];
    let loss = |key: &str| first[key].as_f64().unwrap();
    assert_eq!(loss("loss_b") - loss("loss_a"), loss("difference"));
}

#[test]
fn the_other_way_round() {
    let folder = digits();
    let swapped = json(&folder, &["sharp.npy", "logits.npy", "labels.npy"]);
    let report = json(&folder, &SHARPENED);
    let number = |report: &Value, key: &str| report[key].as_f64().unwrap();
    assert_eq!(
        number(&swapped, "difference"),
        -number(&report, "difference")
    );
    assert_eq!(swapped["standard_error"], report["standard_error"]);
    assert_eq!(swapped["loss_mean_a"], report["loss_mean_b"]);
    // The same rows are drawn, and the ends change places.
    for (end, other) in [(0, 1), (1, 0)] {
        let ends = [&swapped["interval"][end], &report["interval"][other]];
        let [end, other] = ends.map(|end| end.as_f64().unwrap());
        assert!((end + other).abs() < 1e-12);
    }
    for threads in ["1", "2", "3"] {
        let arguments = [&SHARPENED[..], &["--threads", threads]].concat();
        assert_eq!(json(&folder, &arguments), report);
    }
    let arguments = [&SHARPENED[..], &["--seed=1"]].concat();
    assert_ne!(json(&folder, &arguments)["interval"], report["interval"]);
    let same = json(&folder, &["logits.npy", "logits.npy", "labels.npy"]);
    assert_eq!(
        (&same["difference"], &same["interval"]),
        (&json!(0.0), &json!([0.0, 0.0]))
    );
}

#[test]
fn weights_other_types_and_infinite_losses() {
    let folder = Folder::with(&npy::f64s(3, &[0.0; 6]), &npy::i64s(&[0, 1, -100]))
        .file(
            "b.npy",
            &npy::f32s(3, &[0.0, 0.0, 3.0_f32.ln(), 0.0, 0.0, 9.0]),
        )
        .file(
            "c.npy",
            &npy::f64s(3, &[f64::NEG_INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0]),
        )
        .file("r.npy", &npy::weights(&[3.0, 1.0, 5.0]));
    let report = json(
        &folder,
        &["logits.npy", "b.npy", "labels.npy", "--row-weights=r.npy"],
    );
    // ln 4 - ln 2 of a row that weighs 1 of 4.
    let difference = report["difference"].as_f64().unwrap();
    assert!((difference - 2.0_f64.ln() / 4.0).abs() < 1e-7);
    assert_eq!(
        (&report["rows"], &report["standard_error"]),
        (&json!(2), &Value::Null)
    );
    assert_eq!(report["options"], json!({"row_weights": "r.npy"}));

    let infinite = ["logits.npy", "c.npy", "labels.npy"];
    let table = |arguments: &[&str]| {
        let run = folder.run(&[&["compare"], arguments].concat());
        run.success().stdout
    };
    assert!(table(&infinite).contains("\nnon-finite rows"));
    let finite = ["logits.npy", "b.npy", "labels.npy"];
    assert!(!table(&finite).contains("non-finite"));
    let report = json(&folder, &infinite);
    assert_eq!(report["rows_non_finite"], 1);
    for key in ["difference", "standard_error", "interval", "loss_mean_b"] {
        assert_eq!(report[key], Value::Null, "{key}");
    }
    let nothing = [
        "logits.npy",
        "b.npy",
        "labels.npy",
        "--ignore-label=0",
        "--ignore-label=1",
        "--ignore-label=-100",
    ];
    let report = json(&folder, &nothing);
    assert_eq!(
        (&report["rows"], &report["difference"]),
        (&json!(0), &Value::Null)
    );
    assert!(table(&nothing).contains(" interval from"));
}

/// A quarter of the resamples of two rows draws the one without a weight twice, and tells nothing of a mean.
#[test]
fn resamples_without_a_weight_are_left_out() {
    let folder = Folder::with(&npy::f64s(2, &[0.0; 4]), &npy::i64s(&[0, 1]))
        .file("b.npy", &npy::f64s(2, &[0.0, 9.0, 0.5, 0.0]))
        .file("r.npy", &npy::weights(&[0.0, 1.0]));
    let arguments = ["logits.npy", "b.npy", "labels.npy", "--row-weights=r.npy"];
    let report = json(&folder, &arguments);
    let difference = &report["difference"];
    assert!(difference.is_number());
    assert_eq!(report["interval"], json!([difference, difference]));
}

#[test]
fn what_is_refused() {
    let folder = Folder::with(&npy::f64s(2, &[0.0; 4]), &npy::i64s(&[0, 1]))
        .file("three.npy", &npy::f64s(3, &[0.0; 6]));
    let run = |arguments: &[&str]| folder.run(&[&["compare", "logits.npy"], arguments].concat());
    run(&["three.npy", "labels.npy"])
        .fails_with("labels 'labels.npy': number of rows is 2, that of logits 'three.npy' is 3");
    run(&["logits.npy", "labels.npy", "--level=1"])
        .fails_with("level is 1.0, must be above 0 and below 1");
}
