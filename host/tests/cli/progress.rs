//! What a terminal sees while the program is at work, and that nothing else does.

use std::{
    fs::{self, File},
    io::{Read, Write},
    os::{fd::AsFd, unix::ffi::OsStrExt},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::{npy, program::Folder};

const N_ROWS: usize = 40_000;

/// Rows for two windows of one thread.
fn folder() -> Folder {
    let logits: Vec<f32> = (0..N_ROWS * 50).map(|i| (i % 997) as f32 / 99.0).collect();
    Folder::with(&npy::f32s(N_ROWS, &logits), &npy::i64s(&vec![3; N_ROWS]))
}

fn program(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_surprisal"));
    command
        .current_dir(folder.path(""))
        .env("TERM", "xterm")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// A terminal of a hundred columns, and what is printed there, as it comes.
fn terminal() -> (File, Receiver<Vec<u8>>) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let path = std::ffi::OsStr::from_bytes(name.as_bytes());
    let terminal = File::options().read(true).write(true).open(path).unwrap();
    let size = Winsize {
        ws_row: 25,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal.as_fd(), size).unwrap();
    let (send, printed) = channel();
    thread::spawn(move || {
        let (mut master, mut buffer) = (File::from(master), [0; 4096]);
        // An error says that nobody is left who could print.
        while let Ok(n) = master.read(&mut buffer) {
            if send.send(buffer[..n].to_vec()).is_err() {
                break;
            }
        }
    });
    (terminal, printed)
}

/// Starts a program with standard error on a terminal.
fn start(folder: &Folder, arguments: &[&str]) -> (Child, Receiver<Vec<u8>>) {
    let (terminal, printed) = terminal();
    let child = program(folder, arguments).stderr(terminal).spawn().unwrap();
    (child, printed)
}

/// Logits from a pipe that stops in the middle: the first window is done, and the line says so.
#[test]
fn a_line_with_rate_and_time_left() {
    let folder = folder();
    let logits = fs::read(folder.path("logits.npy")).unwrap();
    for arguments in [
        &["eval", "-", "labels.npy"][..],
        &["grad", "-", "labels.npy", "--out=g.npy"],
        &["report", "-", "labels.npy", "--out=r.html"],
        &["calibrate", "-", "labels.npy"],
        &["compare", "-", "logits.npy", "labels.npy", "--resamples=0"],
    ] {
        let (mut child, printed) = start(&folder, &[arguments, &["--threads=1"]].concat());
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(&logits[..logits.len() * 3 / 5]).unwrap();
        let mut text = String::new();
        let line = loop {
            let more = printed.recv_timeout(Duration::from_mins(5)).unwrap();
            text.push_str(&String::from_utf8_lossy(&more));
            // 64 blocks of 327 rows, which are 2^20 numbers or few less, are a window.
            let done = text.rsplit_once("52% of 40,000 rows, ");
            if let Some((line, _)) = done.and_then(|(_, rest)| rest.split_once(" left")) {
                break line.to_owned();
            }
        };
        let (rate, left) = line.split_once(" a second, ").unwrap();
        assert!(rate.replace(',', "").parse::<u64>().is_ok(), "{line:?}");
        assert!(left.ends_with(['s', 'm', 'h', 'd', 'w', 'y']), "{line:?}");

        pipe.write_all(&logits[logits.len() * 3 / 5..]).unwrap();
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.code().is_some_and(|status| status < 2));
        text.extend(
            printed
                .iter()
                .map(|more| String::from_utf8_lossy(&more).into_owned()),
        );
        // The line is gone in the end: nothing but a sentence follows where it was erased.
        let (_, rest) = text.rsplit_once("\u{1b}[2K").unwrap();
        assert!(!rest.contains("rows"), "{rest:?}");
    }
}

#[test]
fn a_line_for_each_iteration_of_a_fit() {
    let folder = Folder::with(&[], &npy::i64s(&[0, 0, 1, 1]))
        .file("features.npy", &npy::f64s(4, &[0.0, 1.0, 2.0, 3.0]));
    let (child, printed) = start(&folder, &["fit", "features.npy", "labels.npy"]);
    assert!(child.wait_with_output().unwrap().status.success());
    let text: Vec<u8> = printed.iter().flatten().collect();
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("iteration 1: objective "), "{text:?}");
}

/// Standard output can be a terminal all the same.
#[test]
fn silent_where_standard_error_is_no_terminal() {
    let folder = folder();
    for arguments in [
        &["eval", "logits.npy", "labels.npy"][..],
        &["grad", "logits.npy", "labels.npy", "--out=g.npy"],
        &["compare", "logits.npy", "logits.npy", "labels.npy"],
    ] {
        let (terminal, printed) = terminal();
        let mut command = program(&folder, arguments);
        let child = command.stdout(terminal).stderr(Stdio::piped()).spawn();
        drop(command);
        let output = child.unwrap().wait_with_output().unwrap();
        assert!(output.status.success());
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        let text: Vec<u8> = printed.iter().flatten().collect();
        assert!(!String::from_utf8(text).unwrap().contains(" left"));
    }
}
