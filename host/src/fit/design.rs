//! The columns that coefficients multiply.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};

use crate::linear::{Features, matrix::Matrix};

/// Features of the rows; where there are intercepts, less their means and with a column of ones
/// after them. That is the same model, as intercepts make up for the means, but features that vary
/// little around large numbers, such as years, are not nearly multiples of the ones.
#[derive(Clone, Debug)]
pub(super) struct Design {
    columns: Array2<f64>,
    means: Option<Array1<f64>>,
}

impl Design {
    /// The columns of features of at least one row.
    pub(super) fn new(features: Features, intercept: bool) -> Self {
        let shape = (features.n_rows(), features.n_features());
        let values = Array2::from_shape_vec(shape, features.into_values())
            .expect("features are as many as they say");
        if !intercept {
            return Self {
                columns: values,
                means: None,
            };
        }
        // From the first row, so that what is constant is its own mean to the bit and becomes 0.
        let first = values.row(0);
        let mut sum = Array1::zeros(shape.1);
        for row in values.rows() {
            sum += &(&row - &first);
        }
        let means = &first + &(sum / shape.0 as f64);
        let mut columns = Array2::ones((shape.0, shape.1 + 1));
        let mut of_features = columns.slice_axis_mut(Axis(1), (..shape.1).into());
        of_features.assign(&values);
        of_features -= &means;
        Self {
            columns,
            means: Some(means),
        }
    }

    pub(super) fn n_columns(&self) -> usize {
        self.columns.ncols()
    }

    /// The columns of some of the rows.
    pub(super) fn rows(&self, rows: Range<usize>) -> ArrayView2<'_, f64> {
        self.columns.slice_axis(Axis(0), rows.into())
    }

    /// Coefficients of the features as they came, with intercepts in the last column.
    pub(super) fn of_features(&self, coefficients: &Matrix) -> Matrix {
        let Some(means) = &self.means else {
            let zeros = Array2::zeros((coefficients.nrows(), 1));
            return concatenate![Axis(1), coefficients.view(), zeros];
        };
        let mut coefficients = coefficients.clone();
        let (weights, mut intercepts) = coefficients
            .view_mut()
            .split_at(Axis(1), self.n_columns() - 1);
        intercepts
            .column_mut(0)
            .scaled_add(-1.0, &weights.dot(means));
        coefficients
    }
}
