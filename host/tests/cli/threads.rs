//! The number of threads is the one that is asked for, and changes no bit.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    npy,
    program::{Folder, Run},
};

/// Rows enough for many blocks, with losses of all magnitudes so that the order of a sum shows.
fn folder() -> Folder {
    let (n_rows, n_classes) = (6000, 37);
    let mut state = 1_u64;
    let mut random = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let logits: Vec<f32> = (0..n_rows * n_classes)
        .map(|_| (random() - 0.5) * 20.0 * random())
        .collect();
    let labels: Vec<i64> = (0..n_rows)
        .map(|row| {
            if row % 11 == 0 {
                -100
            } else {
                (random() * n_classes as f32) as i64
            }
        })
        .collect();
    let vector: Vec<f32> = logits.iter().map(|x| x * 0.25 + 1.0).collect();
    let targets: Vec<f32> = logits.iter().map(|x| x.abs() * 0.01).collect();
    Folder::with(&npy::f32s(n_rows, &logits), &npy::i64s(&labels))
        .file("vector.npy", &npy::f32s(n_rows, &vector))
        .file("targets.npy", &npy::f32s(n_rows, &targets))
        .file("classes.npy", &npy::weights(&weights(n_classes)))
        .file("rows.npy", &npy::weights(&weights(n_rows)))
}

/// While the program waits for more of its logits, it has the threads that it was asked for: more than
/// there are processors.
#[cfg(target_os = "linux")]
#[test]
fn as_many_as_are_asked_for() {
    let folder = folder();
    let logits = fs::read(folder.path("logits.npy")).unwrap();
    for n in [1, 3, 40] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_surprisal"))
            .args(["eval", "-", "labels.npy", &format!("--threads={n}")])
            .current_dir(folder.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(&logits[..1000]).unwrap();
        let tasks = format!("/proc/{}/task", child.id());
        // Those that compute, that which waits for them, and that which reads.
        let start = Instant::now();
        while fs::read_dir(&tasks).unwrap().count() < n + 2 {
            assert!(start.elapsed() < Duration::from_mins(1), "{n} threads");
            thread::sleep(Duration::from_millis(5));
        }
        pipe.write_all(&logits[1000..]).unwrap();
        drop(pipe);
        assert!(child.wait().unwrap().success());
    }
}

/// Weights of many magnitudes: their sums show their order as well.
fn weights(len: usize) -> Vec<f64> {
    let tenths = (0..len).map(|i| ((i * 7919) % 101) as f64 / 10.0);
    tenths.map(f64::exp).collect()
}

/// Every option of the loss, with labels and with target probabilities.
const OPTIONS: [&[&str]; 2] = [
    &[
        "--class-weights=classes.npy",
        "--row-weights=rows.npy",
        "--ignore-label=-100",
        "--ignore-label=3",
        "--label-smoothing=0.1",
        "--smoothing-convention=others",
        "--z-loss=1e-3",
        "--softcap=20",
        "--temperature=1.5",
    ],
    &[
        "--targets=targets.npy",
        "--class-weights=classes.npy",
        "--row-weights=rows.npy",
        "--label-smoothing=0.1",
        "--z-loss=1e-3",
        "--softcap=20",
        "--temperature=1.5",
    ],
];

/// Two rows, each of them work for several threads.
fn wide_folder() -> Folder {
    let n_classes = 70_001;
    let logits: Vec<f32> = (0..2 * n_classes)
        .map(|i| ((i * 7919) % 10_007) as f32 / 500.0)
        .collect();
    let targets: Vec<f32> = logits.iter().map(|x| x * 0.01).collect();
    Folder::with(&npy::f32s(2, &logits), &npy::i64s(&[3, 70_000]))
        .file("targets.npy", &npy::f32s(2, &targets))
        .file("classes.npy", &npy::weights(&weights(n_classes)))
        .file("rows.npy", &npy::weights(&weights(2)))
}

fn same(arguments: &[&str]) {
    same_in(&folder(), arguments);
}

fn same_in(folder: &Folder, arguments: &[&str]) {
    let results: Vec<(String, Vec<u8>)> = ["1", "2", "3", "5", "0"]
        .iter()
        .map(|threads| {
            let Run { stdout, .. } = folder
                .run(&[arguments, &["--threads", threads]].concat())
                .success();
            (stdout, fs::read(folder.path("out.npy")).unwrap())
        })
        .collect();
    assert!(
        results.iter().all(|result| *result == results[0]),
        "{arguments:?}"
    );
}

#[test]
fn wide_rows() {
    let folder = wide_folder();
    let eval = ["eval", "logits.npy", "labels.npy"];
    same_in(
        &folder,
        &[&eval[..], &["--format", "json", "--losses", "out.npy"]].concat(),
    );
    let grad = ["grad", "logits.npy", "labels.npy", "--out", "out.npy"];
    same_in(&folder, &grad);
    for options in OPTIONS {
        let json = ["--format", "json", "--losses", "out.npy"];
        same_in(&folder, &[&eval[..], &json, options].concat());
        let mean = ["--reduction", "mean"];
        same_in(&folder, &[&grad[..], &mean, options].concat());
    }
}

#[test]
fn options_of_the_loss() {
    let folder = folder();
    for options in OPTIONS {
        for command in [
            &["eval", "--format=json", "--losses=out.npy"][..],
            &["grad", "--reduction=mean", "--out=out.npy"],
            &[
                "hvp",
                "--reduction=mean",
                "--vector=vector.npy",
                "--out=out.npy",
            ],
            &[
                "hessian",
                "--reduction=mean",
                "--form=diagonal",
                "--out=out.npy",
            ],
            &[
                "hessian",
                "--reduction=mean",
                "--form=packed",
                "--out=out.npy",
            ],
            &["hessian", "--form=dense", "--out=out.npy"],
        ] {
            let files = ["logits.npy", "labels.npy"];
            same_in(&folder, &[command, &files, options].concat());
        }
    }
}

#[test]
fn evaluation() {
    same(&[
        "eval",
        "logits.npy",
        "labels.npy",
        "--format",
        "json",
        "--losses",
        "out.npy",
    ]);
    same(&[
        "eval",
        "logits.npy",
        "labels.npy",
        "--reduction",
        "sum",
        "--losses",
        "out.npy",
    ]);
}

#[test]
fn derivatives() {
    same(&[
        "grad",
        "logits.npy",
        "labels.npy",
        "--out",
        "out.npy",
        "--reduction",
        "mean",
    ]);
    same(&[
        "hvp",
        "logits.npy",
        "labels.npy",
        "--out",
        "out.npy",
        "--vector",
        "vector.npy",
        "--reduction",
        "mean",
    ]);
    for form in ["diagonal", "packed", "dense"] {
        same(&[
            "hessian",
            "logits.npy",
            "labels.npy",
            "--out",
            "out.npy",
            "--form",
            form,
        ]);
    }
}
