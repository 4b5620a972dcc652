//! Matrices of coefficients, and slices as matrices.

use ndarray::{Array2, ArrayBase, ArrayView2, ArrayViewMut2, Data, Dimension, Zip};

/// One number a class and column.
pub(crate) type Matrix = Array2<f64>;

/// The sum of the products of entries, in their order.
pub(crate) fn dot<D: Dimension>(
    a: &ArrayBase<impl Data<Elem = f64>, D>,
    b: &ArrayBase<impl Data<Elem = f64>, D>,
) -> f64 {
    Zip::from(a).and(b).fold(0.0, |sum, a, b| sum + a * b)
}

/// Rows of numbers as a matrix.
pub(crate) fn rows(numbers: &[f64], row_length: usize) -> ArrayView2<'_, f64> {
    let shape = (numbers.len() / row_length, row_length);
    ArrayView2::from_shape(shape, numbers).expect("callers cut arrays at rows")
}

/// The same to write to.
pub(crate) fn rows_mut(numbers: &mut [f64], row_length: usize) -> ArrayViewMut2<'_, f64> {
    let shape = (numbers.len() / row_length, row_length);
    ArrayViewMut2::from_shape(shape, numbers).expect("callers cut arrays at rows")
}
