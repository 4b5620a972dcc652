//! `grad`, `hessian` and `hvp` against the formulas in f64.

use crate::{
    npy::{self, Array},
    program::Folder,
};

const N_ROWS: usize = 4;
const N_CLASSES: usize = 3;
const LOGITS: [f64; 12] = [
    1.2,
    -0.8,
    -0.5,
    0.9,
    -1.2,
    1.1,
    2.0,
    0.25,
    -3.0,
    0.0,
    f64::NEG_INFINITY,
    0.5,
];
const LABELS: [i64; 4] = [0, 1, -100, 2];
const VECTORS: [f64; 12] = [
    1.0, 2.0, 3.0, -1.0, 0.5, 0.0, 7.0, 8.0, 9.0, 0.25, -4.0, 2.0,
];

fn folder() -> Folder {
    Folder::with(&npy::f64s(N_ROWS, &LOGITS), &npy::i64s(&LABELS))
        .file("vector.npy", &npy::f64s(N_ROWS, &VECTORS))
}

/// Gradients and dense Hessians, rows first.
fn expected() -> (Vec<f64>, Vec<f64>) {
    let (mut gradients, mut hessians) = (Vec::new(), Vec::new());
    for (row, label) in LOGITS.chunks(N_CLASSES).zip(LABELS) {
        let counted = f64::from(u8::from(label != -100));
        let sum: f64 = row.iter().map(|x| x.exp()).sum();
        let p: Vec<f64> = row.iter().map(|x| x.exp() / sum).collect();
        for (a, &pa) in p.iter().enumerate() {
            let hit = |yes: bool| f64::from(u8::from(yes));
            gradients.push(counted * (pa - hit(a as i64 == label)));
            hessians.extend(
                p.iter()
                    .enumerate()
                    .map(|(b, &pb)| counted * pa * (hit(a == b) - pb)),
            );
        }
    }
    (gradients, hessians)
}

#[track_caller]
fn close(values: &[f64], expected: &[f64]) {
    assert_eq!(values.len(), expected.len());
    for (value, expected) in values.iter().zip(expected) {
        assert!(
            (value - expected).abs() <= 1e-14 * expected.abs() + 1e-16,
            "{value} {expected}"
        );
    }
}

fn run(folder: &Folder, arguments: &[&str]) -> Array {
    let run = folder
        .run(&[arguments, &["--out", "out.npy"]].concat())
        .success();
    assert_eq!(run.stdout, "");
    Array::read(&folder.path("out.npy"))
}

#[test]
fn gradients() {
    let output = run(&folder(), &["grad", "logits.npy", "labels.npy"]);
    assert_eq!(output.shape, [N_ROWS, N_CLASSES]);
    close(&output.f64s(), &expected().0);
}

#[test]
fn hessians_in_every_form() {
    let folder = folder();
    let hessian = |form| {
        run(
            &folder,
            &["hessian", "logits.npy", "labels.npy", "--form", form],
        )
    };
    let dense = expected().1;
    let output = hessian("dense");
    assert_eq!(output.shape, [N_ROWS, N_CLASSES, N_CLASSES]);
    close(&output.f64s(), &dense);

    let diagonal: Vec<f64> = dense.chunks(9).flat_map(|h| [h[0], h[4], h[8]]).collect();
    let output = hessian("diagonal");
    assert_eq!(output.shape, [N_ROWS, N_CLASSES]);
    close(&output.f64s(), &diagonal);

    let packed: Vec<f64> = dense
        .chunks(9)
        .flat_map(|h| [h[0], h[3], h[4], h[6], h[7], h[8]])
        .collect();
    let output = hessian("packed");
    assert_eq!(output.shape, [N_ROWS, 6]);
    close(&output.f64s(), &packed);
}

#[test]
fn hessian_vector_products() {
    let output = run(
        &folder(),
        &["hvp", "logits.npy", "labels.npy", "--vector", "vector.npy"],
    );
    assert_eq!(output.shape, [N_ROWS, N_CLASSES]);
    let products: Vec<f64> = expected()
        .1
        .chunks(9)
        .zip(VECTORS.chunks(3))
        .flat_map(|(h, v)| h.chunks(3).map(|h| h[0] * v[0] + h[1] * v[1] + h[2] * v[2]))
        .collect();
    close(&output.f64s(), &products);
}

#[test]
fn a_mean_divides_by_the_counted_rows_of_the_whole_file() {
    let folder = folder();
    for arguments in [
        &["grad", "logits.npy", "labels.npy"][..],
        &["hessian", "logits.npy", "labels.npy", "--form", "dense"],
        &["hvp", "logits.npy", "labels.npy", "--vector", "vector.npy"],
    ] {
        let with = |reduction| run(&folder, &[arguments, &["--reduction", reduction]].concat());
        let sum = with("sum");
        assert_eq!(sum, with("none"));
        let mean = with("mean");
        assert_eq!(mean.shape, sum.shape);
        let thirds: Vec<f64> = sum.f64s().iter().map(|value| value / 3.0).collect();
        close(&mean.f64s(), &thirds);
    }
}

#[test]
fn outputs_keep_the_type_of_the_logits() {
    let logits: Vec<f32> = LOGITS.iter().map(|&x| x as f32).collect();
    let folder = Folder::with(&npy::f32s(N_ROWS, &logits), &npy::i64s(&LABELS));
    let output = run(&folder, &["grad", "logits.npy", "labels.npy"]).f32s();
    for (value, expected) in output.iter().zip(expected().0) {
        assert!((f64::from(*value) - expected).abs() < 1e-7);
    }
}

#[test]
fn no_row_counted_is_all_zeros_also_as_a_mean() {
    let folder = Folder::with(&npy::f64s(N_ROWS, &LOGITS), &npy::i64s(&[-100; N_ROWS]));
    let output = run(
        &folder,
        &["grad", "logits.npy", "labels.npy", "--reduction", "mean"],
    );
    assert_eq!(output.f64s(), [0.0; 12]);

    let folder = Folder::with(&npy::file(1, "<f8", "False", "0, 3", &[]), &npy::i64s(&[]));
    let output = run(
        &folder,
        &["hessian", "logits.npy", "labels.npy", "--form", "packed"],
    );
    assert_eq!((output.shape, output.data), (vec![0, 6], vec![]));
}

/// More numbers than are held at once: the parts follow one another without a gap.
#[test]
fn outputs_of_several_parts() {
    const ROWS: usize = 60;
    const CLASSES: usize = 300;
    let logits: Vec<f32> = (0..ROWS * CLASSES)
        .map(|i| ((i * 7919) % 1000) as f32 / 100.0)
        .collect();
    let labels: Vec<i64> = (0..ROWS as i64).collect();
    let folder = Folder::with(&npy::f32s(ROWS, &logits), &npy::i64s(&labels));
    let form = |form| {
        run(
            &folder,
            &["hessian", "logits.npy", "labels.npy", "--form", form],
        )
        .f32s()
    };
    let (dense, diagonal) = (form("dense"), form("diagonal"));
    assert_eq!(dense.len(), ROWS * CLASSES * CLASSES);
    for (entry, diagonal) in diagonal.iter().enumerate() {
        let (row, class) = (entry / CLASSES, entry % CLASSES);
        assert_eq!(dense[(row * CLASSES + class) * CLASSES + class], *diagonal);
    }
}

/// Of a row (3, 3), H is [1, -1; -1, 1] / 4, with the eigenvalues 0 and 1/2.
fn two_equal() -> Folder {
    Folder::with(&npy::f64s(2, &[3.0; 4]), &npy::i64s(&[0, -100]))
        .file("vector.npy", &npy::f64s(2, &[1.0, 0.0, 1.0, 0.0]))
}

#[test]
fn forms_that_are_no_matrix() {
    for (form, shape, expected) in [
        ("trace", vec![2], vec![0.5, 0.0]),
        ("frobenius-norm", vec![2], vec![0.5, 0.0]),
        ("eigenvalues", vec![2, 2], vec![0.0, 0.5, 0.0, 0.0]),
        ("ldl", vec![2, 3], vec![0.25, -1.0, 0.0, 0.0, 0.0, 0.0]),
        ("cholesky", vec![2, 3], vec![0.5, -0.5, 0.0, 0.0, 0.0, 0.0]),
    ] {
        let arguments = ["hessian", "logits.npy", "labels.npy", "--form", form];
        let output = run(&two_equal(), &arguments);
        assert_eq!(output.shape, shape, "{form}");
        assert_eq!(output.f64s(), expected, "{form}");
    }
}

#[test]
fn steps_and_solutions() {
    let with = |command: &'static str, options: &[&'static str]| {
        let arguments = [&[command, "logits.npy", "labels.npy"], options].concat();
        run(&two_equal(), &arguments).f64s()
    };
    assert_eq!(with("newton", &[]), [1.0, -1.0, 0.0, 0.0]);
    // g is (-1, 1) / 2, an eigenvector for 1/2.
    assert_eq!(with("newton", &["--damping=0.5"]), [0.5, -0.5, 0.0, 0.0]);
    // (1, 0) is half of (1, 1), for 0, and half of (1, -1). The ignored row is damped alone.
    let solution = with("solve", &["--vector=vector.npy", "--damping=0.5"]);
    assert_eq!(solution, [1.5, 0.5, 2.0, 0.0]);
}

#[test]
fn what_cannot_be_solved() {
    let folder = two_equal();
    let indefinite = "row 0: the Hessian is not positive definite, which damped_solve needs";
    for (damping, message) in [
        ("--damping=0", indefinite),
        ("--damping=-1", indefinite),
        ("--damping=nan", "row 0: lambda is NaN, must be finite"),
    ] {
        let arguments = [
            "logits.npy",
            "labels.npy",
            "--vector=vector.npy",
            "--out=out.npy",
        ];
        let refused = folder.run(&[&["solve", damping], &arguments[..]].concat());
        refused.fails_with(message);
        assert!(!folder.path("out.npy").exists());
    }
}
