//! Solves with H + l I, and its determinant.
//!
//! With D = diag(d) + l, Sherman and Morrison give
//!
//! ```text
//! x_i = (b_i + u_i q) / D_i        q = c (u^T D^-1 b) / (1 - c u^T D^-1 u)
//! ```
//!
//! The denominator is formed without its cancellation. So is the numerator where u = p and l is
//! small: a p_i / D_i is 1 - l / D_i, so classes with a p_i > l contribute b_i, of which the sum is
//! often zero, less l b_i / D_i. The textbook form loses all digits from l = 1e-14 on, and divides
//! by zero below. Where c < 0 it is b_i + u_i q that cancels: see `raised`.

use super::{RowHessian, check_len, log_product::LogProduct, over, sums::sums};
use crate::{element::Element, error::Error, pair::Pair};

impl<T: Element> RowHessian<'_, T> {
    /// The solution x of (H + lambda I) x = b. `right_hand_side` and `solution` are `[n_classes]`.
    ///
    /// H + lambda I must be definite: lambda > 0 is enough where the Hessian is semidefinite, and
    /// lambda may be 0 where it is definite. An indefinite one needs a lambda above minus the lowest
    /// entry of d (a p without softcap), and may need more.
    ///
    /// An entry errs by some ten roundings of
    /// |b_i| / D_i + (W_i / s) ((|sum b| + u sum |b|) / l + sum |b_k| / D_k) with D = d + l, W = p / D,
    /// s = sum W and u the unit of roundoff; under a z-loss of |(H + lambda I)^-1| |b|. Under a softcap
    /// the error of the bends, which may cancel, comes on top, and where d is negative that of d + l.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; a `lambda` that is not finite; a matrix that is not known to be
    /// definite. Nothing has been written then.
    pub fn damped_solve(
        &self,
        lambda: T,
        right_hand_side: &[T],
        solution: &mut [T],
    ) -> Result<(), Error> {
        check_len("right_hand_side", self.n_classes(), right_hand_side.len())?;
        check_len("solution", self.n_classes(), solution.len())?;
        let denominator = self.check_definite("damped_solve", lambda)?;
        self.shifted_solve(lambda, denominator, right_hand_side, None, solution);
        Ok(())
    }

    /// ln det(H + lambda I), for the same values of lambda as [`damped_solve`](Self::damped_solve).
    ///
    /// The absolute error is a few units of roundoff a class. Under a softcap, whose bends may cancel,
    /// and where d is negative it is that of a matrix nearby: next to one that is not definite one may
    /// be found that is.
    ///
    /// # Errors
    ///
    /// A `lambda` that is not finite; a matrix that is not known to be definite.
    pub fn log_determinant(&self, lambda: T) -> Result<T, Error> {
        let denominator = self.check_definite("log_determinant", lambda)?;
        let mut product = LogProduct::ONE;
        for class in 0..self.n_classes() {
            let (_, d) = self.u_and_d(self.class(class));
            product.push(d + lambda);
        }
        product.push(denominator);
        Ok(product.ln())
    }

    /// Checks that H + lambda I is definite; gives 1 - c u^T D^-1 u.
    pub(super) fn check_definite(&self, operation: &'static str, lambda: T) -> Result<T, Error> {
        if !lambda.is_finite() {
            return Err(Error::OptionOutOfRange {
                option: "lambda",
                value: lambda.into(),
                allowed: "finite",
            });
        }
        let signs = self.signs(lambda);
        if signs.is_definite() {
            Ok(signs.denominator)
        } else {
            Err(Error::Indefinite { operation })
        }
    }

    /// The solution for a matrix that is definite but for masked classes, of which the entries are 0
    /// where lambda is, with its denominator; `sum` is that of the right-hand side, if it is known
    /// better than its entries.
    pub(super) fn shifted_solve(
        &self,
        lambda: T,
        denominator: T,
        right_hand_side: &[T],
        sum: Option<Pair<T>>,
        solution: &mut [T],
    ) {
        if self.coefficients.beside < T::ZERO {
            return self.raised_solve(lambda, right_hand_side, solution);
        }
        let numerator = if self.coefficients.bent {
            let arrays = [self.probabilities, self.slopes, self.bends, right_hand_side];
            let [numerator] = sums(arrays, move |[p, slope, bend, b]| {
                let (u, d) = self.u_and_d([p, slope, bend]);
                [u * over(b, d + lambda)]
            });
            numerator.nearest()
        } else {
            self.mean_of_quotients(lambda, right_hand_side, sum)
        };
        let q = self.coefficients.beside * numerator / denominator;
        self.map_classes(right_hand_side, solution, move |b, class| {
            let (u, d) = self.u_and_d(class);
            over(b + u * q, d + lambda)
        });
    }

    /// sum p_i b_i / (a p_i + l).
    fn mean_of_quotients(&self, lambda: T, vector: &[T], sum: Option<Pair<T>>) -> T {
        let inner = self.coefficients.inner;
        let shift = over(lambda, inner);
        // `part` is the sum of b over the classes with a p > l; where that of all is known, over the
        // others.
        let of_others = sum.is_some();
        let [part, rest] = sums([self.probabilities, vector], move |[p, b]| {
            let ap = inner * p;
            // May overflow, which 0 is not to multiply.
            let quotient = if lambda == T::ZERO {
                T::ZERO
            } else {
                over(b, ap + lambda)
            };
            let is_large = ap > lambda;
            let in_part = if is_large == of_others { T::ZERO } else { b };
            let factor = if is_large { -shift } else { p };
            [in_part, factor * quotient]
        });
        let large = match sum {
            Some(sum) => sum.plus(Pair {
                high: -part.high,
                low: -part.low,
            }),
            None => part,
        };
        let of_large = over(large.high, inner) + over(large.low, inner);
        (of_large + rest.high) + rest.low
    }
}
