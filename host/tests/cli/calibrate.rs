//! `calibrate` and `apply` as their users meet them.

use std::fs;

use serde_json::{Value, json};

use crate::{
    npy::{self, Array},
    program::{Folder, Run},
};

fn magika() -> Folder {
    let file = |name: &str| fs::read(npy::data(name)).unwrap();
    Folder::with(&file("magika_logits.npy"), &file("magika_labels.npy"))
}

fn calibrate(folder: &Folder, options: &[&str]) -> Run {
    folder.run(&[&["calibrate", "logits.npy", "labels.npy"], options].concat())
}

/// The temperature of the file is SciPy's, see `tests/calibration.rs`, and divides logits.
#[test]
fn what_is_written_can_be_applied() {
    let folder = magika();
    let options = ["--holdout=0", "--output=p.json", "--format=json"];
    let report = calibrate(&folder, &options).json();
    let parameters: Value =
        serde_json::from_slice(&fs::read(folder.path("p.json")).unwrap()).unwrap();
    assert_eq!(report["calibration"], parameters);
    let table = calibrate(&folder, &["--holdout=0", "--output=q.json"]).success();
    assert!(table.stdout.contains("On the rows that were fitted"));
    let temperature = parameters["temperature"].as_f64().unwrap();
    assert!((temperature - 1.2454504669718924).abs() < 1e-8);
    assert!(report["iterations"].as_u64().unwrap() < 10);
    assert_eq!(
        (&report["rows_fitted"], &report["rows_held_out"]),
        (&json!(2049), &json!(0))
    );

    folder
        .run(&["apply", "p.json", "logits.npy", "--out=c.npy"])
        .success();
    let [before, after] = ["logits.npy", "c.npy"].map(|name| Array::read(&folder.path(name)));
    assert_eq!((&after.descr, &after.shape), (&before.descr, &before.shape));
    for (before, after) in before.f32s().into_iter().zip(after.f32s()) {
        assert_eq!(after, (f64::from(before) / temperature) as f32);
    }
    // Rounded to float32, the calibrated logits have the loss of the report.
    let run = folder.run(&["eval", "c.npy", "labels.npy", "--format=json"]);
    let eval = run.json();
    let [said, found] = [&report["after"], &eval].map(|of| of["loss_mean"].as_f64().unwrap());
    assert!((said - found).abs() < 1e-7, "{said} and {found}");
}

#[test]
fn vectors_survive_their_file() {
    let folder = magika();
    let options = ["--method=vector", "--output=p.json", "--threads=2"];
    calibrate(&folder, &options).success();
    let first = fs::read(folder.path("p.json")).unwrap();
    calibrate(&folder, &["--method=vector", "--out=p.json", "--threads=1"]).success();
    assert!(first == fs::read(folder.path("p.json")).unwrap());
    let parameters: Value = serde_json::from_slice(&first).unwrap();
    for key in ["scales", "biases"] {
        assert_eq!(parameters[key].as_array().unwrap().len(), 214);
    }
    // Classes of no row are masked where nothing is penalised, and null is read as that.
    calibrate(&folder, &["--method=bias", "--l2=0", "--out=b.json"]).success();
    folder
        .run(&["apply", "b.json", "logits.npy", "--out=c.npy"])
        .success();
    let calibrated = Array::read(&folder.path("c.npy")).f32s();
    let masked = calibrated[..214]
        .iter()
        .filter(|logit| **logit == f32::NEG_INFINITY);
    assert!(masked.count() >= 185);
}

/// Two rows of three classes. Of a bias, null is that of a masked class; what a logit masks stays masked
/// whatever its scale.
#[test]
fn files_written_by_hand_are_applied() {
    let masked = f64::NEG_INFINITY;
    let logits = npy::f64s(2, &[1.0, 2.0, 3.0, masked, 0.5, -4.0]);
    let folder = Folder::new()
        .file("logits.npy", &logits)
        .file(
            "b.json",
            br#"{"method": "bias", "biases": [0.5, -1.0, null]}"#,
        )
        .file(
            "v.json",
            br#"{"method": "vector", "scales": [-2.0, 0.0, 3.0], "biases": [0.5, -1.0, 4.0]}"#,
        )
        .file(
            "short.json",
            br#"{"method": "vector", "scales": [1.0, 1.0], "biases": [0.5, -1.0, 4.0]}"#,
        );
    for (parameters, expected) in [
        ("b.json", [1.5, 1.0, masked, masked, -0.5, masked]),
        ("v.json", [-1.5, -1.0, 13.0, masked, -1.0, -8.0]),
    ] {
        folder
            .run(&["apply", parameters, "logits.npy", "--out=c.npy"])
            .success();
        assert_eq!(Array::read(&folder.path("c.npy")).f64s(), expected);
    }
    let run = folder.run(&["apply", "short.json", "logits.npy", "--out=d.npy"]);
    assert_eq!(run.status, Some(2));
    assert!(
        run.stderr.contains("there are 2 scales and 3 biases"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_has_no_minimum_is_said_and_not_written() {
    let right = npy::f64s(2, &[2.0, 0.0, 0.0, 2.0]);
    let overlap = npy::f64s(4, &[2.0, 0.0, 0.0, 2.0].repeat(2));
    for (logits, labels, options, reason) in [
        (
            &right,
            &[0, 1][..],
            &["--holdout=0"][..],
            "the temperature falls to 0: every label has the largest logit of its row, so that \
             sharper logits always fit better",
        ),
        (
            &overlap,
            &[0, 0, 1, 1],
            &["--holdout=0"],
            "the temperature rises to infinity: labels are no likelier where logits are larger",
        ),
        (
            &right,
            &[0, 1],
            &["--holdout=0", "--method=vector", "--l2=0"],
            "there is no minimum: the logit of class 0 alone tells its rows from all others, and \
             without a penalty (l2 is 0) a larger scale always fits better",
        ),
    ] {
        let folder = Folder::with(logits, &npy::i64s(labels));
        let run = calibrate(
            &folder,
            &[options, &["--out=p.json", "--format=json"]].concat(),
        );
        assert_eq!(run.stderr, format!("not calibrated: {reason}\n"));
        assert_eq!(run.status, Some(1));
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            [
                &report["converged"],
                &report["outcome"],
                &report["after"],
                &report["calibration"]
            ],
            [&json!(false), &json!(reason), &Value::Null, &Value::Null]
        );
        assert_eq!(folder.names(), ["labels.npy", "logits.npy"]);
    }
}

#[test]
fn what_is_refused() {
    let folder = || {
        Folder::with(&npy::f64s(2, &[1.0, 0.0, 0.0, 1.0]), &npy::i64s(&[0, 1])).file(
            "p.json",
            br#"{"method": "bias", "biases": [0.5, 1.0, null]}"#,
        )
    };
    for (options, message) in [
        ("--l2=-1", "l2 is -1.0, must be from 0 to 1e30"),
        ("--holdout=1", "holdout is 1.0, must be from 0 to below 1"),
        (
            "--ignore-label=0",
            "labels 'labels.npy': no row counts with a weight above 0, there is nothing to fit",
        ),
        (
            "--output=labels.npy",
            "output 'labels.npy': is the file of the labels",
        ),
    ] {
        calibrate(&folder(), &[options]).fails_with(message);
    }
    let rows = [1.0, 0.0, f64::NEG_INFINITY, 1.0, 0.0, f64::INFINITY];
    let odd = folder()
        .file("logits.npy", &npy::f64s(3, &rows))
        .file("labels.npy", &npy::i64s(&[-100, 1, 0]));
    calibrate(&odd, &["--holdout=0"]).fails_with(
        "logits 'logits.npy': row 2 has inf at class 1, must be finite, or -inf where it is not the \
         label",
    );
    let apply = |parameters: &[u8]| {
        let folder = folder().file("p.json", parameters);
        let before = folder.names();
        let run = folder.run(&["apply", "p.json", "logits.npy", "--out=c.npy"]);
        assert_eq!(folder.names(), before);
        run
    };
    apply(br#"{"method": "bias", "biases": [0.5, 1.0, null]}"#).fails_with(
        "calibration 'p.json': number of classes is 3, that of logits 'logits.npy' is 2",
    );
    apply(br#"{"method": "temperature", "classes": 2, "temperature": 0}"#)
        .fails_with("calibration 'p.json': temperature is 0.0, must be above 0");
    apply(br#"{"method": "vector", "scales": [1], "biases": [0, 0]}"#)
        .fails_with("calibration 'p.json': there are 1 scales and 2 biases");
    for (parameters, part) in [
        (&b"{"[..], "EOF while parsing"),
        (
            br#"{"method": "temperature", "classes": 2}"#,
            "missing field `temperature`",
        ),
        (br#"{"method": "platt"}"#, "unknown variant `platt`"),
        (
            br#"{"method": "bias", "biases": [0, 1], "more": 1}"#,
            "unknown field `more`",
        ),
    ] {
        let run = apply(parameters);
        assert!(
            run.stderr.starts_with("error: calibration 'p.json': "),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains(part), "{}", run.stderr);
        assert_eq!((run.status, run.stderr.lines().count()), (Some(2), 1));
    }
    let folder = folder();
    folder
        .run(&["apply", "p.json", "logits.npy", "--out=p.json"])
        .fails_with("output 'p.json': is the file of the calibration");
}
