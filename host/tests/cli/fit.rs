//! `fit` as its users meet it.

use std::fs;

use serde_json::{Value, json};

use crate::{
    npy::{self, Array},
    program::{Folder, Run},
};

/// Twelve rows of two features, in two classes that overlap.
fn small() -> Folder {
    let features: Vec<f64> = (0..24)
        .map(|i| f64::from((i * 7919) % 101) / 10.0)
        .collect();
    let labels: Vec<i64> = (0..12).map(|row| (row * 5 / 3) % 2).collect();
    Folder::new()
        .file("features.npy", &npy::f64s(12, &features))
        .file("labels.npy", &npy::i64s(&labels))
}

fn digits() -> Folder {
    let file = |name: &str| fs::read(npy::data(name)).unwrap();
    Folder::new()
        .file("features.npy", &file("digits_features.npy"))
        .file("labels.npy", &file("digits_labels.npy"))
}

fn fit(folder: &Folder, options: &[&str]) -> Run {
    folder.run(&[&["fit", "features.npy", "labels.npy"], options].concat())
}

fn json(folder: &Folder, options: &[&str]) -> Value {
    let run = fit(folder, &[&["--format=json"], options].concat());
    run.json()
}

/// Status 1, a report on standard output and this reason on standard error.
#[track_caller]
fn does_not_converge(run: &Run, reason: &str) {
    assert_eq!(run.stderr, format!("not converged: {reason}\n"));
    assert_eq!(run.status, Some(1));
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&json["converged"], &json["outcome"]),
        (&json!(false), &json!(reason))
    );
}

#[test]
fn the_table() {
    let table = fit(&digits(), &[]).success().stdout;
    // How many products it takes, and what they leave, depends on the processor's arithmetic.
    let lines: Vec<&str> = table
        .lines()
        .map(|line| match line.split_whitespace().next() {
            Some("Hessian" | "gradient") => line.trim_end_matches(|c: char| c != ' ').trim_end(),
            _ => line,
        })
        .collect();
    assert_eq!(lines.join("\n") + "\n", include_str!("fit_digits.txt"));
}

#[test]
fn the_report() {
    let mut json = json(&digits(), &["--output=w.npy", "--backend=portable"]);
    let mut take = |key: &str| json.as_object_mut().unwrap().remove(key).unwrap();
    let mut number = |key| take(key).as_f64().unwrap();
    // scikit-learn's objective, and its accuracy.
    let minimum = 358.5489477339616;
    assert!((number("objective") - minimum).abs() <= 1e-10 * minimum);
    assert!((number("loss") + number("penalty") - minimum).abs() <= 1e-10 * minimum);
    // No sum of 1797 rounded gradients is exactly 0.
    let norm = number("gradient_norm");
    assert!(norm > 0.0 && norm < 1e-6, "{norm}");
    assert!((20.0..500.0).contains(&number("products")));
    assert_eq!(number("accuracy"), 1770.0 / 1797.0);
    assert_eq!(
        json,
        json!({
            "features": "features.npy",
            "labels": "labels.npy",
            "dtype": "float32",
            "backend": "portable",
            "l2": 1.0,
            "intercept": true,
            "tolerance": 1e-10,
            "max_iterations": 100,
            "rows": 1797,
            "rows_counted": 1797,
            "n_features": 64,
            "classes": 10,
            "masked_classes": [],
            "converged": true,
            "outcome": "converged",
            "iterations": 7,
        })
    );
}

#[test]
fn every_option() {
    let folder = small()
        .file("r.npy", &npy::weights(&[[0.0, 2.0, 1.0]; 4].concat()))
        .file("w.npy", &npy::weights(&[1.0, 0.5, 0.0, 2.0]));
    let options = [
        "--l2=0.25",
        "--classes=4",
        "--no-intercept",
        "--tolerance=1e-6",
        "--max-iterations=20",
        "--output=c.npy",
        "--threads=2",
        "--row-weights=r.npy",
        "--class-weights=w.npy",
        "--ignore-label=7",
        "--label-smoothing=0.1",
        "--smoothing-convention=others",
    ];
    let report = json(&folder, &options);
    assert_eq!(
        report["options"],
        json!({
            "class_weights": "w.npy",
            "row_weights": "r.npy",
            "label_smoothing": 0.1,
            "smoothing_convention": "others",
            "ignored_labels": [7],
        })
    );
    for (key, value) in [
        ("l2", json!(0.25)),
        ("classes", json!(4)),
        ("intercept", json!(false)),
        ("tolerance", json!(1e-6)),
        ("max_iterations", json!(20)),
        ("rows_counted", json!(8)),
        ("dtype", json!("float64")),
    ] {
        assert_eq!(report[key], value, "{key}");
    }
    let coefficients = Array::read(&folder.path("c.npy"));
    assert_eq!(coefficients.shape, [4, 3]);
    let intercepts: Vec<f64> = coefficients.f64s().into_iter().skip(2).step_by(3).collect();
    assert_eq!(intercepts, [0.0; 4]);

    let table = fit(&folder, &["--classes=9", "--class-weights=nine.npy"]);
    table.fails_with("class-weights 'nine.npy': No such file or directory (os error 2)");
    let table = fit(&folder, &["--classes=9", "--row-weights=r.npy"]).success();
    let words: Vec<&str> = table.stdout.split_whitespace().collect();
    let expected = "classes 9 masked 2, 3, 4, 5, 6 and 2 more l2 1.0 intercepts yes \
                    row weights 'r.npy' converged yes";
    assert!(words.join(" ").contains(expected), "{}", table.stdout);
}

/// Products of features and coefficients are the logits that have the loss of the report.
#[test]
fn eval_agrees_with_the_report() {
    let folder = digits();
    let report = json(&folder, &["--output=w.npy", "--classes=11"]);
    let coefficients = Array::read(&folder.path("w.npy"));
    assert_eq!(coefficients.shape, [11, 65]);
    let features = Array::read(&folder.path("features.npy")).f32s();
    let coefficients = coefficients.f64s();
    let logits: Vec<f64> = features
        .chunks_exact(64)
        .flat_map(|row| {
            coefficients.chunks_exact(65).map(|of_class| {
                let products = row.iter().zip(of_class).map(|(&x, w)| f64::from(x) * w);
                products.sum::<f64>() + of_class[64]
            })
        })
        .collect();
    let folder = folder.file("logits.npy", &npy::f64s(1797, &logits));
    let eval = folder.json(&[]);
    let [loss, sum] = [&report["loss"], &eval["loss_sum"]].map(|value| value.as_f64().unwrap());
    assert!((loss - sum).abs() < 1e-12 * sum, "{loss} and {sum}");
    assert_eq!(report["accuracy"], eval["accuracy_top1"]);
    assert_eq!(report["masked_classes"], json!([10]));
}

#[test]
fn types_of_features() {
    // Numbers that every type holds: quarters below 8.
    let numbers: Vec<f32> = (0..24)
        .map(|i| f32::from((i * 37) % 31_u16) / 4.0)
        .collect();
    let labels: Vec<i64> = (0..12).map(|row| (row * 5 / 3) % 2).collect();
    let halves = |bits: fn(f32) -> u16, descr: &str| {
        let data: Vec<u8> = numbers
            .iter()
            .flat_map(|&x| bits(x).to_le_bytes())
            .collect();
        npy::file(1, descr, "False", "12, 2", &data)
    };
    let wide: Vec<f64> = numbers.iter().map(|&number| number.into()).collect();
    let files = [
        ("float64", npy::f64s(12, &wide)),
        ("float32", npy::f32s(12, &numbers)),
        ("bfloat16", halves(|x| (x.to_bits() >> 16) as u16, "<V2")),
        (
            "float16",
            // 5 bits of exponent in place of 8, and 10 of 23; 0 is 0.
            halves(
                |x| match x.to_bits() {
                    0 => 0,
                    bits => ((bits >> 13) - ((127 - 15) << 10)) as u16,
                },
                "<f2",
            ),
        ),
    ];
    let coefficients = files.map(|(dtype, features)| {
        let folder = Folder::new()
            .file("features.npy", &features)
            .file("labels.npy", &npy::i64s(&labels));
        assert_eq!(json(&folder, &["--output=w.npy"])["dtype"], dtype);
        Array::read(&folder.path("w.npy"))
    });
    assert_eq!(coefficients[0].descr, "<f8");
    assert!(coefficients.iter().all(|array| *array == coefficients[0]));
}

#[test]
fn labels_without_a_sign() {
    let labels: Vec<u8> = (0..12).map(|row| (row * 5 / 3) % 2).collect();
    let unsigned = npy::file(1, "|u1", "False", "12,", &labels);
    let expected = json(&small(), &[]);
    assert_eq!(json(&small().file("labels.npy", &unsigned), &[]), expected);
}

#[test]
fn threads_change_no_bit() {
    let folder = digits();
    let results = ["1", "2", "3", "0"].map(|threads| {
        let report = json(&folder, &["--output=w.npy", "--threads", threads]);
        (report, fs::read(folder.path("w.npy")).unwrap())
    });
    assert!(results.iter().all(|result| *result == results[0]));
}

#[test]
fn what_does_not_converge_is_said_and_written() {
    let folder = digits();
    let limited = ["--max-iterations=2", "--format=json", "--out=w.npy"];
    does_not_converge(
        &fit(&folder, &limited),
        "the limit of iterations was reached",
    );
    assert_eq!(Array::read(&folder.path("w.npy")).shape, [10, 65]);
    let run = fit(&folder, &["--l2=0", "--format=json"]);
    does_not_converge(
        &run,
        "there is no minimum: classes are separable, and without a penalty (l2 is 0) larger \
         coefficients always fit better",
    );
    let table = fit(&folder, &["--max-iterations=0"]).stdout;
    let words = table.split_whitespace().collect::<Vec<&str>>().join(" ");
    for part in [" converged no iterations 0 ", " Hessian products 0 "] {
        assert!(words.contains(part), "{table}");
    }
}

/// One line, status 2, and no output.
#[test]
fn what_is_refused() {
    #[track_caller]
    fn refused(folder: &Folder, options: &[&str], message: &str) {
        let before = folder.names();
        fit(folder, &[options, &["--output=new.npy"]].concat()).fails_with(message);
        assert_eq!(folder.names(), before);
    }
    let with = |name: &str, bytes: &[u8]| small().file(name, bytes);
    refused(&small(), &["--l2=-1"], "l2 is -1.0, must be from 0 to 1e30");
    refused(
        &small(),
        &["--tolerance", "-1e-3"],
        "tolerance is -0.001, must be from 1e-16 to 1",
    );
    let mut features = [0.5_f32; 24];
    features[2 * 7 + 1] = f32::NAN;
    refused(
        &with("features.npy", &npy::f32s(12, &features)),
        &[],
        "features 'features.npy': row 7 has NaN at column 1, must be finite",
    );
    refused(
        &with("features.npy", &npy::weights(&[0.0; 12])),
        &[],
        "features 'features.npy': has shape [12], needs 2 dimensions [rows, features]",
    );
    refused(
        &with("features.npy", &npy::i64s(&[0; 12])),
        &[],
        "features 'features.npy': holds numbers of type '<i8', needs float16, bfloat16 (type \
         'V2', as the Python package ml_dtypes saves it), float32 or float64",
    );
    refused(
        &with("labels.npy", &npy::i64s(&[0; 11])),
        &[],
        "labels 'labels.npy': number of rows is 11, that of features 'features.npy' is 12",
    );
    refused(
        &small(),
        &["--classes=1"],
        "labels 'labels.npy': row 1 has label 1, outside 0..1 and not ignored",
    );
    refused(
        &small(),
        &["--ignore-label=0", "--ignore-label=1"],
        "labels 'labels.npy': no row counts with a weight above 0, there is nothing to fit",
    );
    refused(
        &with("w.npy", &npy::weights(&[1.0; 3])),
        &["--class-weights=w.npy"],
        "class-weights 'w.npy': number of classes is 3, that of labels 'labels.npy' is 2",
    );
    refused(
        &with("w.npy", &npy::weights(&[1.0, -1.0])),
        &["--class-weights=w.npy"],
        "class-weights 'w.npy': entry 1 is -1.0, must be from 0 to 1e30",
    );
    refused(
        &with("r.npy", &npy::weights(&[1.0; 3])),
        &["--row-weights=r.npy"],
        "row-weights 'r.npy': number of rows is 3, that of features 'features.npy' is 12",
    );
    refused(
        &small(),
        &["--label-smoothing=2"],
        "label-smoothing is 2.0, must be from 0 to 1",
    );
    refused(
        &with("features.npy", &npy::file(1, "<f4", "False", "0, 2", &[]))
            .file("labels.npy", &npy::i64s(&[])),
        &[],
        "labels 'labels.npy': no row counts with a weight above 0, there is nothing to fit",
    );
    fit(&small(), &["--output=features.npy"])
        .fails_with("output 'features.npy': is the file of the features");
    fit(
        &with("r.npy", &npy::weights(&[1.0; 12])),
        &["--row-weights=r.npy", "--out=r.npy"],
    )
    .fails_with("output 'r.npy': is the file of the row-weights");
}

/// A label that is no class number: as many classes as memory can have no logits of.
#[test]
fn too_many_classes() {
    let folder = small().file("labels.npy", &npy::i64s(&[1 << 52; 12]));
    fit(&folder, &[]).fails_with(
        "logits [12, 4503599627370497]: not enough memory for 432345564227567712 bytes",
    );
}

#[test]
fn typos() {
    for (arguments, part) in [
        (&["--toleranc=1"][..], "'--tolerance'"),
        (&["--max-iteration=1"], "'--max-iterations'"),
        (&["--targets=q.npy"], "unexpected argument '--targets'"),
        (&["--reduction=sum"], "unexpected argument '--reduction'"),
        (&["--classes=0"], "invalid value '0' for '--classes <N>'"),
        (&["--l2=much"], "invalid value 'much' for '--l2 <L2>'"),
        (&["--backend=portabel"], "'portable'"),
        (&["more.npy"], "unexpected argument 'more.npy'"),
    ] {
        let run = fit(&small(), arguments);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
    let run = small().run(&["fit", "features.npy"]);
    assert!(run.stderr.contains("<LABELS>"), "{}", run.stderr);
}
