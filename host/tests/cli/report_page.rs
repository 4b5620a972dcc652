//! The page of `report`.

use std::fs;

use serde_json::json;

use crate::{npy, program::Folder, snapshot};

fn digits() -> Folder {
    let file = |name: &str| fs::read(npy::data(name)).unwrap();
    Folder::with(&file("digits_logits.npy"), &file("digits_labels.npy"))
}

fn report(folder: &Folder, options: &[&str]) -> crate::program::Run {
    folder.run(&[&["report", "logits.npy", "labels.npy"], options].concat())
}

/// Tags are opened and closed in pairs, as XML wants it of SVG and HTML allows.
#[track_caller]
fn is_well_formed(text: &str) {
    let mut open = Vec::new();
    for tag in text.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        let name = tag.split([' ', '/']).next().unwrap();
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{text}"),
            None if tag.ends_with('/') || ["!DOCTYPE", "meta"].contains(&name) => (),
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn one_file_that_needs_no_other() {
    let names = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(|class| format!("<{class} & \"more\">\n"));
    let names = names.concat();
    let folder = digits().file("names.txt", names.as_bytes());
    let options = [
        "--out=r.html",
        "--names=names.txt",
        "--title=Digits & <more>",
        "--top=4",
    ];
    let run = report(&folder, &options).success();
    assert_eq!(run.stdout, "");
    let html = fs::read_to_string(folder.path("r.html")).unwrap();
    is_well_formed(&html);
    assert!(html.contains("<h1>Digits &amp; &lt;more&gt;</h1>"));
    assert!(html.contains("8 &lt;8 &amp; &quot;more&quot;&gt;"));
    for network in [
        "http:", "https:", "<script", "<link", "src=", "@import", "url(",
    ] {
        assert!(!html.contains(network), "{network}");
    }
    for heading in [
        "Distribution of losses",
        "Accuracy against coverage",
        "Reliability",
        "Loss by class",
        "Most confused pairs",
        "The most surprising rows",
        "All classes",
    ] {
        assert!(html.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(html.contains("<td class=\"number\">3.799259</td>"));
}

/// Three classes; one row is ignored, and one has its label masked.
fn few_rows() -> Folder {
    let masked = f64::NEG_INFINITY;
    let rows = [
        ([2.0, 0.0, 0.0], 0),
        ([0.0, 2.0, 0.0], 1),
        ([0.0, 0.0, 2.0], 2),
        ([1.0, 0.0, 0.0], 1),
        ([0.0, 3.0, 0.0], 1),
        ([5.0, 0.0, 0.0], 0),
        ([0.0, 0.0, 0.5], 0),
        ([1.0, 2.0, 4.0], -100),
        ([0.0, masked, 0.0], 1),
    ];
    Folder::with(
        &npy::f64s(9, rows.map(|(logits, _)| logits).as_flattened()),
        &npy::i64s(&rows.map(|(_, label)| label)),
    )
    .file("names.txt", b"one\ntwo\nthree\n")
}

/// All that a page says and where its plots are drawn, but for the style.
#[test]
fn all_of_a_page() {
    let folder = few_rows();
    let options = ["--out=r.html", "--names=names.txt", "--title=A few rows"];
    report(&folder, &options).success();
    let html = fs::read_to_string(folder.path("r.html")).unwrap();
    let (head, rest) = html.split_once("<style>\n").unwrap();
    let (style, body) = rest.split_once("</style>\n").unwrap();
    assert!(style.contains(".bar"), "{style}");
    snapshot::is("report_page", &format!("{head}{body}"));
}

/// Where NumPy's mean loss of 0.155 and accuracy of 1742/1797 are: on logarithms from 1e-4 to 10, and on
/// shares from 0.95 to 1.
#[test]
fn places_of_means() {
    let folder = digits();
    report(&folder, &["--out=r.html"]).success();
    let html = fs::read_to_string(folder.path("r.html")).unwrap();
    for note in [
        "x=\"426.4\" y=\"24.0\" text-anchor=\"start\">mean 0.155<",
        "y=\"196.1\" text-anchor=\"start\">all rows: 96.94 %<",
        "y=\"288.0\" text-anchor=\"end\">95.0<",
    ] {
        assert!(html.contains(note), "{note}");
    }
    for what in ["Not shown", "<dt>ignored", "<dt>without a finite loss"] {
        assert!(!html.contains(what), "{what}");
    }
}

#[test]
fn twenty_classes_have_a_bar() {
    for (n, caption) in [
        (20, "Mean loss of the rows of each class. In"),
        (21, "each class: the 20 largest of 21. In"),
    ] {
        let labels: Vec<i64> = (0..n).map(|class| class as i64).collect();
        let folder = Folder::with(&npy::f64s(n, &vec![0.0; n * n]), &npy::i64s(&labels));
        report(&folder, &["--out=r.html"]).success();
        let html = fs::read_to_string(folder.path("r.html")).unwrap();
        assert!(html.contains(caption), "{n} classes");
    }
}

/// What a mean is divided by is said to every way through the rows.
#[test]
fn means_by_weight_and_by_rows() {
    let weights: Vec<f64> = (0..1797).map(|row| f64::from(1 + row % 3)).collect();
    let folder = digits().file("w.npy", &npy::weights(&weights));
    for (denominator, divisor) in [("weight", 3594.0), ("rows", 1797.0)] {
        let denominator = format!("--denominator={denominator}");
        for way in [
            &["eval"][..],
            &["eval", "--by-class"],
            &["report", "--out=r.html"],
        ] {
            let options = [
                "logits.npy",
                "labels.npy",
                "--row-weights=w.npy",
                "--format=json",
                &denominator,
            ];
            let json = folder.run(&[way, &options].concat()).json();
            let [mean, sum] = ["loss_mean", "loss_sum"].map(|key| json[key].as_f64().unwrap());
            assert!(
                (mean * divisor / sum - 1.0).abs() < 1e-12,
                "{way:?} {denominator}"
            );
        }
    }
}

#[test]
fn plots_alone() {
    let folder = digits();
    report(&folder, &["--svg=plots/of it"]).success();
    let names = ["classes", "confusions", "coverage", "losses", "reliability"];
    for name in names {
        let path = folder.path("plots/of it").join(name).with_extension("svg");
        let svg = fs::read_to_string(path).unwrap();
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
        is_well_formed(&svg);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
    }
    let entries = fs::read_dir(folder.path("plots/of it")).unwrap();
    assert_eq!(entries.count(), names.len());
}

/// The counts are NumPy's, see `details.rs`: sorted by confidence, the first half of the rows is all
/// right; wrong rows by pairs.
#[test]
fn the_data() {
    let json = report(&digits(), &["--out=r.html", "--format=json"]).json();
    assert_eq!(
        json["confusions"].as_array().unwrap()[..3],
        [
            json!({"label": 8, "predicted": 1, "rows": 6}),
            json!({"label": 3, "predicted": 8, "rows": 5}),
            json!({"label": 1, "predicted": 8, "rows": 3}),
        ]
    );
    let coverage = json["coverage"].as_array().unwrap();
    let half = coverage
        .iter()
        .find(|point| point["coverage"].as_f64() >= Some(0.5));
    assert_eq!(half.unwrap()["accuracy"], 1.0);
    assert_eq!(coverage.last().unwrap()["accuracy"], 1742.0 / 1797.0);
    let histogram = &json["histogram"];
    let median = histogram["median"].as_f64().unwrap();
    assert!((median - 0.03621184952141037).abs() < 1e-8);
    let rows = histogram["rows"].as_array().unwrap();
    let rows: u64 = rows.iter().map(|rows| rows.as_u64().unwrap()).sum();
    assert_eq!(rows, 1797);
}

#[test]
fn odd_batches_have_a_page() {
    let nan = f64::NAN;
    let masked = f64::NEG_INFINITY;
    for (logits, labels) in [
        (npy::f64s(2, &[0.0; 4]), [-100, -100]),
        (npy::f64s(2, &[nan; 4]), [0, 1]),
        (npy::f64s(2, &[masked, 0.0, 0.0, 9.0]), [0, 0]),
        (npy::f64s(2, &[0.0, 0.0]), [0, 0]),
        (npy::f64s(2, &[800.0, 0.0, 900.0, 0.0]), [0, 0]),
    ] {
        let folder = Folder::with(&logits, &npy::i64s(&labels));
        report(&folder, &["--out=r.html"]).success();
        let html = fs::read_to_string(folder.path("r.html")).unwrap();
        is_well_formed(&html);
        assert!(
            !html.contains("=\"NaN") && !html.contains("=\"inf"),
            "{html}"
        );
    }
    // Sure and right is not too sure.
    let folder = Folder::with(&npy::f64s(1, &[800.0, 0.0]), &npy::i64s(&[0]));
    report(&folder, &["--out=r.html"]).success();
    let html = fs::read_to_string(folder.path("r.html")).unwrap();
    assert!(html.contains("class=\"under\"") && !html.contains("class=\"over\""));
    // A row of NaN has no confidence.
    let folder = Folder::with(&npy::f64s(2, &[nan, 0.0, 0.0, 9.0]), &npy::i64s(&[0, 1]));
    let json = report(&folder, &["--out=r.html", "--format=json"]).json();
    assert_eq!(json["coverage"].as_array().unwrap().len(), 1);
    assert_eq!(json["coverage"][0]["accuracy"], 1.0);
    let folder = Folder::new()
        .file("logits.npy", &npy::f64s(1, &[0.0, 1.0]))
        .file("q.npy", &npy::f64s(1, &[0.5, 0.5]));
    let targets = ["report", "logits.npy", "--targets=q.npy", "--out=r.html"];
    folder.run(&targets).success();
    let html = fs::read_to_string(folder.path("r.html")).unwrap();
    assert!(html.contains("Distribution of losses") && !html.contains("Reliability"));
}

#[test]
fn what_is_refused() {
    let folder = digits();
    report(&folder, &["--out=labels.npy"])
        .fails_with("output 'labels.npy': is the file of the labels");
    let run = report(&folder, &[]);
    assert!(run.stderr.contains("--out <REPORT.html>"), "{}", run.stderr);
    report(&folder, &["--svg=labels.npy"])
        .fails_with("output 'labels.npy': File exists (os error 17)");
}
