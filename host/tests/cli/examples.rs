//! The commands of the README and of the helps do what they say.

use std::fs;

use crate::{
    npy::{self, data},
    program::Folder,
};

/// Every file that a command names, made of the digits.
fn folder() -> Folder {
    let file = |name: &str| fs::read(data(name)).unwrap();
    let logits = file("digits_logits.npy");
    let groups = npy::i64s(&(0..1797).map(|row| row % 3).collect::<Vec<_>>());
    let names = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
    let mut folder = Folder::with(&logits, &file("digits_labels.npy"))
        .file("features.npy", &file("digits_features.npy"))
        .file("teacher.npy", &npy::f64s(1797, &vec![0.1; 17_970]))
        .file("labels.txt", names.as_bytes())
        .file("r.npy", &npy::weights(&[0.5; 1797]))
        .file(
            "parameters.json",
            br#"{"method": "temperature", "classes": 10, "temperature": 0.5}"#,
        );
    for name in ["new_logits.npy", "old.npy", "new.npy", "b.npy", "v.npy"] {
        folder = folder.file(name, &logits);
    }
    for name in ["split.npy", "languages.npy"] {
        folder = folder.file(name, &groups);
    }
    for name in ["weights.npy", "w.npy"] {
        folder = folder.file(name, &npy::weights(&[2.0; 10]));
    }
    folder
}

/// Runs the commands of a text, and tells how many there are.
fn run(text: &str) -> usize {
    let folder = folder();
    let digits = data("digits").into_os_string().into_string().unwrap();
    let text = text
        .replace("\\\n", " ")
        .replace("host/data/digits", &digits);
    let mut n_commands = 0;
    for line in text.lines() {
        let line = line.trim_start();
        let program = ["surprisal ", "cargo run --locked -- "];
        let command = program.iter().find_map(|name| line.strip_prefix(name));
        // A manifest names the package.
        let Some(command) = command.filter(|command| !command.starts_with('=')) else {
            continue;
        };
        // What is piped away or said about it.
        let command = command.split(['#', '>']).next().unwrap();
        let arguments: Vec<&str> = command.split_whitespace().collect();
        let run = folder.run(&arguments).success();
        let writes = ["--out", "--output", "--svg", "--losses"];
        let is_written = writes.iter().any(|option| arguments.contains(option));
        assert!(is_written || !run.stdout.is_empty(), "{line}");
        n_commands += 1;
    }
    n_commands
}

#[test]
fn of_the_readme() {
    let path = data("../../README.md");
    assert_eq!(run(&fs::read_to_string(path).unwrap()), 8);
}

#[test]
fn of_the_helps() {
    let folder = Folder::new();
    for name in [
        "apply",
        "calibrate",
        "compare",
        "completions",
        "eval",
        "fit",
        "grad",
        "hessian",
        "hvp",
        "man",
        "newton",
        "report",
        "solve",
    ] {
        let help = folder.run(&[name, "--help"]).success().stdout;
        let (_, examples) = help.split_once("Example:").unwrap();
        assert!(run(examples) > 0, "{name}");
    }
}
