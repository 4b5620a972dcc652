//! Files larger than memory, and more of them than can be open.

use std::{
    fs::{self, File},
    process::{Command, Output},
};

use serde_json::Value;

use crate::{npy, program::Folder};

/// Runs a line of the shell in the folder: `$0` is the program, `$@` are the arguments.
fn shell(folder: &Folder, line: &str, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_surprisal");
    let mut command = Command::new("sh");
    command.args(["-c", line, program]).args(arguments);
    command.current_dir(folder.path("")).output().unwrap()
}

/// The report of an evaluation that went well.
fn report(output: Output) -> Value {
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Makes a file as long as its numbers are, which takes no room on the disk: they are zeros.
#[cfg(target_os = "linux")]
fn lengthen(folder: &Folder, name: &str, bytes: usize) {
    let path = folder.path(name);
    let header = fs::metadata(&path).unwrap().len();
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(header + bytes as u64).unwrap();
}

/// With four fifths of the memory that the file would take.
#[cfg(target_os = "linux")]
#[test]
fn larger_than_memory() {
    let (n_rows, n_classes) = (10_000, 32_000);
    let header = npy::file(1, "<V2", "False", &format!("{n_rows}, {n_classes}"), &[]);
    let folder = Folder::with(&header, &npy::i64s(&vec![7; n_rows]));
    lengthen(&folder, "logits.npy", n_rows * n_classes * 2);
    let line = "ulimit -v 500000; exec \"$0\" eval logits.npy labels.npy --threads=2 --format=json";
    // ln 32000, in f32.
    let mean = &report(shell(&folder, line, &[]))["loss_mean"];
    assert_eq!(*mean, 10.373491287231445);
}

/// A pipe that goes on for longer than there is memory for its row, and for its labels.
#[cfg(target_os = "linux")]
#[test]
fn pipes_larger_than_memory() {
    let header = |descr, shape| npy::file(1, descr, "False", shape, &[]);
    let folder = Folder::with(&header("<V2", "100000000, 1"), &npy::i64s(&[7]))
        .file("wide row", &header("<f4", "1, 200000000"))
        .file("many labels", &header("<i8", "100000000,"));
    lengthen(&folder, "logits.npy", 200_000_000);
    for (arguments, array) in [
        (["wide row", "-", "labels.npy"], "logits"),
        (["many labels", "logits.npy", "-"], "labels"),
    ] {
        let line = "ulimit -v 500000; { cat \"$1\"; cat /dev/zero; } | \"$0\" eval \"$2\" \"$3\" --threads=2";
        let output = shell(&folder, line, &arguments);
        let message = format!("error: {array} '-': not enough memory for 800000000 bytes\n");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), message);
        assert_eq!(output.status.code(), Some(2));
    }
}

/// Each shard is read when its turn comes.
#[test]
fn more_shards_than_can_be_open() {
    const N: usize = 100;
    let folder = Folder::new().file("labels.npy", &npy::i64s(&[1; N]));
    fs::create_dir(folder.path("parts")).unwrap();
    for number in 0..N {
        let row = [number as f64, 50.0, 0.0];
        let part = folder.path(&format!("parts/{number}.npy"));
        fs::write(part, npy::f64s(1, &row)).unwrap();
    }
    let line = "ulimit -n 40; exec \"$0\" eval parts labels.npy --format=json";
    let counted = &report(shell(&folder, line, &[]))["rows_counted"];
    assert_eq!(*counted, N);
}
