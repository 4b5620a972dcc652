//! The Hessian of the objective, of which nothing is stored.

use std::ops::Range;

use ndarray::ArrayView2;

use super::{Regression, point::Point};
use crate::{
    error::Error,
    linear::{LogitsOf, diagonal, matrix::Matrix, product, sums},
};

impl Regression {
    /// The Hessian at a point times a vector: X^T H (X V^T) + l2 V, with the kernel's products of
    /// the Hessians H of the rows.
    pub(super) fn product(&self, point: &Point, vector: &Matrix) -> Result<Matrix, Error> {
        let mut sum = self.sum(point, |design, rows| product(design, rows, &vector.view()))?;
        self.add_penalty(vector, &mut sum);
        Ok(sum)
    }

    /// The diagonal of the Hessian at a point.
    pub(super) fn diagonal(&self, point: &Point) -> Result<Matrix, Error> {
        let mut sum = self.sum(point, diagonal)?;
        self.add_penalty(&Matrix::ones(point.coefficients.dim()), &mut sum);
        Ok(sum)
    }

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
