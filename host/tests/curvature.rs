//! Hessians as values, over batches: each output against the derivatives of the same batch.
#![forbid(unsafe_code)]

use std::num::NonZeroUsize;

use rayon::ThreadPoolBuilder;
use surprisal::{Denominator, Reduction};
use surprisal_host::{
    Batch, Curvature, Error, Form, Labels, Objective, Role, Rows, Targets, Weights,
};

const ROWS: usize = 300;
const CLASSES: usize = 7;
const IGNORED: i64 = -100;

fn numbers(seed: usize) -> Vec<f64> {
    let entries = 0..ROWS * CLASSES;
    entries
        .map(|i| ((i * 7919 + i / CLASSES * 613 + seed) % 4093) as f64 / 512.0 - 4.0)
        .collect()
}

fn rows(role: Role, seed: usize) -> Rows<f64> {
    Rows::new(role, numbers(seed), CLASSES).unwrap()
}

fn batch_of(objective: Objective) -> Batch<f64> {
    let label = |row: usize| {
        if row % 11 == 3 {
            IGNORED
        } else {
            (row % CLASSES) as i64
        }
    };
    let labels: Vec<i64> = (0..ROWS).map(label).collect();
    Batch::new(rows(Role::Logits, 5), Labels::from(labels), objective).unwrap()
}

/// Weights, and a row of targets that is no label.
fn batch() -> Batch<f64> {
    let weights = (0..ROWS).map(|row| (row % 5 + 1) as f64 / 4.0).collect();
    batch_of(Objective {
        row_weights: Some(Weights::new(Role::RowWeights, weights)),
        ignored_labels: vec![IGNORED],
        ..Objective::default()
    })
}

fn mean() -> Reduction {
    Reduction::Mean(Denominator::Given(8.0))
}

fn compute(batch: &Batch<f64>, form: Form<'_, f64>) -> Result<Vec<f64>, Error> {
    let derivative = batch.derivative(form, mean())?;
    let mut whole = Vec::new();
    derivative.compute(|part| {
        whole.extend_from_slice(part);
        Ok(())
    })?;
    assert_eq!(whole.len(), derivative.shape().iter().product::<usize>());
    Ok(whole)
}

fn curvature(batch: &Batch<f64>, what: Curvature<'_, f64>) -> Vec<f64> {
    compute(batch, Form::Curvature(what)).unwrap()
}

fn in_rows(numbers: &[f64]) -> impl Iterator<Item = &[f64]> {
    numbers.chunks_exact(CLASSES)
}

/// Within some roundings of sums of seven terms of the size given.
#[track_caller]
fn close(actual: f64, expected: f64, size: f64) {
    assert!(
        (actual - expected).abs() <= 1e-13 * size,
        "{actual:?}, not {expected:?}"
    );
}

#[test]
fn numbers_of_rows() {
    let batch = batch();
    let diagonals = compute(&batch, Form::HessianDiagonal).unwrap();
    let matrices = compute(&batch, Form::HessianDense).unwrap();
    let vectors = rows(Role::Vector, 77);
    let products = compute(&batch, Form::HessianVectorProduct(&vectors)).unwrap();
    let actual = [
        Curvature::Trace,
        Curvature::FrobeniusNorm,
        Curvature::QuadraticForm(&vectors),
        Curvature::Eigenvalues,
        Curvature::LogDeterminant(0.25),
        Curvature::LogPseudoDeterminant,
    ]
    .map(|what| curvature(&batch, what));
    for row in 0..ROWS {
        let of_row = row * CLASSES..(row + 1) * CLASSES;
        let trace: f64 = diagonals[of_row.clone()].iter().sum();
        let matrix = &matrices[row * CLASSES * CLASSES..][..CLASSES * CLASSES];
        let squares: f64 = matrix.iter().map(|entry| entry * entry).sum();
        let vector = vectors.slice(row..row + 1);
        let terms = || {
            vector
                .iter()
                .zip(&products[of_row.clone()])
                .map(|(v, p)| v * p)
        };
        close(actual[0][row], trace, trace);
        close(actual[1][row], squares.sqrt(), trace);
        let eigenvalues = &actual[3][of_row.clone()];
        assert!(eigenvalues.is_sorted());
        close(eigenvalues.iter().sum(), trace, trace);
        let of_squares: f64 = eigenvalues.iter().map(|mu| mu * mu).sum();
        close(of_squares, squares, squares);
        let logarithms = || eigenvalues.iter().map(|mu| (mu + 0.25).ln());
        close(
            actual[4][row],
            logarithms().sum(),
            logarithms().map(f64::abs).sum(),
        );
        // The first is the zero of constant vectors; of an ignored row all are zero.
        if row % 11 != 3 {
            let logarithms = || eigenvalues[1..].iter().map(|mu| mu.ln());
            close(
                actual[5][row],
                logarithms().sum(),
                logarithms().map(f64::abs).sum(),
            );
        }
        close(actual[2][row], terms().sum(), terms().map(f64::abs).sum());
    }
}

#[test]
fn solves_are_undone() {
    let batch = batch();
    let vectors = rows(Role::Vector, 77);
    let gradients = compute(&batch, Form::Gradient).unwrap();
    let gradients = Rows::new(Role::Vector, gradients, CLASSES).unwrap();
    let lambda = 0.0625;
    for (solution, of) in [
        (
            curvature(&batch, Curvature::DampedSolve(lambda, &vectors)),
            &vectors,
        ),
        // The step goes down the gradient.
        (
            curvature(&batch, Curvature::LevenbergMarquardtStep(lambda))
                .iter()
                .map(|step| -step)
                .collect(),
            &gradients,
        ),
    ] {
        let solution = Rows::new(Role::Vector, solution, CLASSES).unwrap();
        let products = compute(&batch, Form::HessianVectorProduct(&solution)).unwrap();
        for (row, products) in in_rows(&products).enumerate() {
            let x = solution.slice(row..row + 1);
            let size: f64 = x.iter().map(|x| x.abs()).sum();
            for (class, &b) in of.slice(row..row + 1).iter().enumerate() {
                close(products[class] + lambda * x[class], b, size);
            }
        }
    }
}

#[test]
fn factors_and_roots() {
    let batch = batch();
    let packed = CLASSES * (CLASSES + 1) / 2;
    let matrices = compute(&batch, Form::HessianDense).unwrap();
    let [ldl, cholesky] = [Curvature::Ldl, Curvature::Cholesky].map(|what| curvature(&batch, what));
    for (row, matrix) in matrices.chunks_exact(CLASSES * CLASSES).enumerate() {
        let at = |of: &[f64], i: usize, j: usize| of[row * packed + i * (i + 1) / 2 + j];
        for (i, j) in (0..CLASSES).flat_map(|i| (0..=i).map(move |j| (i, j))) {
            let lower = |i, k| if i == k { 1.0 } else { at(&ldl, i, k) };
            let of_ldl: f64 = (0..=j)
                .map(|k| lower(i, k) * lower(j, k) * at(&ldl, k, k))
                .sum();
            let of_cholesky: f64 = (0..=j)
                .map(|k| at(&cholesky, i, k) * at(&cholesky, j, k))
                .sum();
            let size = matrix[i * CLASSES + i].max(matrix[j * CLASSES + j]);
            close(of_ldl, matrix[i * CLASSES + j], size);
            close(of_cholesky, matrix[i * CLASSES + j], size);
        }
    }

    let vectors = rows(Role::Vector, 77);
    let transposed = curvature(&batch, Curvature::RootTransposedProduct(&vectors));
    let transposed = Rows::new(Role::Vector, transposed, CLASSES).unwrap();
    let twice = curvature(&batch, Curvature::RootProduct(&transposed));
    let products = compute(&batch, Form::HessianVectorProduct(&vectors)).unwrap();
    let inverses = Rows::new(Role::Vector, products.clone(), CLASSES).unwrap();
    let inverses = curvature(&batch, Curvature::PseudoInverseProduct(&inverses));
    for row in 0..ROWS {
        let vector = vectors.slice(row..row + 1);
        let size: f64 = vector.iter().map(|v| v.abs()).sum();
        let mean: f64 = vector.iter().sum::<f64>() / CLASSES as f64;
        for (class, v) in vector.iter().enumerate() {
            let i = row * CLASSES + class;
            close(twice[i], products[i], size);
            // H^+ H takes the mean away, as far as the smallest probability, 4e-4 here, lets it.
            let expected = if batch.counts(row) { v - mean } else { 0.0 };
            close(inverses[i], expected, 2500.0 * size);
        }
    }
}

/// Columns have the Hessian as their covariance: over 300 rows of 4 columns the sum of squares is
/// within 5 of its standard deviations of the sum of traces, and another seed gives other columns.
#[test]
fn random_columns() {
    let batch = batch();
    let factor = |seed| {
        let columns = NonZeroUsize::new(4).unwrap();
        curvature(&batch, Curvature::MonteCarloFactor { columns, seed })
    };
    let (columns, others) = (factor(1), factor(2));
    assert_ne!(columns, others);
    let trace: f64 = curvature(&batch, Curvature::Trace).iter().sum();
    for columns in [columns, others] {
        let squares: f64 = columns.iter().map(|entry| entry * entry).sum();
        // |p - e_k|^2 is at most 2, so a column's square deviates by less than its weight / 16,
        // which is at most 5 / 128; 4 of 300 rows each.
        let deviation = 2.0 * 5.0 / 32.0 / 8.0 * (300.0_f64 / 4.0).sqrt();
        assert!(
            (squares - trace).abs() <= 5.0 * deviation,
            "{squares} beside {trace}"
        );
    }
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let batch = batch();
    let columns = NonZeroUsize::new(3).unwrap();
    let vectors = rows(Role::Vector, 77);
    for what in [
        Curvature::DampedSolve(1e-3, &vectors),
        Curvature::NewtonStep,
        Curvature::MonteCarloFactor { columns, seed: 9 },
    ] {
        let bits = [1, 2, 5].map(|threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            let outputs = pool.unwrap().install(|| curvature(&batch, what));
            outputs.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        });
        assert_eq!(bits[0], bits[1]);
        assert_eq!(bits[0], bits[2]);
    }
}

#[test]
fn without_labels() {
    let targets = vec![1.0 / CLASSES as f64; ROWS * CLASSES];
    let targets = Targets::F64(Rows::new(Role::Targets, targets, CLASSES).unwrap());
    let objective = Objective {
        targets: Some(targets),
        ..Objective::default()
    };
    let batch = Batch::new(rows(Role::Logits, 5), None, objective).unwrap();
    let diagonals = compute(&batch, Form::HessianDiagonal).unwrap();
    let traces = curvature(&batch, Curvature::Trace);
    for (row, diagonal) in in_rows(&diagonals).enumerate() {
        let trace: f64 = diagonal.iter().sum();
        close(traces[row], trace, trace);
    }
}

/// The first row that is refused is named, however the rows are shared out.
#[test]
fn refusals() {
    let batch = batch_of(Objective {
        ignored_labels: vec![IGNORED],
        softcap: Some(1.0),
        ..Objective::default()
    });
    let error = compute(
        &batch,
        Form::Curvature(Curvature::PseudoInverseProduct(&rows(Role::Vector, 1))),
    );
    let message = error.unwrap_err().to_string();
    assert!(message.starts_with("row 0: "), "{message}");

    let short = Rows::new(Role::Vector, vec![0.0; CLASSES], CLASSES).unwrap();
    let error = compute(&batch, Form::Curvature(Curvature::QuadraticForm(&short)));
    assert!(matches!(error, Err(Error::ShapeDiffers { .. })));
}
