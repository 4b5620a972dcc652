//! The Hessian of a row as a value, and what is done with it, one row after another.

use std::hint::black_box;

use surprisal::{CrossEntropy, RowHessian, row_hessian::Spectrum};

use crate::Inputs;

/// Rows of `f64` with all that is computed of them.
#[derive(Debug)]
pub struct RowByRow {
    inputs: Inputs<f64>,
    workspace: Vec<f64>,
    of_spectrum: Vec<f64>,
    /// `[n_rows, n_classes]`.
    out: Vec<f64>,
}

impl RowByRow {
    /// Damping, about the largest eigenvalue of a row that is all but certain.
    pub const LAMBDA: f64 = 1e-3;

    /// The rows of [`Inputs::seeded`], with vectors.
    ///
    /// # Panics
    ///
    /// As that does.
    pub fn seeded(n_logits: usize, n_classes: usize) -> Self {
        let inputs = Inputs::seeded(n_logits, n_classes).with_vectors();
        Self {
            workspace: vec![0.0; RowHessian::<f64>::workspace_len(n_classes)],
            of_spectrum: vec![0.0; Spectrum::<f64>::workspace_len(n_classes)],
            out: vec![0.0; inputs.logits.len()],
            inputs,
        }
    }

    /// The losses of all rows at once.
    ///
    /// # Panics
    ///
    /// If the kernel refuses what is made for it here.
    pub fn losses(&mut self) {
        let Inputs {
            logits,
            labels,
            n_classes,
            ..
        } = &self.inputs;
        let losses = &mut self.out[..labels.len()];
        let result = CrossEntropy::new().losses(logits, *n_classes, labels, losses);
        result.expect("a loss for every row");
    }

    /// The values alone.
    ///
    /// # Panics
    ///
    /// If the kernel refuses what is made for it here.
    pub fn values(&mut self) {
        self.for_each(|row| {
            black_box(row.hessian);
        });
    }

    /// (H + [`LAMBDA`](Self::LAMBDA))^-1 v of every row and its vector.
    ///
    /// # Panics
    ///
    /// If the kernel refuses what is made for it here.
    pub fn damped_solves(&mut self) {
        self.for_each(|row| {
            let solved = row.hessian.damped_solve(Self::LAMBDA, row.vector, row.out);
            solved.expect("a softmax has no negative eigenvalue");
        });
    }

    /// All eigenvalues of every row.
    ///
    /// # Panics
    ///
    /// If the kernel refuses what is made for it here.
    pub fn eigenvalues(&mut self) {
        self.for_each(|row| {
            let spectrum = row.hessian.spectrum(row.of_spectrum);
            let found = spectrum.and_then(|spectrum| spectrum.eigenvalues(row.out));
            found.expect("the workspace fits");
        });
    }

    /// Looks at the solutions: (H + lambda) x has to be the vector, to rounding of what it is
    /// summed from.
    ///
    /// # Panics
    ///
    /// If it is not.
    pub fn check_solves(&mut self) {
        self.damped_solves();
        let mut product = vec![0.0; self.inputs.n_classes];
        self.for_each(|row| {
            let multiplied = row.hessian.product(row.out, &mut product);
            multiplied.expect("a vector of the row's length");
            let size = row.out.iter().fold(0.0, |size: f64, x| size.max(x.abs()));
            for ((product, x), b) in product.iter().zip(&*row.out).zip(row.vector) {
                let error = (product + Self::LAMBDA * x - b).abs();
                assert!(error <= 1e-13 * size, "a residual of {error:.1e}");
            }
        });
    }

    /// Looks at the eigenvalues: their sum has to be the trace, and the sum of their squares that
    /// of the entries.
    ///
    /// # Panics
    ///
    /// If they are not.
    pub fn check_eigenvalues(&mut self) {
        self.eigenvalues();
        self.for_each(|row| {
            let sum: f64 = row.out.iter().sum();
            let squares: f64 = row.out.iter().map(|mu| mu * mu).sum();
            let (trace, norm) = (row.hessian.trace(), row.hessian.frobenius_norm());
            assert!((sum - trace).abs() <= 1e-13 * trace, "{sum} is not {trace}");
            assert!((squares.sqrt() - norm).abs() <= 1e-13 * norm, "not {norm}");
        });
    }

    fn for_each(&mut self, mut with: impl FnMut(Row<'_>)) {
        let n_classes = self.inputs.n_classes;
        let vectors = self.inputs.vectors.chunks_exact(n_classes);
        let outs = self.out.chunks_exact_mut(n_classes);
        for (((logits, label), vector), out) in self.inputs.rows().zip(vectors).zip(outs) {
            let hessian = CrossEntropy::new().row_hessian(logits, label, &mut self.workspace);
            with(Row {
                hessian: hessian.expect("the workspace fits"),
                of_spectrum: &mut self.of_spectrum,
                vector,
                out,
            });
        }
    }
}

/// One of the rows.
struct Row<'a> {
    hessian: RowHessian<'a, f64>,
    of_spectrum: &'a mut [f64],
    vector: &'a [f64],
    out: &'a mut [f64],
}
