//! Files that lie, of every format but npy (whose are in `bad_input`): each is an error in one line,
//! exit status 2, within bounded memory.
//!
//! `tests/hostile/list.tsv` says what each of them tries, and how its message begins: what follows is
//! the word of another package.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{npy, program::Folder};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile")
}

/// Runs the program; under Linux with a gigabyte of addresses.
fn eval(folder: &Folder, logits: &str, labels: &str) -> (Option<i32>, String, String) {
    let program = env!("CARGO_BIN_EXE_surprisal");
    let mut command = if cfg!(target_os = "linux") {
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -v 1000000; exec \"$0\" \"$@\"", program]);
        shell
    } else {
        Command::new(program)
    };
    command.args(["eval", logits, labels, "--threads=2"]);
    let output = command.current_dir(folder.path("")).output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code(), stdout, stderr)
}

#[test]
fn files_that_lie() {
    let list = fs::read_to_string(folder().join("list.tsv")).unwrap();
    let hostile = Folder::with(&npy::f32s(2, &[0.0; 6]), &npy::i64s(&[0, 0]));
    let mut names = Vec::new();
    for line in list.lines() {
        let [name, tries, message] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        fs::copy(folder().join("files").join(name), hostile.path(name)).unwrap();
        // Files of labels are all those that can't hold anything else.
        let is_labels = name.contains(".csv") || name.starts_with("labels_");
        let (status, stdout, stderr) = if is_labels {
            eval(&hostile, "logits.npy", name)
        } else {
            eval(&hostile, name, "labels.npy")
        };
        let start = format!("error: {message}");
        assert!(stderr.starts_with(&start), "{name}, {tries}: {stderr}");
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{name}, {tries}");
        assert_eq!(stderr.lines().count(), 1, "{name}, {tries}: {stderr}");
        names.push(name.to_owned());
    }
    let files = fs::read_dir(folder().join("files")).unwrap();
    let mut files: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    names.sort();
    assert_eq!(files, names);
}
