//! The Hessian of a row as a value: what is done with it, beside the loss of the same row.
//!
//! Rows of `f64` in cache, one at a time. Each operation is verified before it is timed, by an
//! identity that it has to keep.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use surprisal::{CrossEntropy, RowHessian, row_hessian::Spectrum};
use surprisal_bench::{Inputs, settings};

const CLASSES: [usize; 3] = [10, 100, 1000];

/// Damping, about the largest eigenvalue of a row that is all but certain.
const LAMBDA: f64 = 1e-3;

/// A row with all that is computed of it.
struct Row {
    inputs: Inputs<f64>,
    workspace: Vec<f64>,
    of_spectrum: Vec<f64>,
    out: Vec<f64>,
}

impl Row {
    fn new(n_classes: usize) -> Self {
        Self {
            inputs: Inputs::seeded(n_classes, n_classes).with_vectors(),
            workspace: vec![0.0; RowHessian::<f64>::workspace_len(n_classes)],
            of_spectrum: vec![0.0; Spectrum::<f64>::workspace_len(n_classes)],
            out: vec![0.0; n_classes],
        }
    }

    fn hessian(&mut self) -> RowHessian<'_, f64> {
        hessian_of(&self.inputs, &mut self.workspace)
    }

    fn loss(&mut self) {
        let Inputs {
            logits,
            labels,
            n_classes,
            ..
        } = &self.inputs;
        let result = CrossEntropy::new().losses(logits, *n_classes, labels, &mut self.out[..1]);
        result.expect("one row has one loss");
    }

    fn damped_solve(&mut self) {
        let hessian = hessian_of(&self.inputs, &mut self.workspace);
        let solved = hessian.damped_solve(LAMBDA, &self.inputs.vectors, &mut self.out);
        solved.expect("a softmax has no negative eigenvalue");
    }

    fn eigenvalues(&mut self) {
        let hessian = hessian_of(&self.inputs, &mut self.workspace);
        let spectrum = hessian.spectrum(&mut self.of_spectrum);
        let found = spectrum.and_then(|spectrum| spectrum.eigenvalues(&mut self.out));
        found.expect("the workspace fits");
    }

    /// (H + lambda) x has to be b, to rounding of what it is summed from.
    fn check_solve(&mut self) {
        self.damped_solve();
        let (solution, right_hand_side) = (self.out.clone(), self.inputs.vectors.clone());
        let mut product = vec![0.0; solution.len()];
        self.hessian()
            .product(&solution, &mut product)
            .expect("a vector of the row's length");
        let size = solution.iter().fold(0.0, |size: f64, x| size.max(x.abs()));
        for ((product, x), b) in product.iter().zip(&solution).zip(right_hand_side) {
            let error = (product + LAMBDA * x - b).abs();
            assert!(error <= 1e-13 * size, "a residual of {error:.1e}");
        }
    }

    /// The sum of the eigenvalues has to be the trace, and the sum of their squares that of the
    /// entries.
    fn check_eigenvalues(&mut self) {
        self.eigenvalues();
        let eigenvalues = self.out.clone();
        let hessian = self.hessian();
        let sum: f64 = eigenvalues.iter().sum();
        let squares: f64 = eigenvalues.iter().map(|mu| mu * mu).sum();
        let (trace, norm) = (hessian.trace(), hessian.frobenius_norm());
        assert!((sum - trace).abs() <= 1e-13 * trace, "{sum} is not {trace}");
        assert!((squares.sqrt() - norm).abs() <= 1e-13 * norm, "not {norm}");
    }
}

fn hessian_of<'a>(inputs: &Inputs<f64>, workspace: &'a mut [f64]) -> RowHessian<'a, f64> {
    let hessian = CrossEntropy::new().row_hessian(&inputs.logits, inputs.labels[0], workspace);
    hessian.expect("the workspace fits")
}

fn second_order(criterion: &mut Criterion) {
    for n_classes in CLASSES {
        let mut row = Row::new(n_classes);
        row.check_solve();
        row.check_eigenvalues();
        let mut group = criterion.benchmark_group(format!("second_order/{n_classes}"));
        group.throughput(Throughput::Elements(1));
        group.bench_function("loss", |b| b.iter(|| black_box(&mut row).loss()));
        group.bench_function("the value", |b| {
            b.iter(|| black_box(black_box(&mut row).hessian()).n_classes());
        });
        group.bench_function("damped solve", |b| {
            b.iter(|| black_box(&mut row).damped_solve());
        });
        group.bench_function("all eigenvalues", |b| {
            b.iter(|| black_box(&mut row).eigenvalues());
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = settings();
    targets = second_order
}
criterion_main!(benches);
