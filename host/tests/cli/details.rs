//! What `eval` says about calibration, classes and groups.
//!
//! NumPy 2.4.6 and SciPy 1.17.1, in float64:
//!
//! ```python
//! import numpy as np
//! from scipy.special import log_softmax
//! for name in "digits", "magika":
//!     x = np.load(f"host/data/{name}_logits.npy").astype(np.float64)
//!     y = np.load(f"host/data/{name}_labels.npy")
//!     n, c = x.shape
//!     p = np.exp(log_softmax(x, axis=1))
//!     conf, right = p.max(1), p.argmax(1) == y
//!     bins = np.ceil(conf * 15).astype(int) - 1
//!     in_bin = [bins == b for b in np.unique(bins)]
//!     gaps = [(m.sum(), abs(right[m].mean() - conf[m].mean())) for m in in_bin]
//!     print(name, sum(k * g for k, g in gaps) / n, max(g for _, g in gaps))
//!     print(((p - np.eye(c)[y]) ** 2).sum(1).mean(), np.bincount(bins, minlength=15))
//!     l = -log_softmax(x, axis=1)[np.arange(n), y]
//!     for k in (0, 3, 8) if c == 10 else (17, 130):
//!         print(k, (y == k).sum(), l[y == k].mean(), right[y == k].mean())
//! ```

use serde_json::{Value, json};

use crate::{npy, program::Folder};

fn json(name: &str, options: &[&str]) -> Value {
    let [logits, labels] =
        ["logits", "labels"].map(|array| npy::data(&format!("{name}_{array}.npy")));
    let files = ["eval", logits.to_str().unwrap(), labels.to_str().unwrap()];
    let run = Folder::new().run(&[&files[..], &["--format=json"], options].concat());
    run.json()
}

#[track_caller]
fn close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!(
        (value / expected - 1.0).abs() < 1e-6,
        "{value}, expected {expected}"
    );
}

#[test]
fn calibration_is_that_of_numpy() {
    for (name, errors, rows) in [
        (
            "digits",
            [0.06736335687414148, 0.3357987501841771, 0.06274466672946952],
            [0, 0, 0, 0, 7, 17, 20, 33, 43, 48, 42, 78, 114, 226, 1169],
        ),
        (
            "magika",
            [0.03368524749858295, 0.2817435616194779, 0.126215371740226],
            [0, 0, 4, 21, 29, 21, 11, 19, 37, 23, 20, 31, 42, 79, 1712],
        ),
    ] {
        let calibration = &json(name, &["--calibration"])["calibration"];
        let keys = [
            "expected_calibration_error",
            "maximum_calibration_error",
            "brier_score",
        ];
        for (key, expected) in keys.into_iter().zip(errors) {
            close(&calibration[key], expected);
        }
        let bins = calibration["bins"].as_array().unwrap();
        assert!(
            bins.iter()
                .map(|bin| &bin["rows"])
                .eq(rows.map(|rows| json!(rows)).iter())
        );
        assert_eq!(bins[0]["accuracy"], Value::Null);
    }
}

#[test]
fn classes_are_those_of_numpy() {
    for (name, n_classes, expected) in [
        (
            "digits",
            10,
            &[
                (0, 178, 0.05732702288651568, 0.9943820224719101),
                (3, 183, 0.19376103458982213, 0.9398907103825137),
                (8, 174, 0.32444893557697857, 0.9367816091954023),
            ][..],
        ),
        (
            "magika",
            29,
            &[
                (17, 90, 0.6719936446062897, 0.5888888888888889),
                (130, 90, 3.4731145357235507, 0.044444444444444446),
            ],
        ),
    ] {
        let json = json(name, &["--by-class"]);
        let classes = json["by_class"].as_array().unwrap();
        assert_eq!(classes.len(), n_classes);
        assert!(json.get("calibration").is_none() && json.get("by_group").is_none());
        for &(class, rows, loss, accuracy) in expected {
            let found = classes
                .iter()
                .find(|found| found["class"] == class)
                .unwrap();
            assert_eq!((&found["rows"], found.get("name")), (&json!(rows), None));
            close(&found["loss_mean"], loss);
            close(&found["accuracy"], accuracy);
        }
    }
}

/// Three rows of which one is ignored, under weights: losses are multiplied, rows are counted.
#[test]
fn weights_and_ignored_rows() {
    let ln_3 = 3.0_f64.ln();
    let logits = npy::f64s(4, &[ln_3, 0.0, 0.0, ln_3, ln_3, 0.0, 0.0, f64::NAN]);
    let folder = Folder::with(&logits, &npy::i64s(&[0, 0, -100, 1]))
        .file("r.npy", &npy::weights(&[3.0, 1.0, 9.0, 0.0]))
        .file("g.npy", &npy::i64s(&[-5, -5, 7, 7]))
        .file("names.txt", b"yes\nno");
    let json = folder.json(&[
        "--row-weights=r.npy",
        "--group-by=g.npy",
        "--by-class",
        "--calibration",
        "--names=names.txt",
        "--top=1",
    ]);
    // (3 ln 4/3 + ln 4) / 4; the row with a NaN is counted, and wrong.
    let mean = (3.0 * (4.0_f64 / 3.0).ln() + 4.0_f64.ln()) / 4.0;
    let groups = json["by_group"].as_array().unwrap();
    assert_eq!(
        (&groups[0]["group"], &groups[0]["rows"]),
        (&json!(-5), &json!(2))
    );
    close(&groups[0]["loss_mean"], mean);
    assert_eq!(groups[0]["accuracy"], 0.5);
    assert_eq!(
        (&groups[1]["group"], &groups[1]["rows"]),
        (&json!(7), &json!(1))
    );
    assert_eq!(groups[1]["loss_mean"], Value::Null);
    assert_eq!(groups[1]["accuracy"], 0.0);
    assert_eq!(json["by_class"][0]["name"], "yes");
    close(&json["by_class"][0]["loss_mean"], mean);
    // Both rows say 3/4, one is right.
    close(&json["calibration"]["expected_calibration_error"], 0.25);
    // 2/16 and 18/16
    close(&json["calibration"]["brier_score"], 0.625);
    let hardest = json["hardest"].as_array().unwrap();
    assert_eq!(hardest.len(), 1);
    assert_eq!(
        hardest[0]["names"],
        json!({"label": "yes", "predicted": "no"})
    );
}

#[test]
fn without_labels() {
    let folder = Folder::new()
        .file("logits.npy", &npy::f64s(2, &[1.0; 4]))
        .file("q.npy", &npy::f64s(2, &[0.25, 0.75, 1.0, 0.0]))
        .file("g.npy", &npy::i64s(&[1, 2]));
    let run = folder.run(&[
        "eval",
        "logits.npy",
        "--targets=q.npy",
        "--calibration",
        "--by-class",
        "--group-by=g.npy",
        "--format=json",
    ]);
    let json = run.json();
    assert_eq!(json["calibration"]["brier_score"], Value::Null);
    assert_eq!(json["by_class"], json!([]));
    let group =
        json!({"group": 1, "rows": 1, "loss_mean": std::f64::consts::LN_2, "accuracy": null});
    assert_eq!(json["by_group"][0], group);
}

#[test]
fn what_is_refused() {
    let folder = Folder::with(&npy::f64s(2, &[1.0; 4]), &npy::i64s(&[0, 1]))
        .file("three.npy", &npy::i64s(&[1, 2, 3]))
        .file("f.npy", &npy::weights(&[1.0, 2.0]))
        .file("three.txt", b"a\nb\nc\n")
        .file("bytes.txt", b"\xff\xfe");
    for (option, message) in [
        (
            "--group-by=three.npy",
            "group-by 'three.npy': number of rows is 3, that of logits 'logits.npy' is 2",
        ),
        (
            "--group-by=f.npy",
            "group-by 'f.npy': holds numbers of type '<f8', needs an integer type of 8 to 64 bits",
        ),
        (
            "--names=three.txt",
            "names 'three.txt': number of classes is 3, that of logits 'logits.npy' is 2",
        ),
        (
            "--names=bytes.txt",
            "names 'bytes.txt': stream did not contain valid UTF-8",
        ),
    ] {
        folder.eval(&[option]).fails_with(message);
    }
    let run = folder.eval(&["--bins=3"]);
    assert!(run.stderr.contains("--calibration"), "{}", run.stderr);
}
