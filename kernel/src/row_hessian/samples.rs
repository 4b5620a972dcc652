//! Columns of a random factor of the Hessian.

use super::{Coefficients, RowHessian, check_rows};
use crate::{
    element::Element,
    error::Error,
    pair::{Pair, two_sum},
};

impl<T: Element> RowHessian<'_, T> {
    /// Random columns f with E[sum f f^T] = H: as many as `columns`, `[n_columns, n_classes]`, has
    /// rows.
    ///
    /// A class k is drawn with probability p_k for each; the column is sqrt(a) z' (p - e_k), which
    /// is the gradient of the loss with label k, plus sqrt(2 k) z' p under a z-loss, divided by
    /// sqrt(n_columns). `uniform` gives independent numbers, uniform in [0, 1), one a column.
    ///
    /// # Errors
    ///
    /// A length that is no multiple of `n_classes`; a softcap, whose bends are no covariance; a
    /// Hessian that is not known to be semidefinite. Nothing has been written then.
    pub fn monte_carlo_factor(
        &self,
        mut uniform: impl FnMut() -> f64,
        columns: &mut [T],
    ) -> Result<(), Error> {
        let n_classes = self.n_classes();
        let n_columns = check_rows("columns", n_classes, columns.len())?;
        let operation = "monte_carlo_factor";
        let Coefficients {
            inner, outer, top, ..
        } = self.coefficients;
        if self.coefficients.bent {
            return Err(Error::OptionUnsupported {
                option: "softcap",
                operation,
            });
        }
        if inner < T::ZERO {
            return Err(Error::Indefinite { operation });
        }
        let n_columns = T::from_f64(n_columns as f64);
        let (of_difference, of_mean) = ((inner / n_columns).sqrt(), (outer / n_columns).sqrt());
        let factor = of_difference + of_mean;
        for column in columns.chunks_mut(n_classes.max(1)) {
            let drawn = self.draw(uniform());
            for (entry, &p) in column.iter_mut().zip(self.probabilities) {
                *entry = factor * p;
            }
            if let (Some(entry), Some(&p)) = (column.get_mut(drawn), self.probabilities.get(drawn))
            {
                let complement = if drawn == top {
                    self.coefficients.rest
                } else {
                    T::ONE - p
                };
                *entry = of_mean * p - of_difference * complement;
            }
        }
        Ok(())
    }

    /// The class at which the sum of the probabilities passes a number; the last one that is not
    /// masked if rounding keeps the sum below it.
    fn draw(&self, uniform: f64) -> usize {
        let uniform = T::from_f64(uniform);
        let (mut sum, mut drawn) = (Pair::ZERO, self.coefficients.top);
        for (class, &p) in self.probabilities.iter().enumerate() {
            if p == T::ZERO {
                continue;
            }
            let added = two_sum(sum.high, p);
            sum = two_sum(added.high, added.low + sum.low);
            drawn = class;
            if uniform < sum.high {
                break;
            }
        }
        drawn
    }
}
