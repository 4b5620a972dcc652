//! The same numbers in every format, in several files and through a pipe. The files were made by the
//! formats' own packages for Python (`host/data/formats/make.py`).

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{npy, program::Folder};

const SETS: [&str; 2] = ["digits", "magika"];

fn data(name: &str) -> String {
    let path: PathBuf = npy::data("formats").join(name);
    path.into_os_string().into_string().unwrap()
}

/// Everything that the commands make of logits and labels: the summary without the names of the
/// files, losses, gradients, and, where there are any, products with vectors.
fn outputs(input: &[&str], vectors: Option<&str>) -> Vec<Vec<u8>> {
    let folder = Folder::new();
    let run = |arguments: &[&str]| folder.run(&[arguments, input].concat()).success().stdout;
    let report = run(&["eval", "--losses=losses.npy", "--format=json"]);
    let is_name = |line: &&str| line.contains("\"logits\":") || line.contains("\"labels\":");
    let report: String = report.lines().filter(|line| !is_name(line)).collect();
    run(&["grad", "--out=grad.npy", "--reduction=mean"]);
    run(&["hessian", "--form=packed", "--out=hessian.npy"]);
    if let Some(vectors) = vectors {
        run(&["hvp", "--out=hvp.npy", "--vector", vectors]);
        run(&[
            "solve",
            "--damping=0.5",
            "--out=solve.npy",
            "--vector",
            vectors,
        ]);
    }
    let files = folder.names().into_iter();
    let mut outputs: Vec<_> = files
        .map(|name| fs::read(folder.path(&name)).unwrap())
        .collect();
    outputs.push(report.into_bytes());
    outputs
}

#[test]
fn every_format_gives_the_same_bits_in_every_output() {
    for set in SETS {
        for (number, formats) in [
            ("bf16", &["{}.npz", "{}_deflated.npz", "{}.safetensors"][..]),
            ("f16", &FORMATS),
            ("f32", &FORMATS),
            ("f64", &FORMATS),
        ] {
            let logits = data(&format!("{set}_{number}.npy"));
            let vectors = ["f32", "f64"].contains(&number).then_some(logits.as_str());
            let labels = data(&format!("{set}_i64.npy"));
            let expected = outputs(&[&logits, &labels], vectors);
            for (format, integer) in formats.iter().zip(["i64", "u8", "i16"].iter().cycle()) {
                let file = data(&format.replace("{}", set));
                let logits = format!("{file}:{number}");
                let vectors = vectors.map(|_| logits.as_str());
                let found = outputs(&[&logits, &format!("{file}:{integer}")], vectors);
                assert!(found == expected, "{logits}");
            }
        }
    }
}

const FORMATS: [&str; 8] = [
    "{}.npz",
    "{}_deflated.npz",
    "{}.safetensors",
    "{}.parquet",
    "{}_lists.parquet",
    "{}.arrow",
    "{}_lists.arrow",
    "{}_stream.arrow",
];

#[test]
fn no_name_is_needed_where_one_array_can_be_meant() {
    for set in SETS {
        let logits = data(&format!("{set}_f32.npy"));
        let expected = outputs(&[&logits, &data(&format!("{set}_i64.npy"))], None);
        for ending in ["npz", "safetensors", "parquet", "arrow"] {
            let pair = data(&format!("{set}_pair.{ending}"));
            assert!(outputs(&[&pair, &pair], None) == expected, "{pair}");
        }
        for labels in ["{}_pair.csv", "{}.csv:label", "{}_pair.csv:1"] {
            let labels = data(&labels.replace("{}", set));
            assert!(outputs(&[&logits, &labels], None) == expected, "{labels}");
        }
    }
}

#[test]
fn columns_of_every_type_may_stand_beside() {
    for set in SETS {
        let pair = data(&format!("{set}_pair.parquet"));
        let expected = outputs(&[&pair, &pair], None);
        for ending in ["parquet", "arrow"] {
            let types = data(&format!("{set}_types.{ending}"));
            let named = [format!("{types}:scores"), format!("{types}:classes")];
            assert!(
                outputs(&[&named[0], &named[1]], None) == expected,
                "{types}"
            );
        }
    }
}

fn mean_loss(folder: &Folder, logits: &str, labels: &str) -> f64 {
    let run = folder.run(&["eval", logits, labels, "--format=json"]);
    run.json()["loss_mean"].as_f64().unwrap()
}

#[test]
fn columns_of_every_type_of_integers() {
    let folder = Folder::new();
    let mean = |logits: &str, labels: &str| mean_loss(&folder, logits, labels);
    for set in SETS {
        let logits = data(&format!("{set}_f32.npy"));
        let expected = mean(&logits, &data(&format!("{set}_i64.npy")));
        for ending in ["parquet", "arrow"] {
            let file = data(&format!("{set}_integers.{ending}"));
            for column in ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"] {
                // There are classes beyond 127.
                if (set, column) == ("magika", "i8") {
                    continue;
                }
                let labels = format!("{file}:{column}");
                assert_eq!(mean(&logits, &labels), expected, "{labels}");
            }
            // Offsets of these lists have 64 bits.
            let scores = format!("{file}:scores");
            assert_eq!(mean(&scores, &format!("{file}:i64")), expected, "{scores}");
        }
    }
}

#[test]
fn shards_make_one_batch_in_the_order_of_their_numbers() {
    for set in SETS {
        let labels = data(&format!("{set}_i64.npy"));
        let expected = outputs(&[&data(&format!("{set}_f32.npy")), &labels], None);
        let part = |number: &str| data(&format!("{set}_shards/part-{number}.npy"));
        let pairs = data(&format!("{set}_pairs"));
        for input in [
            &[&*data(&format!("{set}_shards")), &labels][..],
            &[&data(&format!("{set}_shards/*.npy")), &labels],
            &[
                &part("2*"),
                &labels,
                "--more-logits",
                &part("10"),
                &part("100"),
            ],
            &[&pairs, &pairs],
            &[&format!("{pairs}:scores"), &format!("{pairs}:classes")],
            &[
                &format!("{pairs}/part-*.safetensors:scores"),
                &format!("{pairs}/part-2.safetensors"),
                &format!("--more-labels={pairs}/part-?0*.safetensors"),
            ],
        ] {
            assert!(outputs(input, None) == expected, "{input:?}");
        }
    }
}

/// Rows that are decoded in more than one batch.
#[test]
fn a_parquet_file_of_many_rows() {
    const TIMES: usize = 400;
    let rows = npy::Array::read(&npy::data("formats").join("digits_f32.npy")).f32s();
    let n_rows = rows.len() / 10 * TIMES;
    let labels = vec![3; n_rows + 1];
    let folder = Folder::new()
        .file("logits.npy", &npy::f32s(n_rows, &rows.repeat(TIMES)))
        .file("labels.npy", &npy::i64s(&labels[..n_rows]))
        .file("one_more.npy", &npy::i64s(&labels));
    let losses = |logits: &str| {
        let run = folder.run(&["eval", logits, "labels.npy", "--losses=losses.npy"]);
        run.success();
        fs::read(folder.path("losses.npy")).unwrap()
    };
    assert!(losses(&data("digits_many.parquet")) == losses("logits.npy"));
    let ragged = data("digits_many_ragged.parquet");
    folder
        .run(&["eval", &ragged, "one_more.npy"])
        .fails_with(&format!(
            "logits '{ragged}': column 'scores': row {n_rows} has 1 numbers, those before have 10"
        ));
}

/// The commands that take a model for done: parameters, reports and calibrated logits.
fn models(logits: &[&str], labels: &[&str]) -> Vec<Vec<u8>> {
    let folder = Folder::new();
    let run = |arguments: &[&str]| {
        let report = folder.run(arguments).success().stdout;
        let is_name = |line: &&str| {
            ["logits", "labels", "a", "b"]
                .iter()
                .any(|name| line.trim_start().starts_with(&format!("\"{name}\":")))
        };
        report
            .lines()
            .filter(|line| !is_name(line))
            .collect::<String>()
            .into_bytes()
    };
    let (first, more) = logits.split_first().unwrap();
    let more_of = |option| more.iter().flat_map(move |&file| [option, file]);
    let more_logits: Vec<&str> = more_of("--more-logits").collect();
    let calibrate = [
        "calibrate",
        first,
        labels[0],
        "--format=json",
        "--output=p.json",
        "--method=bias",
    ];
    let calibrated = run(&[&calibrate, &more_logits[..], &labels[1..]].concat());
    run(&[&["apply", "p.json", first, "--out=c.npy"], &more_logits[..]].concat());
    let compare = [
        "compare",
        first,
        "c.npy",
        labels[0],
        "--format=json",
        "--resamples=100",
    ];
    let more_a: Vec<&str> = more_of("--more-a").collect();
    let compared = run(&[&compare, &more_a[..], &labels[1..]].concat());
    let swapped = [
        "compare",
        "c.npy",
        first,
        labels[0],
        "--format=json",
        "--resamples=100",
    ];
    let more_b: Vec<&str> = more_of("--more-b").collect();
    let swapped = run(&[&swapped, &more_b[..], &labels[1..]].concat());
    let files = ["p.json", "c.npy"].map(|name| fs::read(folder.path(name)).unwrap());
    [calibrated, compared, swapped]
        .into_iter()
        .chain(files)
        .collect()
}

#[test]
fn models_in_shards() {
    for set in SETS {
        let labels = data(&format!("{set}_i64.npy"));
        let whole = data(&format!("{set}_f32.npy"));
        let expected = models(&[&whole], &[&labels]);
        let part = |number: &str| data(&format!("{set}_shards/part-{number}.npy"));
        let pairs = data(&format!("{set}_pairs"));
        let more_labels = format!("--more-labels={pairs}/part-?0*.safetensors");
        for (logits, labels) in [
            (&[&*data(&format!("{set}_shards"))][..], &[&*labels][..]),
            (&[&part("2"), &part("10"), &part("100")], &[&labels]),
            (
                &[&format!("{pairs}/*:scores")],
                &[&format!("{pairs}/part-2.safetensors"), &more_labels],
            ),
        ] {
            assert!(models(logits, labels) == expected, "{logits:?}");
        }
    }
}

#[test]
fn shards_that_do_not_go_together() {
    let [f32s, f64s] = ["digits_f32.npy", "digits_f64.npy"].map(data);
    let (magika, labels) = (data("magika_f32.npy"), data("digits_i64.npy"));
    let folder = Folder::new();
    let eval = |more: &str| folder.run(&["eval", &f32s, &labels, "--more-logits", more]);
    eval(&f64s).fails_with(&format!(
        "logits '{f64s}': has float64, logits '{f32s}' has float32"
    ));
    eval(&magika).fails_with(&format!(
        "logits '{magika}': has 214 classes, logits '{f32s}' has 10 classes"
    ));
    eval(&f32s).fails_with(&format!(
        "labels '{labels}': number of rows is 36, that of logits '{f32s} and 1 more' is 72"
    ));
}

/// Hidden files, folders and files of other kinds are no shards, whatever the others of their name are;
/// digits come before letters.
#[test]
fn what_else_is_in_a_folder_of_shards() {
    let folder = Folder::new();
    let parts = folder.path("parts");
    fs::create_dir_all(parts.join("2.npy")).unwrap();
    let shards = [[4.0, 0.0, 1.0], [0.5, 2.0, 0.0]];
    for (name, row) in ["1.npy", "b.npy"].iter().zip(shards) {
        fs::write(parts.join(name), npy::f64s(1, &row)).unwrap();
    }
    for name in [".3.npy", "4.txt", "npy"] {
        fs::write(parts.join(name), "nothing").unwrap();
    }
    let folder = folder
        .file("logits.npy", &npy::f64s(2, shards.as_flattened()))
        .file("labels.npy", &npy::i64s(&[0, 1]));
    assert_eq!(
        mean_loss(&folder, "parts", "labels.npy"),
        mean_loss(&folder, "logits.npy", "labels.npy")
    );
    let folder = folder.file("one.npy", &npy::i64s(&[0]));
    folder
        .run(&["eval", "parts", "one.npy"])
        .fails_with("labels 'one.npy': number of rows is 1, that of logits 'parts' is 2");
    // Every one of them is an input.
    folder
        .run(&["grad", "parts", "labels.npy", "--out=parts/b.npy"])
        .fails_with("output 'parts/b.npy': is the file of the logits");
}

#[test]
fn arrays_that_cannot_be_told_apart_are_listed() {
    let (npz, csv) = (data("digits.npz"), data("digits.csv"));
    let folder = Folder::new();
    folder.run(&["eval", &npz, &npz]).fails_with(&format!(
        "logits '{npz}': has several arrays that could be logits, name one as FILE:NAME; there are \
         'f16' <f2 [36, 10], 'bf16' <V2 [36, 10], 'f32' <f4 [36, 10], 'f64' <f8 [36, 10], \
         'i16' <i2 [36], 'u8' |u1 [36], 'i64' <i8 [36]"
    ));
    let of_none = format!("{npz}:f8");
    folder.run(&["eval", &of_none, &npz]).fails_with(&format!(
        "logits '{of_none}': has no array 'f8', there are 'f16' <f2 [36, 10], 'bf16' <V2 [36, 10], \
         'f32' <f4 [36, 10], 'f64' <f8 [36, 10], 'i16' <i2 [36], 'u8' |u1 [36], 'i64' <i8 [36]"
    ));
    let pair = data("digits_pair.parquet");
    folder
        .run(&["eval", &format!("{pair}:score"), &pair])
        .fails_with(&format!(
            "logits '{pair}:score': has no array 'score', there are 'scores' List(Float32, field: 'element'), \
         'classes' Int64 [36]"
        ));
    folder.run(&["eval", &pair, &csv]).fails_with(&format!(
        "labels '{csv}': has several arrays that could be labels, name one as FILE:NAME; there are \
         'row' int64, 'text' text, 'label' int64"
    ));
    folder
        .run(&["eval", &format!("{}:x", data("digits_f32.npy")), &csv])
        .fails_with(&format!(
            "logits '{}:x': holds one array without a name, leave out ':x'",
            data("digits_f32.npy")
        ));
}

#[test]
fn standard_input() {
    let [logits, labels] = ["digits_f32.npy", "digits_i64.npy"].map(data);
    let run = |from: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_surprisal"));
        command
            .stdin(File::open(from).unwrap())
            .stderr(Stdio::piped());
        let output = command.args(arguments).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        String::from_utf8(output.stdout).unwrap()
    };
    let expected = run(&logits, &["eval", &logits, &labels]);
    assert!(expected.starts_with("rows "), "{expected}");
    assert_eq!(run(&logits, &["eval", "-", &labels]), expected);
    assert_eq!(run(&labels, &["eval", &logits, "-"]), expected);
}
