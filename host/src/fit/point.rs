//! The objective and its gradient at given coefficients.

use ndarray::{Axis, Slice, linalg::general_mat_mul};
use rayon::prelude::*;

use super::{Regression, room};
use crate::{
    error::Error,
    linear::{
        matrix::{Matrix, dot, rows, rows_mut},
        sums,
    },
    newton::{self, is_ahead, spread},
    ranking,
};

/// With the logits of all rows, `[rows, classes]`, which are products of matrices.
pub(super) type Point = newton::Point<Vec<f64>>;

impl Regression {
    /// The objective where the coefficients are these. Those of masked classes have to be 0.
    pub(super) fn at(&self, coefficients: Matrix) -> Result<Point, Error> {
        let n = self.n_classes;
        let logits = self.logits(&coefficients)?;
        let (loss, mut gradient) = sums::sum(self.blocks(), 0..self.blocks().len(), &|block| {
            let design = self.design.rows(block.clone());
            let logits = &logits[block.start * n..block.end * n];
            let (loss, labels) = self.loss(block);
            let mut losses = vec![0.0; labels.len()];
            let mut gradients = vec![0.0; logits.len()];
            loss.losses_and_gradients(logits, n, labels, None, &mut losses, &mut gradients)?;
            let mut gradient = Matrix::zeros(coefficients.dim());
            general_mat_mul(1.0, &rows(&gradients, n).t(), &design, 0.0, &mut gradient);
            Ok((losses.iter().sum(), gradient))
        })?;
        let penalty = self.add_penalty(&coefficients, &mut gradient);
        Ok(Point {
            coefficients,
            logits,
            loss,
            penalty,
            gradient,
        })
    }

    /// Adds the gradient of the penalty, which is also its Hessian times the coefficients, and
    /// gives the penalty.
    pub(super) fn add_penalty(&self, coefficients: &Matrix, gradient: &mut Matrix) -> f64 {
        let of_features = Slice::from(..self.n_features);
        let coefficients = coefficients.slice_axis(Axis(1), of_features);
        let l2 = self.options.l2;
        gradient
            .slice_axis_mut(Axis(1), of_features)
            .scaled_add(l2, &coefficients);
        0.5 * l2 * dot(&coefficients, &coefficients)
    }

    /// Logits of all rows, `-inf` at masked classes.
    fn logits(&self, coefficients: &Matrix) -> Result<Vec<f64>, Error> {
        let n = self.n_classes;
        let mut logits = room("logits", [self.n_rows(), n])?;
        logits.resize(self.n_rows() * n, 0.0);
        logits
            .par_chunks_mut(self.blocks().rows_per_block() * n)
            .enumerate()
            .for_each(|(block, logits)| {
                let design = self.design.rows(self.blocks().rows(block));
                let mut logits = rows_mut(logits, n);
                general_mat_mul(1.0, &design, &coefficients.t(), 0.0, &mut logits);
                for &class in &self.masked {
                    logits
                        .index_axis_mut(Axis(1), class)
                        .fill(f64::NEG_INFINITY);
                }
            });
        Ok(logits)
    }

    /// The rows that the fit is about: their labels and logits.
    fn rows_of<'a>(
        &'a self,
        point: &'a Point,
    ) -> impl IndexedParallelIterator<Item = Option<(usize, &'a [f64])>> {
        let rows = point.logits.par_chunks_exact(self.n_classes);
        let labels = self.classes.par_iter();
        rows.zip(labels)
            .map(|(logits, &class)| Some((usize::try_from(class).ok()?, logits)))
    }

    /// How many rows the fit is about, and of how many the label has the largest logit.
    pub(super) fn count(&self, point: &Point) -> (usize, usize) {
        let rows = || self.rows_of(point).flatten();
        let right = rows().filter(|(class, logits)| ranking::rank(logits, *class, 1) < 1);
        (rows().count(), right.count())
    }

    /// Whether the label of every row is ahead of all other classes.
    pub(super) fn separates(&self, point: &Point) -> bool {
        self.rows_of(point)
            .flatten()
            .all(|(label, logits)| is_ahead(label, logits))
    }

    /// How far logits of one row have moved against each other at most.
    pub(super) fn largest_move(&self, from: &Point, to: &Point) -> f64 {
        let rows = self.rows_of(from).zip(self.rows_of(to));
        let largest = rows
            .filter_map(|(from, to)| Some(spread(from?.1, to?.1)))
            .max_by(f64::total_cmp);
        largest.unwrap_or_default()
    }
}
