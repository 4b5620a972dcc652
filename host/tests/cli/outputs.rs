//! An output is there as a whole or not at all, and only where it may be.

use std::{fs, io::Read, process::Stdio};

use surprisal_host::Sink;

use crate::{
    npy::{self, Array},
    program::Folder,
};

fn folder() -> Folder {
    Folder::with(&npy::f32s(2, &[1.0, 0.0, -1.0, 0.5]), &npy::i64s(&[0, 1]))
}

fn grad(out: &str) -> [&str; 5] {
    ["grad", "logits.npy", "labels.npy", "--out", out]
}

#[test]
fn an_existing_file_is_replaced() {
    let folder = folder().file("out.npy", b"old");
    folder.run(&grad("out.npy")).success();
    assert_eq!(Array::read(&folder.path("out.npy")).shape, [2, 2]);
    assert_eq!(folder.names(), ["labels.npy", "logits.npy", "out.npy"]);
}

#[test]
fn places_that_cannot_be_written() {
    let folder = folder();
    fs::create_dir(folder.path("folder")).unwrap();
    for (out, message) in [
        ("nowhere/out.npy", "No such file or directory (os error 2)"),
        ("logits.npy/out.npy", "Not a directory (os error 20)"),
        ("folder", "is a folder"),
        ("..", "is a folder"),
        ("nowhere/..", "is not the name of a file"),
    ] {
        let run = folder.run(&grad(out));
        assert_eq!(run.status, Some(2), "{run:?}");
        let start = format!("error: output '{out}': {message}");
        assert!(run.stderr.starts_with(&start), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1);
    }
    assert_eq!(folder.names(), ["folder", "labels.npy", "logits.npy"]);
    assert_eq!(fs::read_dir(folder.path("folder")).unwrap().count(), 0);
}

/// Nothing is computed for a place that will not do.
#[test]
fn places_are_looked_at_first() {
    let folder = folder();
    for (place, message) in [
        ("nowhere/out.npy", "No such file or directory (os error 2)"),
        ("logits.npy/out.npy", "Not a directory (os error 20)"),
    ] {
        let path = folder.path(place);
        let error = Sink::<f32>::create(&path, &[1, 2], &[]).unwrap_err();
        let said = error.to_string();
        let start = format!("output '{}': {message}", path.display());
        assert!(said.starts_with(&start), "{said}");
    }
}

#[test]
fn a_read_only_file_is_left_alone() {
    let folder = folder().file("out.npy", b"precious");
    let path = folder.path("out.npy");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    folder
        .run(&grad("out.npy"))
        .fails_with("output 'out.npy': is read-only");
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[test]
fn an_input_is_no_output() {
    let folder = folder().file("v.npy", &npy::f32s(2, &[0.0; 4]));
    let before = fs::read(folder.path("logits.npy")).unwrap();
    for (out, array) in [
        ("logits.npy", "logits"),
        ("./labels.npy", "labels"),
        ("v.npy", "vector"),
    ] {
        folder
            .run(&[
                "hvp",
                "logits.npy",
                "labels.npy",
                "--vector",
                "v.npy",
                "--out",
                out,
            ])
            .fails_with(&format!("output '{out}': is the file of the {array}"));
    }
    folder
        .eval(&["--losses", "labels.npy"])
        .fails_with("output 'labels.npy': is the file of the labels");
    assert_eq!(fs::read(folder.path("logits.npy")).unwrap(), before);
    assert_eq!(folder.names(), ["labels.npy", "logits.npy", "v.npy"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_are_followed() {
        let folder = folder().file("target.npy", b"old");
        symlink("logits.npy", folder.path("to_logits")).unwrap();
        symlink("target.npy", folder.path("to_target")).unwrap();
        folder
            .run(&grad("to_logits"))
            .fails_with("output 'to_logits': is the file of the logits");
        folder.run(&grad("to_target")).success();
        assert!(folder.path("to_target").is_symlink());
        assert_eq!(Array::read(&folder.path("target.npy")).shape, [2, 2]);
    }

    #[test]
    fn a_device_is_not_replaced_by_a_file() {
        folder()
            .run(&grad("/dev/null"))
            .fails_with("output '/dev/null': is not a regular file");
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn permissions_are_those_of_a_new_file_or_of_the_old_one() {
        let folder = folder().file("plain", b"").file("old.npy", b"old");
        let mode = |name: &str| {
            fs::metadata(folder.path(name))
                .unwrap()
                .permissions()
                .mode()
        };
        folder.run(&grad("new.npy")).success();
        assert_eq!(mode("new.npy"), mode("plain"));
        fs::set_permissions(folder.path("old.npy"), fs::Permissions::from_mode(0o640)).unwrap();
        folder.run(&grad("old.npy")).success();
        assert_eq!(mode("old.npy") & 0o777, 0o640);
    }

    /// A limit on the size of files is a disk that is full: the signal that comes with it is ignored.
    #[test]
    fn a_disk_that_is_full_leaves_the_output_as_it_was() {
        let n_rows = 100_000;
        let logits = npy::f32s(n_rows, &vec![0.5; n_rows * 50]);
        let folder =
            Folder::with(&logits, &npy::i64s(&vec![3; n_rows])).file("out.npy", b"precious");
        let mut command = std::process::Command::new("sh");
        let script = "trap '' XFSZ; ulimit -f 16384; exec \"$0\" \"$@\"";
        command.args(["-c", script, env!("CARGO_BIN_EXE_surprisal")]);
        let output = command
            .args(grad("out.npy"))
            .current_dir(folder.path(""))
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        let start = "error: output 'out.npy': File too large (os error 27)";
        assert!(message.starts_with(start), "{message}");
        assert_eq!(message.lines().count(), 1);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(folder.names(), ["labels.npy", "logits.npy", "out.npy"]);
        assert_eq!(fs::read(folder.path("out.npy")).unwrap(), b"precious");
    }

    #[test]
    fn a_report_that_cannot_be_printed_leaves_no_losses() {
        // A device that is always full; not every Unix has one.
        let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
            return;
        };
        let folder = folder();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_surprisal"));
        command
            .current_dir(folder.path(""))
            .stdout(full)
            .stderr(Stdio::piped());
        command.args(["eval", "logits.npy", "labels.npy", "--losses", "out.npy"]);
        let output = command.output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            message,
            "error: standard output: No space left on device (os error 28)\n"
        );
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(folder.names(), ["labels.npy", "logits.npy"]);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = folder();
    for format in ["table", "json"] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_surprisal"));
        command
            .current_dir(folder.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.args(["eval", "logits.npy", "labels.npy", "--losses", "out.npy"]);
        let mut child = command.args(["--format", format]).spawn().unwrap();
        drop(child.stdout.take());
        let mut message = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut message)
            .unwrap();
        assert_eq!(
            (child.wait().unwrap().code(), message.as_str()),
            (Some(0), "")
        );
        assert_eq!(folder.names(), ["labels.npy", "logits.npy", "out.npy"]);
    }
}
