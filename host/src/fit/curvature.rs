//! The Hessian of the objective, of which nothing is stored.

use std::ops::Range;

use ndarray::{ArrayView2, Axis};

use super::{Regression, point::Point};
use crate::{
    error::Error,
    linear::{LogitsOf, diagonal, matrix::Matrix, product, sums},
    newton::Problem,
};

impl Problem for Regression {
    type Logits = Vec<f64>;

    /// X^T H (X V^T) + l2 V, with the kernel's products of the Hessians H of the rows.
    fn product(&self, point: &Point, vector: &Matrix) -> Result<Matrix, Error> {
        let mut sum = self.sum(point, |design, rows| product(design, rows, &vector.view()))?;
        self.add_penalty(vector, &mut sum);
        Ok(sum)
    }

    fn diagonal(&self, point: &Point) -> Result<Matrix, Error> {
        let mut sum = self.sum(point, diagonal)?;
        self.add_penalty(&Matrix::ones(point.coefficients.dim()), &mut sum);
        Ok(sum)
    }

    /// Makes the entries of every column sum to zero over the classes that are not masked, the
    /// only ones that have any.
    fn fix_gauge(&self, matrix: &mut Matrix) {
        let classes = (self.n_classes - self.masked.len()) as f64;
        let mean = matrix.sum_axis(Axis(0)) / classes;
        for (class, mut row) in matrix.rows_mut().into_iter().enumerate() {
            if !self.is_masked(class) {
                row -= &mean;
            }
        }
    }
}

impl Regression {
    /// What the rows have together.
    fn sum(
        &self,
        point: &Point,
        part: impl Fn(&ArrayView2<'_, f64>, &LogitsOf<'_>) -> Result<Matrix, Error> + Sync,
    ) -> Result<Matrix, Error> {
        let n_classes = self.n_classes;
        let of_rows = |some: Range<usize>| {
            let (loss, labels) = self.loss(some.clone());
            let logits = LogitsOf {
                loss,
                labels,
                logits: &point.logits[some.start * n_classes..some.end * n_classes],
                n_classes,
            };
            part(&self.design.rows(some), &logits)
        };
        sums::sum(self.blocks(), 0..self.blocks().len(), &of_rows)
    }
}
