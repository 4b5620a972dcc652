//! Whatever ends the program while it writes, the output is whole or as it was.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::{npy, program::Folder};

/// Enough rows to be interrupted in.
fn folder() -> Folder {
    let n_rows = 20_000;
    let logits: Vec<f32> = (0..n_rows * 50).map(|i| (i % 997) as f32 / 99.0).collect();
    Folder::with(&npy::f32s(n_rows, &logits), &npy::i64s(&vec![3; n_rows]))
}

fn start(folder: &Folder, logits: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_surprisal"))
        .current_dir(folder.path(""))
        .args(["grad", logits, "labels.npy", "--out", "out.npy"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn is_temporary(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ending| ending == "tmp")
}

#[test]
fn killed_at_any_moment() {
    let folder = folder();
    assert!(start(&folder, "logits.npy").wait().unwrap().success());
    let whole = fs::read(folder.path("out.npy")).unwrap();
    let (mut state, mut killed_before_the_end) = (1_u32, 0);
    for _ in 0..20 {
        fs::remove_file(folder.path("out.npy")).unwrap_or_default();
        let mut child = start(&folder, "logits.npy");
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        thread::sleep(Duration::from_micros(u64::from(state >> 17)));
        child.kill().unwrap();
        child.wait().unwrap();
        match fs::read(folder.path("out.npy")) {
            Ok(bytes) => assert!(bytes == whole),
            Err(_) => killed_before_the_end += 1,
        }
    }
    assert!(killed_before_the_end > 0);
    // What is left behind goes by a name of its own.
    fs::remove_file(folder.path("out.npy")).unwrap_or_default();
    let others = folder
        .names()
        .into_iter()
        .filter(|name| !is_temporary(name));
    assert!(others.eq(["labels.npy", "logits.npy"]));
}

#[cfg(unix)]
#[test]
fn interrupted_and_terminated() {
    let folder = folder().file("out.npy", b"precious");
    for signal in ["INT", "TERM"] {
        // Logits from a pipe that stops in the middle: it waits for the others until the signal.
        let mut child = start(&folder, "-");
        let mut pipe = child.stdin.take().unwrap();
        let logits = fs::read(folder.path("logits.npy")).unwrap();
        pipe.write_all(&logits[..logits.len() / 2]).unwrap();
        let has_begun = || folder.names().iter().any(|name| is_temporary(name));
        while !has_begun() {
            thread::sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        let status = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(status.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        assert_eq!(folder.names(), ["labels.npy", "logits.npy", "out.npy"]);
        assert_eq!(fs::read(folder.path("out.npy")).unwrap(), b"precious");
    }
}
