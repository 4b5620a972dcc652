//! Products with vectors, and the quadratic form.

use super::{RowHessian, check_len, check_rows, sums::sums};
use crate::{element::Element, error::Error, pair::Pair};

impl<T: Element> RowHessian<'_, T> {
    /// H v. `vector` and `product` are `[n_classes]`.
    ///
    /// The entry of the most probable class is subtracted from the vector first, so that its
    /// probability, whose rounding would weigh most, multiplies zero: the product with a constant
    /// vector is exactly zero where H 1 is.
    ///
    /// ```
    /// use surprisal::{CrossEntropy, RowHessian};
    ///
    /// let mut workspace = [0.0; RowHessian::<f64>::workspace_len(2)];
    /// let hessian = CrossEntropy::new().row_hessian(&[3.0, 3.0], 0, &mut workspace)?;
    /// let mut product = [0.0; 2];
    /// hessian.product(&[1.0, 5.0], &mut product)?;
    /// assert_eq!(product, [-1.0, 1.0]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Lengths that do not match; nothing has been written then.
    pub fn product(&self, vector: &[T], product: &mut [T]) -> Result<(), Error> {
        check_len("vector", self.n_classes(), vector.len())?;
        check_len("product", self.n_classes(), product.len())?;
        let (at_top, mean) = self.mean(vector);
        let outer = self.coefficients.outer * (at_top + mean.nearest());
        self.map_classes(vector, product, move |v, [p, slope, bend]| {
            let from_mean = ((slope * v - at_top) - mean.high) - mean.low;
            let by_z = p * (self.coefficients.inner * from_mean + outer);
            slope * by_z + bend * v
        });
        Ok(())
    }

    /// Products with the rows of a matrix `[n_vectors, n_classes]`, of any number of rows, as the
    /// rows of another.
    ///
    /// # Errors
    ///
    /// Lengths that are not equal, or no multiple of `n_classes`; nothing has been written then.
    pub fn products(&self, vectors: &[T], products: &mut [T]) -> Result<(), Error> {
        let n_classes = self.n_classes();
        check_rows("vectors", n_classes, vectors.len())?;
        check_len("products", vectors.len(), products.len())?;
        let rows = vectors.chunks(n_classes.max(1));
        for (vector, product) in rows.zip(products.chunks_mut(n_classes.max(1))) {
            self.product(vector, product)?;
        }
        Ok(())
    }

    /// v^T H v: a sum of squares, which does not cancel, plus what options add. `vector` is
    /// `[n_classes]`.
    ///
    /// # Errors
    ///
    /// A length that does not match.
    pub fn quadratic_form(&self, vector: &[T]) -> Result<T, Error> {
        check_len("vector", self.n_classes(), vector.len())?;
        let (at_top, mean) = self.mean(vector);
        let [p, slopes, bends] = self.classes();
        let [squares, bent] = sums([p, slopes, bends, vector], move |[p, slope, bend, v]| {
            let from_mean = ((slope * v - at_top) - mean.high) - mean.low;
            [p * from_mean * from_mean, bend * v * v]
        });
        let of_mean = at_top + mean.nearest();
        let of_mean = self.coefficients.outer * of_mean * of_mean;
        Ok(self.coefficients.inner * squares.nearest() + of_mean + bent.nearest())
    }

    /// With v' = z' v, the entry of v' of the most probable class, and the mean of the differences
    /// to it under p.
    fn mean(&self, vector: &[T]) -> (T, Pair<T>) {
        let [_, slope, _] = self.class(self.coefficients.top);
        let v = vector.get(self.coefficients.top).copied();
        let at_top = slope * v.unwrap_or(T::ZERO);
        let [p, slopes, _] = self.classes();
        let [mean] = sums([p, slopes, vector], move |[p, slope, v]| {
            [p * (slope * v - at_top)]
        });
        (at_top, mean)
    }
}
