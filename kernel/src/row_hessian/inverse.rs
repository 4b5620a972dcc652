//! The pseudo-inverse and the pseudo-determinant.

use super::{RowHessian, check_len, log_product::LogProduct, sums::sums};
use crate::{
    element::Element,
    error::Error,
    pair::{Pair, two_sum},
};

impl<T: Element> RowHessian<'_, T> {
    /// H^+ b with the pseudo-inverse, the inverse where H is definite on the classes that are not
    /// masked. `vector` and `product` are `[n_classes]`.
    ///
    /// H^+ = P diag(1 / d) P with P the projection to vectors of sum 0, both on the classes that
    /// are not masked; entries of masked ones are 0. An entry errs by a few roundings of
    /// (|y_i| + mean |y|) with y = diag(1 / d) P b.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; a Hessian that is neither definite on its classes nor that of a
    /// loss without softcap and z-loss. Nothing has been written then.
    pub fn pseudo_inverse_product(&self, vector: &[T], product: &mut [T]) -> Result<(), Error> {
        check_len("vector", self.n_classes(), vector.len())?;
        check_len("product", self.n_classes(), product.len())?;
        self.pseudo_solve("pseudo_inverse_product", vector, None, product)
    }

    /// The same with the sum of the vector's entries, if that is known to be better than theirs.
    pub(super) fn pseudo_solve(
        &self,
        operation: &'static str,
        vector: &[T],
        sum: Option<Pair<T>>,
        out: &mut [T],
    ) -> Result<(), Error> {
        if self.is_zero() {
            out.fill(T::ZERO);
            return Ok(());
        }
        if !self.has_constant_null_vector() {
            let denominator = self.check_definite_on_classes(operation)?;
            self.shifted_solve(T::ZERO, denominator, vector, sum, out);
            return Ok(());
        }
        let p = self.probabilities;
        let [total, count] = sums([p, vector], move |[p, v]| {
            if p == T::ZERO {
                [T::ZERO, T::ZERO]
            } else {
                [v, T::ONE]
            }
        });
        let mean = mean_of(total, count);
        for (y, (&v, &p)) in out.iter_mut().zip(vector.iter().zip(p)) {
            *y = if p == T::ZERO {
                T::ZERO
            } else {
                let centred = two_sum(v, -mean.high);
                (centred.high + (centred.low - mean.low)) / p
            };
        }
        let [total] = sums([&*out], |[y]| [y]);
        let mean = mean_of(total, count);
        for (y, &p) in out.iter_mut().zip(p) {
            if p != T::ZERO {
                let centred = two_sum(*y, -mean.high);
                *y = (centred.high + (centred.low - mean.low)) / self.coefficients.inner;
            }
        }
        Ok(())
    }

    /// The logarithm of the product of the eigenvalues that are not zero by their formula: of the
    /// determinant on the classes that are not masked where H is definite there, else
    /// a^(n - 1) n prod p over those n classes.
    ///
    /// The absolute error is a few units of roundoff a class.
    ///
    /// # Errors
    ///
    /// A Hessian that is neither of the two.
    pub fn log_pseudo_determinant(&self) -> Result<T, Error> {
        if self.is_zero() {
            return Ok(T::ZERO);
        }
        let mut product = LogProduct::ONE;
        if !self.has_constant_null_vector() {
            let denominator = self.check_definite_on_classes("log_pseudo_determinant")?;
            for class in 0..self.n_classes() {
                let (_, d) = self.u_and_d(self.class(class));
                if d != T::ZERO {
                    product.push(d);
                }
            }
            product.push(denominator);
            return Ok(product.ln());
        }
        let mut count = T::ZERO;
        for &p in self.probabilities.iter().filter(|&&p| p != T::ZERO) {
            // The factor a of the first is left out.
            if count != T::ZERO {
                product.push(self.coefficients.inner);
            }
            product.push(p);
            count = count + T::ONE;
        }
        product.push(count);
        Ok(product.ln())
    }

    /// Checks that H is definite on the classes that are not masked; gives 1 - c sum u^2 / d.
    fn check_definite_on_classes(&self, operation: &'static str) -> Result<T, Error> {
        let signs = self.signs(T::ZERO);
        if signs.is_semidefinite() && signs.denominator != T::ZERO {
            Ok(signs.denominator)
        } else {
            Err(Error::Indefinite { operation })
        }
    }

    /// Whether H is 0 because nothing weighs in it.
    fn is_zero(&self) -> bool {
        let coefficients = &self.coefficients;
        coefficients.inner == T::ZERO && coefficients.outer == T::ZERO && !coefficients.bent
    }

    /// Whether H = a (diag p - p p^T) with a > 0, so that H 1 = 0; or all is NaN.
    fn has_constant_null_vector(&self) -> bool {
        let coefficients = &self.coefficients;
        coefficients.outer == T::ZERO && !coefficients.bent
    }
}

/// A total over a count, without the products of parts of large numbers that would overflow.
fn mean_of<T: Element>(total: Pair<T>, count: Pair<T>) -> Pair<T> {
    if total.high <= T::LIFTED && -total.high <= T::LIFTED {
        return total.over(count);
    }
    let (_, down) = T::UNLIFT;
    let small = Pair {
        high: total.high * down,
        low: total.low * down,
    };
    let mean = small.over(count);
    Pair {
        high: mean.high * T::LIFTED,
        low: mean.low * T::LIFTED,
    }
}
