//! Running the program in a folder of its own.

use std::{ffi::OsStr, fs, path::PathBuf};

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with the input files of a test, in which the program runs.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with `logits.npy` and `labels.npy`.
    pub(crate) fn with(logits: &[u8], labels: &[u8]) -> Self {
        Self::new()
            .file("logits.npy", logits)
            .file("labels.npy", labels)
    }

    pub(crate) fn file(self, name: &str, bytes: &[u8]) -> Self {
        fs::write(self.path(name), bytes).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Names of the files there are, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Run {
        let mut command = cargo_bin_cmd!("surprisal");
        let output = command
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap();
        Run {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs `eval` on the folder's two files.
    pub(crate) fn eval(&self, options: &[&str]) -> Run {
        self.run(&[&["eval", "logits.npy", "labels.npy"], options].concat())
    }

    /// Runs `eval` with JSON output, which must succeed.
    pub(crate) fn json(&self, options: &[&str]) -> Value {
        self.eval(&[&["--format", "json"], options].concat()).json()
    }
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Status 0 and a silent standard error.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        assert_eq!((self.status, self.stderr.as_str()), (Some(0), ""));
        self
    }

    /// The JSON object on standard output of a run with status 0.
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.success().stdout).unwrap()
    }

    /// Status 2, nothing on standard output and this one line on standard error.
    #[track_caller]
    pub(crate) fn fails_with(self, message: &str) {
        assert_eq!(self.stderr, format!("error: {message}\n"));
        assert_eq!((self.status, self.stdout.as_str()), (Some(2), ""));
    }
}
