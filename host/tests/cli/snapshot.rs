//! Texts of the program, compared with files in `snapshots/`. With the environment variable
//! `SURPRISAL_WRITE_SNAPSHOTS` the files are written instead, to be read before they are committed.

use std::{env, fs, path::Path};

use serde_json::Value;

use crate::{npy, program::Folder};

#[track_caller]
pub(crate) fn is(name: &str, text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots");
    let path = folder.join(format!("{name}.txt"));
    // Help is padded at the ends of lines.
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let text = lines.join("\n") + "\n";
    if env::var_os("SURPRISAL_WRITE_SNAPSHOTS").is_some() {
        fs::write(path, text).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{}", path.display());
}

/// The data sets under short names, and names for ten classes.
fn digits() -> Folder {
    let file = |name: &str| fs::read(npy::data(name)).unwrap();
    let names = ["zero", "one", "two", "three", "four"].join("\n");
    let names = names + "\nfive\nsix\nseven\neight\nnine\n";
    let parity = (0..1797).map(|row| row % 3).collect::<Vec<i64>>();
    Folder::with(&file("digits_logits.npy"), &file("digits_labels.npy"))
        .file("names.txt", names.as_bytes())
        .file("groups.npy", &npy::i64s(&parity))
        .file(
            "half.json",
            br#"{"method": "temperature", "classes": 10, "temperature": 0.5}"#,
        )
}

/// Every command with a report, and what it is given.
const REPORTS: [(&str, &[&str]); 11] = [
    (
        "eval",
        &[
            "eval",
            "logits.npy",
            "labels.npy",
            "--calibration",
            "--bins=5",
            "--by-class",
            "--names=names.txt",
            "--group-by=groups.npy",
            "--top=3",
        ],
    ),
    (
        "calibrate",
        &["calibrate", "logits.npy", "labels.npy", "--method=vector"],
    ),
    (
        "compare",
        &[
            "compare",
            "logits.npy",
            "sharp.npy",
            "labels.npy",
            "--resamples=200",
            "--top=3",
        ],
    ),
    (
        "report",
        &[
            "report",
            "logits.npy",
            "labels.npy",
            "--out=r.html",
            "--top=2",
        ],
    ),
    (
        "fit",
        &["fit", "logits.npy", "labels.npy", "--out=w.npy", "--l2=2"],
    ),
    ("grad", &["grad", "logits.npy", "labels.npy", "--out=g.npy"]),
    (
        "hessian",
        &[
            "hessian",
            "logits.npy",
            "labels.npy",
            "--form=packed",
            "--out=h.npy",
        ],
    ),
    (
        "newton",
        &[
            "newton",
            "logits.npy",
            "labels.npy",
            "--damping=1e-3",
            "--out=n.npy",
        ],
    ),
    (
        "solve",
        &[
            "solve",
            "logits.npy",
            "labels.npy",
            "--vector=logits.npy",
            "--damping=1",
            "--out=s.npy",
        ],
    ),
    (
        "hvp",
        &[
            "hvp",
            "logits.npy",
            "labels.npy",
            "--vector=logits.npy",
            "--out=p.npy",
        ],
    ),
    (
        "apply",
        &["apply", "half.json", "logits.npy", "--out=a.npy"],
    ),
];

/// Numbers in as many digits as all processors agree on; what is theirs alone is left out.
fn rounded(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap();
            *value = format!("{number:.3e}").into();
        }
        Value::Array(values) => {
            // Vectors of parameters and curves are long.
            values.truncate(3);
            values.iter_mut().for_each(rounded);
        }
        Value::Object(object) => {
            for key in ["backend", "products", "gradient_norm"] {
                if let Some(value) = object.get_mut(key) {
                    *value = "...".into();
                }
            }
            object.values_mut().for_each(rounded);
        }
        _ => (),
    }
}

#[test]
fn tables_and_json() {
    let folder = digits();
    let sharp = ["apply", "half.json", "logits.npy", "--out=sharp.npy"];
    folder.run(&sharp).success();
    for (name, arguments) in REPORTS {
        let run = |format: &str| folder.run(&[arguments, &["--format", format]].concat());
        let table = run("table").success().stdout;
        let theirs = ["Hessian products", "gradient norm"];
        let lines = table.lines().map(|line| {
            let name = theirs.into_iter().find(|name| line.starts_with(name));
            name.unwrap_or(line)
        });
        is(
            &format!("{name}_table"),
            &lines.collect::<Vec<_>>().join("\n"),
        );
        let mut json = run("json").json();
        rounded(&mut json);
        is(&format!("{name}_json"), &format!("{json:#}"));
    }
}

#[test]
fn helps() {
    let folder = Folder::new();
    let help = folder.run(&["--help"]).success().stdout;
    is("help", &help);
    let commands = help.split_once("Commands:\n").unwrap().1;
    let commands = commands.split_once("\n\n").unwrap().0;
    let mut names: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|&name| name != "help")
        .collect();
    names.sort_unstable();
    for name in &names {
        let help = folder.run(&[name, "--help"]).success().stdout;
        assert!(help.contains("Example:"), "{name}");
        is(&format!("help_{name}"), &help);
        // Manual pages are made of the same.
        let page = folder.run(&["man", name]).success().stdout;
        assert!(page.contains(&format!(".TH surprisal-{name} 1")), "{page}");
    }
    assert_eq!(names.len(), 13, "{names:?}");
}

#[test]
fn completions() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.run(&["completions", shell]).success().stdout;
        assert!(script.contains("calibrate"), "{shell}");
    }
    let page = folder.run(&["man"]).success().stdout;
    assert!(page.contains(".TH surprisal 1"), "{page}");
    folder
        .run(&["man", "evla"])
        .fails_with("there is no command 'evla'");
}

/// A pipe has no colours unless they are asked for, and none where NO_COLOR says so.
#[test]
fn colours() {
    for (variable, is_coloured) in [("CLICOLOR_FORCE", true), ("NO_COLOR", false)] {
        let output = assert_cmd::cargo::cargo_bin_cmd!("surprisal")
            .env_remove("NO_COLOR")
            .env(variable, "1")
            .arg("--help")
            .output()
            .unwrap();
        assert_eq!(output.stdout.contains(&0x1b), is_coloured, "{variable}");
    }
}
