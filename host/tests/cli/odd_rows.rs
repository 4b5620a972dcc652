//! Rows that are ignored, not finite, tied, or not there at all.

use serde_json::{Value, json};

use crate::{
    npy::{self, Array},
    program::Folder,
};

const INF: f32 = f32::INFINITY;
const NAN: f32 = f32::NAN;

#[test]
fn ignored_rows_are_zero_whatever_they_hold() {
    let logits = npy::f32s(3, &[1.0, 0.0, NAN, INF, 0.0, 0.0]);
    let folder = Folder::with(&logits, &npy::i64s(&[0, -100, 1]));
    let json = folder.json(&["--losses", "losses.npy"]);
    assert_eq!(json["rows_counted"], 2);
    assert_eq!(json["rows_ignored"], 1);
    assert_eq!(json["rows_non_finite"], 0);
    assert_eq!(json["accuracy_top1"], 0.5);
    let losses = Array::read(&folder.path("losses.npy")).f32s();
    assert_eq!(losses[1].to_bits(), 0);
    assert_eq!(losses[2], std::f32::consts::LN_2);
    assert_eq!(
        json["loss_sum"],
        f64::from(losses[0]) + f64::from(losses[2])
    );
}

#[test]
fn another_ignored_label() {
    let logits = npy::f32s(3, &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    let folder = Folder::with(&logits, &npy::i64s(&[0, 1, -1]));
    // A class can be ignored as well; -100 then is a label like any other.
    let json = folder.json(&["--ignore-label", "-1"]);
    assert_eq!(
        (&json["rows_counted"], &json["rows_ignored"]),
        (&2.into(), &1.into())
    );
    let folder = Folder::with(&logits, &npy::i64s(&[0, 1, 1]));
    let json = folder.json(&["--ignore-label=1"]);
    assert_eq!(
        (&json["rows_counted"], &json["rows_ignored"]),
        (&1.into(), &2.into())
    );
}

#[test]
fn no_rows_counted() {
    let all_ignored = Folder::with(
        &npy::f32s(2, &[1.0, 0.0, 0.0, 1.0]),
        &npy::i64s(&[-100, -100]),
    );
    let no_rows = Folder::with(&npy::file(1, "<f4", "False", "0, 3", &[]), &npy::i64s(&[]));
    for folder in [all_ignored, no_rows] {
        let json = folder.json(&[]);
        assert_eq!(json["rows_counted"], 0);
        for key in [
            "loss",
            "loss_mean",
            "loss_standard_error",
            "bits_mean",
            "perplexity",
            "accuracy_top1",
            "accuracy_top5",
        ] {
            assert_eq!(json[key], Value::Null, "{key}");
        }
        assert_eq!(json["loss_sum"], 0.0);
        assert_eq!(json["hardest"], json!([]));
        let table = folder.eval(&[]).success().stdout;
        assert!(
            table.contains("\nmean loss           no rows counted\n"),
            "{table}"
        );
        assert!(!table.contains("surprising"), "{table}");
    }
}

#[test]
fn one_counted_row_has_no_standard_error() {
    let folder = Folder::with(&npy::f32s(1, &[0.0, 0.0]), &npy::i64s(&[1]));
    let json = folder.json(&[]);
    assert_eq!(json["loss_standard_error"], Value::Null);
    // Of equal logits the first is the larger.
    assert_eq!(json["accuracy_top1"], 0.0);
    assert_eq!(json["accuracy_top5"], 1.0);
    assert_eq!(json["hardest"][0]["predicted"], 0);
    assert_eq!(json["hardest"][0]["probability"], 0.5);
    let table = folder.eval(&[]).success().stdout;
    assert!(table.contains("The most surprising row\n"), "{table}");
}

#[test]
fn rows_that_are_not_finite_are_said_and_succeed() {
    // A NaN, an infinite logit, a masked label, all masked, and two ordinary rows.
    let logits = [
        [NAN, 0.0, 0.0],
        [INF, 0.0, 0.0],
        [-INF, 1.0, 0.0],
        [-INF, -INF, -INF],
        [0.0, 3.0, 0.0],
        [0.0, 0.0, 0.0],
    ];
    let folder = Folder::with(
        &npy::f32s(6, &logits.concat()),
        &npy::i64s(&[1, 0, 0, 0, 1, 2]),
    );
    let run = folder
        .eval(&["--format", "json", "--losses", "losses.npy"])
        .success();
    for token in ["NaN", "Infinity", "nan", "inf"] {
        assert!(!run.stdout.contains(token), "{}", run.stdout);
    }
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["rows_counted"], 6);
    assert_eq!(json["rows_non_finite"], 4);
    assert_eq!(json["loss_mean"], Value::Null);
    assert_eq!(json["loss_sum"], Value::Null);
    // Row 4 is right at once, rows 2 and 5 within five; a NaN is never right.
    assert_eq!(json["accuracy_top1"], 1.0 / 6.0);
    assert_eq!(json["accuracy_top5"], 3.0 / 6.0);
    let rows: Vec<_> = json["hardest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["row"].clone())
        .collect();
    assert_eq!(rows, [2, 5, 4]);
    assert_eq!(json["hardest"][0]["loss"], Value::Null);

    let losses = Array::read(&folder.path("losses.npy")).f32s();
    assert_eq!(losses[2], INF);
    assert!([0, 1, 3].iter().all(|&row| losses[row].is_nan()));

    let table = folder.eval(&[]).success().stdout;
    assert!(
        table.contains("\nnon-finite rows                4\n"),
        "{table}"
    );
    assert!(
        table.contains("\nmean loss           not a number\n"),
        "{table}"
    );
    assert!(
        table.contains("\n  2       0      infinite           1             73.11\n"),
        "{table}"
    );
}

#[test]
fn one_class() {
    let json = Folder::with(&npy::f32s(2, &[5.0, -INF]), &npy::i64s(&[0, 0])).json(&[]);
    assert_eq!(json["classes"], 1);
    assert_eq!(
        json["accuracy_top5"].as_f64().map(|share| share > 0.0),
        Some(true)
    );
}
