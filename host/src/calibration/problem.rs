//! The objective as a function of the parameters.

use std::ops::Range;

use rayon::prelude::*;

use super::{Calibration, CalibrationOptions, Method, parameters::affine};
use crate::{
    batch::Batch,
    blocks::Blocks,
    error::Error,
    fit::{is_smoothed, without_weight},
    linear::{
        matrix::{Matrix, dot},
        sums,
    },
    newton::{self, Problem},
    number::Logit,
};

/// The logits follow from the coefficients.
pub(super) type Point = newton::Point<()>;

/// Rows to fit, all of which count, with the options of the fit.
///
/// Logits stay as they are, in the type of their file; what coefficients make of them is computed in
/// `f64` whenever it is needed, a block of rows at a time.
///
/// Coefficients are `[1, 1]` for a temperature T, 1 / T, and `[classes, 1]` for biases; for scales
/// and biases, in this order, `[classes, 2]`.
#[derive(Debug)]
pub(super) struct Scaling<Z> {
    batch: Batch<Z>,
    options: CalibrationOptions,
    /// Classes that are at probability 0 in every row, in ascending order.
    masked: Vec<usize>,
}

impl<Z: Logit> Scaling<Z> {
    pub(super) fn new(batch: Batch<Z>, options: &CalibrationOptions) -> Self {
        let n = batch.n_classes();
        let masked = match options.method {
            Method::Bias | Method::Vector if options.l2 == 0.0 => {
                without_weight(batch.objective(), batch.classes(0..batch.n_rows()), n)
            }
            _ => Vec::new(),
        };
        Self {
            batch,
            options: *options,
            masked,
        }
    }

    pub(super) fn batch(&self) -> &Batch<Z> {
        &self.batch
    }

    pub(super) fn options(&self) -> &CalibrationOptions {
        &self.options
    }

    pub(super) fn is_smoothed(&self) -> bool {
        is_smoothed(self.batch.objective())
    }

    pub(super) fn is_masked(&self, class: usize) -> bool {
        self.masked.binary_search(&class).is_ok()
    }

    /// The coefficients of logits as they are, which those of the penalty are measured from.
    pub(super) fn identity(&self) -> Matrix {
        let mut identity = Matrix::zeros(self.shape());
        if self.options.method != Method::Bias {
            identity.column_mut(0).fill(1.0);
        }
        identity
    }

    /// That of the coefficients.
    fn shape(&self) -> (usize, usize) {
        let n = self.batch.n_classes();
        match self.options.method {
            Method::Temperature => (1, 1),
            Method::Bias => (n, 1),
            Method::Vector => (n, 2),
        }
    }

    pub(super) fn parameters(&self, coefficients: &Matrix) -> Calibration {
        let biases = |column: usize| {
            let bias = |(class, &bias)| {
                if self.is_masked(class) {
                    f64::NEG_INFINITY
                } else {
                    bias
                }
            };
            let biases = coefficients.column(column);
            biases.iter().enumerate().map(bias).collect()
        };
        match self.options.method {
            Method::Temperature => Calibration::Temperature {
                classes: self.batch.n_classes(),
                temperature: coefficients[(0, 0)].recip(),
            },
            Method::Bias => Calibration::Bias { biases: biases(0) },
            Method::Vector => Calibration::Vector {
                scales: coefficients.column(0).to_vec(),
                biases: biases(1),
            },
        }
    }

    /// The objective where the coefficients are these.
    pub(super) fn at(&self, coefficients: Matrix) -> Result<Point, Error> {
        let n = self.batch.n_classes();
        let (loss, mut gradient) = self.sum(|rows| {
            let (loss, labels) = (
                self.batch.loss(rows.clone()),
                self.batch.classes(rows.clone()),
            );
            let logits = self.scaled(&coefficients, rows.clone());
            let mut losses = vec![0.0; rows.len()];
            let mut gradients = vec![0.0; logits.len()];
            loss.losses_and_gradients(&logits, n, labels, None, &mut losses, &mut gradients)?;
            Ok((losses.iter().sum(), self.gather(rows, &gradients, |x| x)))
        })?;
        let l2 = self.options.penalty();
        let away = &coefficients - &self.identity();
        gradient.scaled_add(l2, &away);
        Ok(Point {
            penalty: 0.5 * l2 * dot(&away, &away),
            coefficients,
            logits: (),
            loss,
            gradient,
        })
    }

    /// All rows, on all threads.
    pub(super) fn rows(&self) -> impl ParallelIterator<Item = usize> {
        let rows = (0..self.batch.n_rows()).into_par_iter();
        rows.with_min_len(self.blocks().rows_per_block())
    }

    /// Some of the rows with their classes, as they are.
    fn logits(&self, rows: Range<usize>) -> impl Iterator<Item = (usize, f64)> {
        let n = self.batch.n_classes();
        let logits = self.batch.logits().slice(rows).iter().enumerate();
        logits.map(move |(index, logit)| (index % n, logit.to_element().into()))
    }

    /// What coefficients make of them.
    pub(super) fn scaled(&self, coefficients: &Matrix, rows: Range<usize>) -> Vec<f64> {
        let of = |(class, logit): (usize, f64)| match self.options.method {
            Method::Temperature => affine(coefficients[(0, 0)], logit, 0.0),
            _ if self.is_masked(class) => f64::NEG_INFINITY,
            Method::Bias => logit + coefficients[(class, 0)],
            Method::Vector => affine(coefficients[(class, 0)], logit, coefficients[(class, 1)]),
        };
        self.logits(rows).map(of).collect()
    }

    fn blocks(&self) -> Blocks {
        Blocks::of_at_least(64, self.batch.n_rows(), self.batch.n_classes())
    }

    fn sum<P: sums::Part>(
        &self,
        part: impl Fn(Range<usize>) -> Result<P, Error> + Sync,
    ) -> Result<P, Error> {
        sums::sum(self.blocks(), 0..self.blocks().len(), &part)
    }

    /// From numbers by logits of some rows those by coefficients: what logits multiply is summed
    /// with `factor` of them.
    fn gather(&self, rows: Range<usize>, numbers: &[f64], factor: impl Fn(f64) -> f64) -> Matrix {
        let mut sum = Matrix::zeros(self.shape());
        for (&number, (class, logit)) in numbers.iter().zip(self.logits(rows)) {
            // That of a masked class is infinite times 0.
            let scaled = || {
                if logit == f64::NEG_INFINITY {
                    0.0
                } else {
                    number * factor(logit)
                }
            };
            match self.options.method {
                Method::Temperature => sum[(0, 0)] += scaled(),
                Method::Bias => sum[(class, 0)] += number,
                Method::Vector => {
                    sum[(class, 0)] += scaled();
                    sum[(class, 1)] += number;
                }
            }
        }
        sum
    }

    /// How logits move where coefficients do.
    fn moves(&self, rows: Range<usize>, vector: &Matrix) -> Vec<f64> {
        let of = |(class, logit): (usize, f64)| {
            let logit = if logit == f64::NEG_INFINITY {
                0.0
            } else {
                logit
            };
            match self.options.method {
                Method::Temperature => vector[(0, 0)] * logit,
                Method::Bias => vector[(class, 0)],
                Method::Vector => vector[(class, 0)] * logit + vector[(class, 1)],
            }
        };
        self.logits(rows).map(of).collect()
    }
}

impl<Z: Logit> Problem for Scaling<Z> {
    type Logits = ();

    fn diagonal(&self, point: &Point) -> Result<Matrix, Error> {
        let n = self.batch.n_classes();
        if self.options.method == Method::Temperature {
            // Of a matrix with one entry.
            return self.product(point, &Matrix::ones((1, 1)));
        }
        let diagonal = self.sum(|rows| {
            let (loss, labels) = (
                self.batch.loss(rows.clone()),
                self.batch.classes(rows.clone()),
            );
            let logits = self.scaled(&point.coefficients, rows.clone());
            let mut diagonals = vec![0.0; logits.len()];
            loss.hessian_diagonals(&logits, n, labels, &mut diagonals)?;
            Ok(self.gather(rows, &diagonals, |x| x * x))
        })?;
        Ok(diagonal + self.options.penalty())
    }

    fn product(&self, point: &Point, vector: &Matrix) -> Result<Matrix, Error> {
        let n = self.batch.n_classes();
        let mut product = self.sum(|rows| {
            let (loss, labels) = (
                self.batch.loss(rows.clone()),
                self.batch.classes(rows.clone()),
            );
            let logits = self.scaled(&point.coefficients, rows.clone());
            let moves = self.moves(rows.clone(), vector);
            let mut products = vec![0.0; logits.len()];
            loss.hessian_vector_products(&logits, n, labels, &moves, &mut products)?;
            Ok(self.gather(rows, &products, |x| x))
        })?;
        product.scaled_add(self.options.penalty(), vector);
        Ok(product)
    }

    /// The same bias for all classes changes no probability; the least penalty has sum zero.
    fn fix_gauge(&self, matrix: &mut Matrix) {
        let column = match self.options.method {
            Method::Temperature => return,
            Method::Bias => 0,
            Method::Vector => 1,
        };
        let n_free = self.batch.n_classes() - self.masked.len();
        let mean = matrix.column(column).sum() / n_free as f64;
        for (class, bias) in matrix.column_mut(column).iter_mut().enumerate() {
            if !self.is_masked(class) {
                *bias -= mean;
            }
        }
    }
}
