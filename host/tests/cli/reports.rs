//! What `eval` says about the options of the loss.

use serde_json::{Value, json};

use crate::{npy, program::Folder};

/// Two rows of two equal logits: each loss is ln 2 = 0.693147 times its weights.
fn folder() -> Folder {
    Folder::with(&npy::f64s(2, &[1.0; 4]), &npy::i64s(&[0, 1]))
        .file("w.npy", &npy::weights(&[2.0, 1.0]))
        .file("r.npy", &npy::weights(&[1.0, 0.25]))
        .file("zero.npy", &npy::weights(&[0.0, 0.0]))
        .file("q.npy", &npy::f64s(2, &[0.25, 0.75, 1.0, 0.0]))
}

/// The keys of the JSON that are not always there.
fn more_keys(json: &Value) -> Vec<&str> {
    let keys = json.as_object().unwrap().keys();
    keys.map(String::as_str)
        .filter(|&key| key == "options" || key == "weight")
        .collect()
}

#[test]
fn options_in_use_and_the_weight() {
    let folder = folder();
    assert!(more_keys(&folder.json(&[])).is_empty());
    assert!(more_keys(&folder.json(&["--ignore-label=-100"])).is_empty());

    let json = folder.json(&["--class-weights=w.npy", "--row-weights=r.npy"]);
    assert_eq!(
        json["options"],
        json!({"class_weights": "w.npy", "row_weights": "r.npy"})
    );
    assert_eq!(json["weight"], 2.25);
    assert_eq!(json["rows_counted"], 2);

    let json = folder.json(&[
        "--targets=q.npy",
        "--label-smoothing=0.1",
        "--smoothing-convention=others",
        "--z-loss=1e-4",
        "--softcap=30",
        "--temperature=2",
        "--ignore-label=5",
        "--ignore-label=-1",
        "--denominator=8",
    ]);
    assert_eq!(
        json["options"],
        json!({
            "targets": "q.npy",
            "label_smoothing": 0.1,
            "smoothing_convention": "others",
            "z_loss": 1e-4,
            "softcap": 30.0,
            "temperature": 2.0,
            "ignored_labels": [5, -1],
            "denominator": 8.0,
        })
    );
    assert_eq!(json.get("weight"), None);
    let json = folder.json(&["--label-smoothing=0", "--denominator=rows"]);
    assert_eq!(
        json["options"],
        json!({"label_smoothing": 0.0, "smoothing_convention": "all", "denominator": "rows"})
    );
}

#[test]
fn a_weighted_table() {
    let options = [
        "--row-weights=r.npy",
        "--class-weights=w.npy",
        "--label-smoothing=0",
    ];
    let table = folder().eval(&options).success().stdout;
    let expected = "\
rows                           2
classes                        2
counted rows                   2
  total weight          2.250000
ignored rows                   0
non-finite rows                0

class weights            'w.npy'
row weights              'r.npy'
label smoothing              0.0
smoothing convention         all

weighted mean loss      0.693147 nats
  standard error               -
  in bits               1.000000 bits
  perplexity            2.000000
accuracy at 1              50.00 %
accuracy at 5             100.00 %
";
    assert!(table.starts_with(expected), "{table}");
    // A row's loss is weighted: 2 ln 2 and ln 2 / 4.
    let rows =
        "\n  0       0      1.386294           0             50.00\n  1       1      0.173287 ";
    assert!(table.contains(rows), "{table}");

    let rows = [&options[..], &["--denominator=rows"]].concat();
    let table = folder().eval(&rows).success().stdout;
    // (2 + 1/4) ln 2 / 2; half the difference of two losses is the standard error of their mean.
    let expected =
        "\nmean loss               0.779791 nats\n  standard error        0.606504 nats\n";
    assert!(table.contains(expected), "{table}");
    assert!(
        table.contains("\ndenominator                 rows\n"),
        "{table}"
    );

    let given = [&options[..], &["--denominator=9"]].concat();
    let table = folder().eval(&given).success().stdout;
    let expected = "\nmean loss               0.173287 nats\n  standard error               -\n";
    assert!(table.contains(expected), "{table}");
}

#[test]
fn targets_without_labels_have_no_accuracy() {
    let folder = folder();
    let targets = ["eval", "logits.npy", "--targets=q.npy"];
    let table = folder.run(&targets).success().stdout;
    let expected = "\
rows                       2
classes                    2
counted rows               2
ignored rows               0
non-finite rows            0

targets              'q.npy'

mean loss           0.693147 nats
  standard error    0.000000 nats
  in bits           1.000000 bits
  perplexity        2.000000

The 2 most surprising rows

row   loss (nats)   predicted   probability (%)
───────────────────────────────────────────────
  0      0.693147           0             50.00
  1      0.693147           0             50.00
";
    assert_eq!(table, expected);

    let run = folder.run(&[&targets[..], &["--format=json"]].concat());
    let json = run.json();
    for absent in [
        &json["labels"],
        &json["accuracy_top1"],
        &json["accuracy_top5"],
        &json["hardest"][0]["label"],
    ] {
        assert_eq!(absent, &Value::Null);
    }
    assert_eq!(json["loss"], std::f64::consts::LN_2);

    let json = folder.json(&["--targets=q.npy", "--ignore-label=1"]);
    assert_eq!(json["rows_ignored"], 1);
    assert_eq!(json["accuracy_top1"], 1.0);
    assert_eq!(json["hardest"][0]["label"], 0);
}

#[test]
fn means_of_nothing() {
    let folder = folder().file("w.npy", &npy::weights(&[0.0, 1.0]));
    let no_weight = "no weight";
    for (options, says) in [
        (
            &["--ignore-label=0", "--ignore-label=1"][..],
            "no rows counted",
        ),
        (
            &[
                "--ignore-label=0",
                "--ignore-label=1",
                "--row-weights=zero.npy",
            ],
            "no rows counted",
        ),
        (&["--row-weights=zero.npy"], no_weight),
        (
            &["--class-weights=zero.npy", "--label-smoothing=0.1"],
            no_weight,
        ),
        (&["--class-weights=w.npy", "--ignore-label=1"], no_weight),
    ] {
        let table = folder.eval(options).success().stdout;
        let line = table.lines().find(|line| line.contains("mean loss"));
        assert!(line.unwrap().ends_with(&format!("  {says}")), "{table}");
        let json = folder.json(options);
        for key in [
            "loss",
            "loss_mean",
            "bits_mean",
            "perplexity",
            "loss_standard_error",
        ] {
            assert_eq!(json[key], Value::Null, "{key}");
        }
        assert_eq!(json["loss_sum"], 0.0);
    }
    // Rows without weight are rows.
    let json = folder.json(&["--row-weights=zero.npy", "--denominator=rows"]);
    assert_eq!(
        (&json["loss"], &json["rows_counted"]),
        (&json!(0.0), &json!(2))
    );
}

/// The temperature is that of the probabilities that are shown.
#[test]
fn probabilities_are_those_that_the_loss_is_computed_of() {
    let folder = Folder::with(&npy::f64s(1, &[4.0, 0.0]), &npy::i64s(&[1]));
    let probability = |options: &[&str]| {
        let json = folder.json(options);
        json["hardest"][0]["probability"].as_f64().unwrap()
    };
    let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
    for (options, logit) in [
        (&[][..], 4.0),
        (&["--temperature=2"], 2.0),
        (&["--softcap=2"], 2.0 * 2.0_f64.tanh()),
        (&["--softcap=2", "--temperature=4"], 0.5 * 2.0_f64.tanh()),
    ] {
        assert!(
            (probability(options) - logistic(logit)).abs() < 1e-15,
            "{options:?}"
        );
    }
}
