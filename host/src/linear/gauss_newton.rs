//! X^T H X: the Hessians of rows, seen from the coefficients of a linear layer.

use ndarray::{ArrayView2, Axis, linalg::general_mat_mul};
use surprisal::{CrossEntropy, Reduction};

use super::{
    features::Features,
    matrix::{Matrix, rows, rows_mut},
    sums,
};
use crate::{batch::Batch, blocks::Blocks, error::Error};

/// The Gauss-Newton matrix of a linear layer that a batch's logits come from, of which nothing is
/// stored.
///
/// Where logits are `X W^T` plus anything that does not depend on W, it is
///
/// ```text
/// sum over rows of  H (x) x x^T      with H the Hessian of the row by its logits, (x) Kronecker's
/// ```
///
/// that is J^T H J with the Jacobian J of the logits: the Hessian of the loss by W, to which a last
/// layer adds no second derivatives of its own. Products take the time of two products with X.
///
/// ```
/// use surprisal::Reduction;
/// use surprisal_host::{Batch, Features, Labels, Objective, Role, Rows};
///
/// # fn main() -> Result<(), surprisal_host::Error> {
/// // One row with p = (1/2, 1/2), so H = [1, -1; -1, 1] / 4.
/// let features = Features::new(vec![2.0, 4.0], 1, 2)?;
/// let logits = Rows::new(Role::Logits, vec![0.0, 0.0], 2)?;
/// let batch = Batch::new(logits, Labels::from(vec![0_i64]), Objective::default())?;
///
/// let matrix = batch.gauss_newton(&features, Reduction::Sum)?;
/// assert_eq!(matrix.shape(), [2, 2]);
/// // Rows of V are the classes: V x = (2, 0), H V x = (1/2, -1/2), times x^T.
/// assert_eq!(matrix.product(&[1.0, 0.0, 0.0, 0.0])?, [1.0, 2.0, -1.0, -2.0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GaussNewton<'a> {
    batch: &'a Batch<f64>,
    features: ArrayView2<'a, f64>,
    reduction: Reduction,
}

impl Batch<f64> {
    /// The Gauss-Newton matrix of the reduced loss by the coefficients of a linear layer with these
    /// features. A layer with intercepts has a feature that is 1 in every row.
    ///
    /// # Errors
    ///
    /// [`Error::CountDiffers`] where there is not a row of features a row of logits,
    /// [`Error::OptionOutOfRange`] for a denominator.
    pub fn gauss_newton<'a>(
        &'a self,
        features: &'a Features,
        reduction: Reduction,
    ) -> Result<GaussNewton<'a>, Error> {
        if features.n_rows() != self.n_rows() {
            return Err(Error::CountDiffers {
                array: features.name().clone(),
                dimension: "rows",
                found: features.n_rows(),
                of: self.logits().name().clone(),
                needed: self.n_rows(),
            });
        }
        Ok(GaussNewton {
            batch: self,
            features: features.view(),
            reduction: self.reduction_of_a_block(reduction)?,
        })
    }
}

impl GaussNewton<'_> {
    /// Of the vectors that it multiplies: `[classes, features]`.
    pub fn shape(&self) -> [usize; 2] {
        [self.batch.n_classes(), self.features.ncols()]
    }

    /// The product with a vector in the shape of the coefficients, row-major. The bits are the same
    /// on any number of threads.
    ///
    /// # Errors
    ///
    /// [`Error::Kernel`] for a vector of another length.
    pub fn product(&self, vector: &[f64]) -> Result<Vec<f64>, Error> {
        let shape = self.shape();
        let expected = shape[0] * shape[1];
        let vector = ArrayView2::from_shape(shape, vector).map_err(|_| {
            surprisal::Error::LengthMismatch {
                argument: "vector",
                expected,
                actual: vector.len(),
            }
        })?;
        self.sum(|features, row| product(features, row, &vector))
    }

    /// The diagonal, in the shape of the coefficients.
    ///
    /// # Errors
    ///
    /// [`Error::Kernel`] for an option that the kernel refuses.
    pub fn diagonal(&self) -> Result<Vec<f64>, Error> {
        self.sum(diagonal)
    }

    fn sum(
        &self,
        part: impl Fn(&ArrayView2<'_, f64>, &LogitsOf<'_>) -> Result<Matrix, Error> + Sync,
    ) -> Result<Vec<f64>, Error> {
        let [n_classes, n_features] = self.shape();
        let n_rows = self.batch.n_rows();
        if n_rows == 0 {
            return Ok(vec![0.0; n_classes * n_features]);
        }
        let blocks = Blocks::of_at_least(64, n_rows, n_classes + n_features);
        let sum = sums::sum(blocks, 0..blocks.len(), &|some| {
            let features = self.features.slice_axis(Axis(0), some.clone().into());
            let logits = LogitsOf {
                loss: self.batch.loss(some.clone()).reduction(self.reduction),
                labels: self.batch.classes(some.clone()),
                logits: self.batch.logits().slice(some),
                n_classes,
            };
            part(&features, &logits)
        })?;
        Ok(sum.into_raw_vec_and_offset().0)
    }
}

/// The logits of some rows, with their labels and their loss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogitsOf<'a> {
    pub(crate) loss: CrossEntropy<'a>,
    pub(crate) labels: &'a [i64],
    pub(crate) logits: &'a [f64],
    pub(crate) n_classes: usize,
}

impl LogitsOf<'_> {
    /// Numbers `[rows, classes]` that an operation of the kernel writes.
    fn filled(
        &self,
        write: impl FnOnce(CrossEntropy<'_>, &[f64], &[i64], &mut [f64]) -> Result<(), surprisal::Error>,
    ) -> Result<Vec<f64>, Error> {
        let mut numbers = vec![0.0; self.logits.len()];
        write(self.loss, self.logits, self.labels, &mut numbers)?;
        Ok(numbers)
    }
}

/// X^T H (X V^T) of some rows.
pub(crate) fn product(
    features: &ArrayView2<'_, f64>,
    rows_of: &LogitsOf<'_>,
    vector: &ArrayView2<'_, f64>,
) -> Result<Matrix, Error> {
    let n = rows_of.n_classes;
    let mut vectors = vec![0.0; rows_of.logits.len()];
    general_mat_mul(
        1.0,
        features,
        &vector.t(),
        0.0,
        &mut rows_mut(&mut vectors, n),
    );
    let products = rows_of.filled(|loss, logits, labels, products| {
        loss.hessian_vector_products(logits, n, labels, &vectors, products)
    })?;
    Ok(transposed_product(&products, n, features))
}

/// The diagonal of X^T H X of some rows.
pub(crate) fn diagonal(
    features: &ArrayView2<'_, f64>,
    rows_of: &LogitsOf<'_>,
) -> Result<Matrix, Error> {
    let n = rows_of.n_classes;
    let diagonals = rows_of.filled(|loss, logits, labels, diagonals| {
        loss.hessian_diagonals(logits, n, labels, diagonals)
    })?;
    let squares = features.mapv(|x| x * x);
    Ok(transposed_product(&diagonals, n, &squares.view()))
}

/// Numbers `[rows, classes]`, transposed, times features.
fn transposed_product(numbers: &[f64], n_classes: usize, features: &ArrayView2<'_, f64>) -> Matrix {
    let mut product = Matrix::zeros((n_classes, features.ncols()));
    general_mat_mul(
        1.0,
        &rows(numbers, n_classes).t(),
        features,
        0.0,
        &mut product,
    );
    product
}
