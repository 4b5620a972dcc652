//! `eval` on the data sets of the repository, against numbers computed elsewhere.
//!
//! mpmath 1.3.0 with 50 digits on the f32 logits:
//!
//! ```python
//! import numpy as np, mpmath as mp
//! mp.mp.dps = 50
//! for name in "digits", "magika":
//!     x = np.load(f"host/data/{name}_logits.npy").astype(np.float64)
//!     y = np.load(f"host/data/{name}_labels.npy")
//!     l = [mp.log(mp.fsum(mp.exp(mp.mpf(v) - mp.mpf(r[k])) for v in r))
//!          for r, k in zip(x.tolist(), y.tolist())]
//!     n = len(l)
//!     m = mp.fsum(l) / n
//!     se = mp.sqrt(mp.fsum((a - m) ** 2 for a in l) / (n - 1) / n)
//!     rank = (x > x[np.arange(n), y][:, None]).sum(1)
//!     print(name, m, mp.fsum(l), se, (rank < 1).sum(), (rank < 5).sum())
//!     print(sorted(range(n), key=lambda i: (-l[i], i))[:10])
//! ```
//!
//! The accuracies at 1 are also those that scikit-learn and Magika's authors' code gave when the
//! logits were made: 0.9694 and 0.9029.

use serde_json::Value;

use crate::{
    npy::{self, Array, DataSet},
    program::Folder,
};

fn evaluate(name: &str, options: &[&str]) -> (Folder, crate::program::Run) {
    let folder = Folder::new();
    let [logits, labels] =
        ["logits", "labels"].map(|array| npy::data(&format!("{name}_{array}.npy")));
    let mut arguments = vec!["eval", logits.to_str().unwrap(), labels.to_str().unwrap()];
    arguments.extend(options);
    let run = folder.run(&arguments).success();
    (folder, run)
}

fn json(name: &str) -> Value {
    evaluate(name, &["--format", "json"]).1.json()
}

/// Losses come out as f32, each within 2 ulp: 2.4e-7 relative at worst.
#[track_caller]
fn close(json: &Value, key: &str, expected: f64) {
    let value = json[key].as_f64().unwrap();
    assert!(
        (value / expected - 1.0).abs() < 2.4e-7,
        "{key}: {value}, expected {expected}"
    );
}

fn hardest(json: &Value, key: &str) -> Vec<u64> {
    json["hardest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[key].as_u64().unwrap())
        .collect()
}

#[test]
fn digits() {
    let json = json("digits");
    for (key, count) in [
        ("rows", 1797),
        ("classes", 10),
        ("rows_counted", 1797),
        ("rows_ignored", 0),
        ("rows_non_finite", 0),
    ] {
        assert_eq!(json[key], count, "{key}");
    }
    close(&json, "loss_mean", 0.15512193880740823205);
    close(&json, "loss", 0.15512193880740823205);
    close(&json, "loss_sum", 278.754124036912593);
    close(&json, "loss_standard_error", 0.0086827609296445946435);
    close(&json, "bits_mean", 0.22379365185052909892);
    close(&json, "perplexity", 1.1678003526057114143);
    assert_eq!(json["accuracy_top1"], 1742.0 / 1797.0);
    assert_eq!(json["accuracy_top5"], 1.0);
    assert_eq!(json["reduction"], "mean");
    assert_eq!(json["dtype"], "float32");

    let rows = [5, 1553, 1658, 1662, 1660, 1551, 1727, 792, 1149, 905];
    assert_eq!(hardest(&json, "row"), rows);
    assert_eq!(hardest(&json, "label"), [5, 8, 9, 9, 4, 6, 3, 6, 8, 8]);
    assert_eq!(hardest(&json, "predicted"), [9, 1, 8, 5, 8, 1, 8, 5, 1, 1]);
    close(&json["hardest"][0], "loss", 3.7992586127076221);
    close(&json["hardest"][9], "loss", 2.5819686361902735);
}

#[test]
fn magika() {
    let json = json("magika");
    assert_eq!(json["rows"], 2049);
    assert_eq!(json["classes"], 214);
    close(&json, "loss_mean", 0.3280799034265725983);
    close(&json, "loss_sum", 672.23572212104725392);
    close(&json, "loss_standard_error", 0.024280925731390082394);
    close(&json, "perplexity", 1.3882998977766328651);
    assert_eq!(json["accuracy_top1"], 1850.0 / 2049.0);
    assert_eq!(json["accuracy_top5"], 1996.0 / 2049.0);

    let rows = [1296, 36, 1465, 504, 1832, 935, 857, 649, 1919, 1881];
    assert_eq!(hardest(&json, "row"), rows);
    assert_eq!(
        hardest(&json, "predicted"),
        [186, 186, 27, 27, 151, 151, 151, 27, 151, 151]
    );
    close(&json["hardest"][0], "loss", 12.729176487415232);
    let probability = json["hardest"][0]["probability"].as_f64().unwrap();
    assert!((0.99995..0.99996).contains(&probability));
}

#[test]
fn tables() {
    for (name, expected) in [
        ("digits", include_str!("digits.txt")),
        ("magika", include_str!("magika.txt")),
    ] {
        assert_eq!(evaluate(name, &[]).1.stdout, expected);
    }
}

#[test]
fn the_json_has_all_its_keys_in_order() {
    let text = evaluate("digits", &["--format", "json"]).1.stdout;
    let keys = text
        .lines()
        .filter_map(|line| line.strip_prefix("  \"")?.split_once('"'));
    assert_eq!(
        keys.map(|(key, _)| key).collect::<Vec<_>>(),
        [
            "logits",
            "labels",
            "dtype",
            "backend",
            "reduction",
            "loss",
            "rows",
            "classes",
            "rows_counted",
            "rows_ignored",
            "rows_non_finite",
            "loss_mean",
            "loss_standard_error",
            "loss_sum",
            "bits_mean",
            "perplexity",
            "accuracy_top1",
            "accuracy_top5",
            "hardest",
        ]
    );
}

#[test]
fn reductions_choose_the_loss_that_is_shown() {
    for (reduction, key) in [("mean", "loss_mean"), ("sum", "loss_sum")] {
        let run = evaluate("digits", &["--format", "json", "--reduction", reduction]).1;
        let json = run.json();
        assert_eq!(json["reduction"], reduction);
        assert_eq!(json["loss"], json[key]);
    }
    let run = evaluate("digits", &["--format", "json", "--reduction", "none"]).1;
    let json = run.json();
    assert_eq!(json["loss"], Value::Null);
    close(&json, "loss_mean", 0.15512193880740823205);

    let sum = evaluate("digits", &["--reduction", "sum"]).1.stdout;
    assert!(
        sum.contains("\nsum of losses       278.754124 nats\nmean loss"),
        "{sum}"
    );
    let none = evaluate("digits", &["--reduction", "none"]).1.stdout;
    assert!(
        !none.contains("mean loss") && none.contains("accuracy at 1"),
        "{none}"
    );
}

#[test]
fn losses_of_every_row() {
    let (folder, _) = evaluate("magika", &["--losses", "losses.npy"]);
    assert_eq!(folder.names(), ["losses.npy"]);
    let written = Array::read(&folder.path("losses.npy"));
    assert_eq!(written.shape, [2049]);

    let set = DataSet::read("magika");
    for ((row, &label), loss) in set
        .logits
        .chunks(set.n_classes)
        .zip(&set.labels)
        .zip(written.f32s())
    {
        let row: Vec<f64> = row.iter().map(|&x| x.into()).collect();
        let own = row[usize::try_from(label).unwrap()];
        let others: f64 = row.iter().map(|x| (x - own).exp()).sum::<f64>() - 1.0;
        // The textbook way on the right loses small losses to its rounding.
        assert!((f64::from(loss) - others.ln_1p()).abs() < 1e-6 * f64::from(loss) + 1e-14);
    }
}

#[test]
fn every_backend_gives_the_same_loss_or_says_that_it_cannot_run() {
    for backend in surprisal::Backend::ALL {
        let folder = Folder::new();
        let [logits, labels] = ["digits_logits.npy", "digits_labels.npy"].map(npy::data);
        let run = folder.run(&[
            "eval",
            "--format",
            "json",
            "--backend",
            backend.name(),
            logits.to_str().unwrap(),
            labels.to_str().unwrap(),
        ]);
        if backend.is_available() {
            let json = run.json();
            assert_eq!(json["backend"], backend.name());
            close(&json, "loss_mean", 0.15512193880740823205);
        } else {
            assert_eq!(run.status, Some(2));
            assert!(
                run.stderr.contains("is not available on this processor"),
                "{}",
                run.stderr
            );
        }
    }
}
