//! Newton and Levenberg-Marquardt steps of the row's own objective.
//!
//! For a plain label y, with D_i = a p_i + l, W_i = p_i / D_i and s = sum W, the solution of
//! (H + l I) x = g is
//!
//! ```text
//! x_i = a W_i / (s D_y)       x_y = -a (sum_(i != y) W_i) / (s D_y)
//! ```
//!
//! in which nothing cancels; steps are -x. For all other targets the sum of the gradient is known:
//! 0, or 2 k lse.

use super::{RowHessian, check_len, over, sums::sums_of_others};
use crate::{element::Element, error::Error, pair::Pair};

impl<T: Element> RowHessian<'_, T> {
    /// The Newton step -H^+ g from the row's logits, with its gradient g and the pseudo-inverse of
    /// [`pseudo_inverse_product`](Self::pseudo_inverse_product). `step`, `[n_classes]`, is to be
    /// added to the logits.
    ///
    /// A single row's loss has no minimum: the step of a plain label is 1 / p_y up to a constant. It
    /// is the direction that counts.
    ///
    /// ```
    /// use surprisal::{CrossEntropy, RowHessian};
    ///
    /// let mut workspace = [0.0; RowHessian::<f64>::workspace_len(2)];
    /// let hessian = CrossEntropy::new().row_hessian(&[3.0, 3.0], 0, &mut workspace)?;
    /// let mut step = [0.0; 2];
    /// hessian.newton_step(&mut step)?;
    /// assert_eq!(step, [1.0, -1.0]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`pseudo_inverse_product`](Self::pseudo_inverse_product).
    pub fn newton_step(&self, step: &mut [T]) -> Result<(), Error> {
        check_len("step", self.n_classes(), step.len())?;
        let is_masked = |label: usize| self.probabilities.get(label) == Some(&T::ZERO);
        let label = self.coefficients.label.filter(|&label| !is_masked(label));
        if let Some(label) = label {
            self.step_to_label(T::ZERO, label, step);
        } else {
            self.pseudo_solve("newton_step", self.gradient, self.known_sum(), step)?;
            negate(step);
        }
        Ok(())
    }

    /// The Levenberg-Marquardt step -(H + lambda I)^-1 g from the row's logits. `step`,
    /// `[n_classes]`, is to be added to the logits.
    ///
    /// # Errors
    ///
    /// As [`damped_solve`](Self::damped_solve).
    pub fn levenberg_marquardt_step(&self, lambda: T, step: &mut [T]) -> Result<(), Error> {
        check_len("step", self.n_classes(), step.len())?;
        let denominator = self.check_definite("levenberg_marquardt_step", lambda)?;
        if let Some(label) = self.coefficients.label {
            self.step_to_label(lambda, label, step);
        } else {
            let sum = self.known_sum();
            self.shifted_solve(lambda, denominator, self.gradient, sum, step);
            negate(step);
        }
        Ok(())
    }

    /// The sum of the gradient's entries.
    fn known_sum(&self) -> Option<Pair<T>> {
        (!self.coefficients.bent).then_some(self.coefficients.gradient_sum)
    }

    /// The step for a plain label, at which H + lambda I must not vanish.
    fn step_to_label(&self, lambda: T, label: usize, step: &mut [T]) {
        let inner = self.coefficients.inner;
        let p = self.probabilities;
        let weight = |p: T| {
            // What is left of a p / (a p) where the damping vanishes.
            if lambda == T::ZERO {
                if p == T::ZERO {
                    T::ZERO
                } else {
                    over(T::ONE, inner)
                }
            } else {
                p / (inner * p + lambda)
            }
        };
        let [others] = sums_of_others(label, [p], |[p]| [weight(p)]);
        let of_label = p.get(label).copied().unwrap_or(T::ZERO);
        let total = others.plus(Pair::exactly(weight(of_label)));
        let factor = over(over(inner, total.nearest()), inner * of_label + lambda);
        for (entry, &p) in step.iter_mut().zip(p) {
            *entry = T::ZERO - factor * weight(p);
        }
        if let Some(entry) = step.get_mut(label) {
            *entry = factor * others.nearest();
        }
    }
}

fn negate<T: Element>(step: &mut [T]) {
    for entry in step {
        *entry = T::ZERO - *entry;
    }
}
