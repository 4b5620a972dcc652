//! Options of the loss that are out of range, do not fit, or do not go together: status 2, and no
//! output.

use std::fs;

use crate::{npy, program::Folder};

const FILES: [&str; 6] = [
    "existing.npy",
    "labels.npy",
    "logits.npy",
    "q.npy",
    "v.npy",
    "w.npy",
];

fn folder() -> Folder {
    let rows = npy::f32s(2, &[1.0, 0.0, -1.0, 0.5, 0.25, 0.0]);
    Folder::with(&rows, &npy::i64s(&[0, 1]))
        .file("v.npy", &rows)
        .file("w.npy", &npy::weights(&[1.0, 2.0, 3.0]))
        .file("q.npy", &npy::f64s(2, &[0.5; 6]))
        .file("existing.npy", b"precious")
}

/// Runs every command with the options on the folder; hands every result to `check`.
fn every_command(folder: &Folder, options: &[&str], check: impl Fn(&[&str], crate::program::Run)) {
    for (command, output) in [
        (&["eval"][..], "--losses"),
        (&["grad", "--reduction=mean"], "--out"),
        (&["hessian", "--reduction=mean", "--form=packed"], "--out"),
        (&["hvp", "--reduction=mean", "--vector=v.npy"], "--out"),
    ] {
        for file in ["new.npy", "existing.npy"] {
            let arguments = [command, &[output, file], options].concat();
            check(&arguments, folder.run(&arguments));
            assert_eq!(folder.names(), FILES, "{arguments:?}");
            assert_eq!(fs::read(folder.path("existing.npy")).unwrap(), b"precious");
        }
    }
}

/// Every command refuses with one line.
#[track_caller]
fn refused(folder: &Folder, options: &[&str], message: &str) {
    let options = [&["logits.npy", "labels.npy"], options].concat();
    every_command(folder, &options, |_, run| run.fails_with(message));
}

#[test]
fn numbers_out_of_range() {
    let folder = folder();
    let scale = "from 1e-30 to 1e30";
    for (option, allowed, values) in [
        (
            "label-smoothing",
            "from 0 to 1",
            ["-0.1", "1.5", "NaN", "inf"],
        ),
        ("z-loss", "from 0 to 1e30", ["-1e-9", "1e31", "NaN", "inf"]),
        ("softcap", scale, ["-3.0", "0.0", "NaN", "inf"]),
        ("temperature", scale, ["-1.0", "0.0", "NaN", "-inf"]),
        ("denominator", scale, ["-2.0", "0.0", "NaN", "inf"]),
    ] {
        for value in values {
            let message = format!("{option} is {value}, must be {allowed}");
            refused(&folder, &[&format!("--{option}"), value], &message);
        }
    }
    // Where the convention is another, so is not the range.
    let options = ["--label-smoothing=1.5", "--smoothing-convention=others"];
    refused(
        &folder,
        &options,
        "label-smoothing is 1.5, must be from 0 to 1",
    );
}

#[test]
fn weights_out_of_range() {
    let with = |values: &[f64]| folder().file("w.npy", &npy::weights(values));
    for (value, shown) in [
        (-0.5, "-0.5"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (2e30, "2e30"),
    ] {
        refused(
            &with(&[1.0, 0.0, value]),
            &["--class-weights=w.npy"],
            &format!("class-weights 'w.npy': entry 2 is {shown}, must be from 0 to 1e30"),
        );
        refused(
            &with(&[1e30, value]),
            &["--row-weights=w.npy"],
            &format!("row-weights 'w.npy': entry 1 is {shown}, must be from 0 to 1e30"),
        );
    }
    // Weights that are too small together for anything to be divided by them.
    let tiny = "total weight of the counted rows is 2e-31, must be from 1e-30 to 1e30";
    refused(&with(&[1e-31, 1e-31]), &["--row-weights=w.npy"], tiny);
}

#[test]
fn targets_out_of_range() {
    let with = |value: f64| {
        let values = [0.5, 0.5, 0.0, 0.0, value, 1.0];
        folder().file("q.npy", &npy::f64s(2, &values))
    };
    for (value, shown) in [
        (-0.5, "-0.5"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (2e30, "2e30"),
    ] {
        let message =
            format!("targets 'q.npy': row 1 has {shown} at class 1, must be from 0 to 1e30");
        refused(&with(value), &["--targets=q.npy"], &message);
        let without_labels = ["logits.npy", "--targets=q.npy"];
        every_command(&with(value), &without_labels, |_, run| {
            run.fails_with(&message);
        });
    }
    // Nothing is asked of an ignored row.
    let ignored = with(f64::NAN).json(&["--targets=q.npy", "--ignore-label=1"]);
    assert_eq!(ignored["rows_counted"], 1);
}

/// The first row is named, whichever thread finds another one before.
#[test]
fn the_first_of_many_wrong_targets_is_named() {
    let n_rows = 5000;
    let mut targets = vec![0.5; n_rows * 7];
    for row in [4999, 3100, 3099, 4000] {
        targets[row * 7 + row % 7] = -1.0;
    }
    let folder = Folder::new()
        .file("logits.npy", &npy::f64s(n_rows, &vec![0.0; n_rows * 7]))
        .file("q.npy", &npy::f64s(n_rows, &targets));
    folder
        .run(&[
            "eval",
            "logits.npy",
            "--targets=q.npy",
            "--threads=2",
            "--losses=out.npy",
        ])
        .fails_with("targets 'q.npy': row 3099 has -1.0 at class 5, must be from 0 to 1e30");
    assert_eq!(folder.names(), ["logits.npy", "q.npy"]);
}

#[test]
fn arrays_that_do_not_fit() {
    let floats = "float16, bfloat16 (type 'V2', as the Python package ml_dtypes saves it), \
                  float32 or float64";
    let folder = folder();
    for (options, message) in [
        (
            ["--class-weights", "q.npy"],
            "has shape [2, 3], needs 1 dimension [classes]",
        ),
        (
            ["--row-weights", "q.npy"],
            "has shape [2, 3], needs 1 dimension [rows]",
        ),
        (
            ["--row-weights", "w.npy"],
            "number of rows is 3, that of logits 'logits.npy' is 2",
        ),
        (
            ["--targets", "w.npy"],
            "has shape [3], needs 2 dimensions [rows, classes]",
        ),
    ] {
        let [option, file] = options;
        let name = option.trim_start_matches('-');
        refused(&folder, &options, &format!("{name} '{file}': {message}"));
    }
    let two = folder
        .file("w.npy", &npy::weights(&[1.0, 2.0]))
        .file("q.npy", &npy::f64s(3, &[0.5; 6]));
    refused(
        &two,
        &["--class-weights=w.npy"],
        "class-weights 'w.npy': number of classes is 2, that of logits 'logits.npy' is 3",
    );
    refused(
        &two,
        &["--targets=q.npy"],
        "targets 'q.npy': has shape [3, 2], the logits have [2, 3]",
    );
    let hollow = two
        .file("w.npy", b"")
        .file("q.npy", &npy::file(1, "<f8", "False", "2, 0", &[]));
    refused(
        &hollow,
        &["--row-weights=w.npy"],
        "row-weights 'w.npy': is empty, not an npy file",
    );
    refused(
        &hollow,
        &["--targets=q.npy"],
        "targets 'q.npy': has shape [2, 0]: 0 classes, at least 1 is needed",
    );
    refused(
        &hollow,
        &["--class-weights=nowhere.npy"],
        "class-weights 'nowhere.npy': No such file or directory (os error 2)",
    );
    for option in ["--class-weights", "--row-weights", "--targets"] {
        let name = option.trim_start_matches('-');
        let message = format!("{name} 'labels.npy': holds numbers of type '<i8', needs {floats}");
        refused(&hollow, &[option, "labels.npy"], &message);
    }
}

#[test]
fn an_array_of_an_option_is_no_output() {
    let folder = folder();
    for (option, file) in [("class-weights", "w.npy"), ("targets", "q.npy")] {
        let before = fs::read(folder.path(file)).unwrap();
        let with = format!("--{option}={file}");
        let message = format!("output '{file}': is the file of the {option}");
        folder.eval(&[&with, "--losses", file]).fails_with(&message);
        folder
            .run(&["grad", "logits.npy", "labels.npy", &with, "--out", file])
            .fails_with(&message);
        assert_eq!(fs::read(folder.path(file)).unwrap(), before);
    }
}

#[test]
fn options_that_do_not_go_together() {
    let folder = folder();
    let says = |options: &[&str], parts: &[&str]| {
        every_command(&folder, options, |arguments, run| {
            assert_eq!(
                (run.status, run.stdout.as_str()),
                (Some(2), ""),
                "{arguments:?}"
            );
            for part in parts {
                assert!(run.stderr.contains(part), "{arguments:?}:\n{}", run.stderr);
            }
        });
    };
    let files = ["logits.npy", "labels.npy"];
    let with = |options: &[&'static str]| [&files[..], options].concat();
    says(
        &with(&["--smoothing-convention=others"]),
        &["were not provided", "--label-smoothing <E>"],
    );
    says(&["logits.npy"], &["were not provided", "<LABELS>"]);
    // Without labels there is none to ignore.
    says(
        &["logits.npy", "--targets=q.npy", "--ignore-label=1"],
        &["were not provided", "<LABELS>"],
    );
    says(
        &with(&["--denominator=all"]),
        &["invalid value 'all' for '--denominator <D>': must be weight, rows or a number"],
    );
    says(
        &with(&["--label-smoothing=0.1", "--smoothing-convention=torch"]),
        &["invalid value 'torch'", "[possible values: all, others]"],
    );
    says(
        &with(&["--temperature=warm"]),
        &["invalid value 'warm' for '--temperature <T>'"],
    );

    // What is not divided has no denominator; the default of derivatives is not to divide.
    let message = "'--denominator <D>' is for a mean: it needs '--reduction mean'";
    for reduction in ["none", "sum"] {
        let options = ["--denominator=rows", "--reduction", reduction];
        folder.eval(&options).fails_with(message);
    }
    let grad = ["grad", "logits.npy", "labels.npy", "--out=new.npy"];
    folder
        .run(&[&grad[..], &["--denominator=3"]].concat())
        .fails_with(message);
    assert_eq!(folder.names(), FILES);
}
