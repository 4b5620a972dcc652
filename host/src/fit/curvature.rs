//! The Hessian of the objective, of which nothing is stored.

use ndarray::linalg::general_mat_mul;

use super::{
    Regression,
    matrix::{Matrix, rows, rows_mut},
    point::Point,
    sums,
};
use crate::error::Error;

impl Regression {
    /// The Hessian at a point times a vector: X^T H (X V^T) + l2 V, with the kernel's products of
    /// the Hessians H of the rows.
    pub(super) fn product(&self, point: &Point, vector: &Matrix) -> Result<Matrix, Error> {
        let n = self.n_classes;
        let mut product = sums::sum(self.blocks(), 0..self.blocks().len(), &|block| {
            let design = self.design.rows(block.clone());
            let logits = &point.logits[block.start * n..block.end * n];
            let (loss, labels) = self.loss(block);
            let mut vectors = vec![0.0; logits.len()];
            let mut into = rows_mut(&mut vectors, n);
            general_mat_mul(1.0, &design, &vector.t(), 0.0, &mut into);
            let mut products = vec![0.0; logits.len()];
            loss.hessian_vector_products(logits, n, labels, &vectors, &mut products)?;
            let mut product = Matrix::zeros(vector.dim());
            general_mat_mul(1.0, &rows(&products, n).t(), &design, 0.0, &mut product);
            Ok(product)
        })?;
        self.add_penalty(vector, &mut product);
        Ok(product)
    }

    /// The diagonal of the Hessian at a point.
    pub(super) fn diagonal(&self, point: &Point) -> Result<Matrix, Error> {
        let n = self.n_classes;
        let shape = point.coefficients.dim();
        let mut diagonal = sums::sum(self.blocks(), 0..self.blocks().len(), &|block| {
            let squares = self.design.rows(block.clone()).mapv(|x| x * x);
            let logits = &point.logits[block.start * n..block.end * n];
            let (loss, labels) = self.loss(block);
            let mut diagonals = vec![0.0; logits.len()];
            loss.hessian_diagonals(logits, n, labels, &mut diagonals)?;
            let mut diagonal = Matrix::zeros(shape);
            general_mat_mul(1.0, &rows(&diagonals, n).t(), &squares, 0.0, &mut diagonal);
            Ok(diagonal)
        })?;
        self.add_penalty(&Matrix::ones(shape), &mut diagonal);
        Ok(diagonal)
    }
}
