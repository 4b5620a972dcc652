//! The number of threads changes no bit.

use std::fs;

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
    Folder::with(&npy::f32s(n_rows, &logits), &npy::i64s(&labels)).file(
        "vector.npy",
        &npy::f32s(
            n_rows,
            &logits.iter().map(|x| x * 0.25 + 1.0).collect::<Vec<_>>(),
        ),
    )
}

/// Two rows, each of them work for several threads.
fn wide_folder() -> Folder {
    let n_classes = 70_001;
    let logits: Vec<f32> = (0..2 * n_classes)
        .map(|i| ((i * 7919) % 10_007) as f32 / 500.0)
        .collect();
    Folder::with(&npy::f32s(2, &logits), &npy::i64s(&[3, 70_000]))
}

fn same(arguments: &[&str]) {
    same_in(&folder(), arguments);
}

fn same_in(folder: &Folder, arguments: &[&str]) {
    let results: Vec<(String, Vec<u8>)> = ["1", "2", "5", "0"]
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
    same_in(
        &folder,
        &["grad", "logits.npy", "labels.npy", "--out", "out.npy"],
    );
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
