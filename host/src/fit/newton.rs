//! Newton's method, and when it ends.

use super::{Fit, Outcome, Progress, Regression, point::Point, targets::is_smoothed};
use crate::{
    error::Error,
    linear::matrix::{Matrix, dot},
    newton::{CLOSE, LEVEL_STEPS, direction, norm},
};

impl Regression {
    /// Minimises the objective; `progress` is told of every iteration.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`]. That there is no minimum, or that it was not reached, is an
    /// [`Outcome`].
    pub fn fit(&self, mut progress: impl FnMut(&Progress)) -> Result<Fit, Error> {
        let mut point = self.at(Matrix::zeros((self.n_classes, self.design.n_columns())))?;
        let (mut iterations, mut products, mut level_steps) = (0, 0, 0);
        let outcome = loop {
            if iterations == self.options.max_iterations {
                break Outcome::IterationLimit;
            }
            let direction = direction(self, &point, self.options.tolerance)?;
            products += direction.products;
            // Half the slope is what the quadratic model gains.
            let slope = dot(&point.gradient, &direction.step);
            if slope == 0.0 && direction.is_solved {
                break Outcome::Converged;
            }
            let Some((next, is_whole)) = self.search(&point, &direction.step, slope)? else {
                break Outcome::Stalled;
            };
            iterations += 1;
            progress(&Progress {
                iterations,
                products,
                objective: next.objective(),
                gradient_norm: norm(&next.gradient),
            });

            let is_level = -0.5 * slope <= self.options.tolerance * next.objective();
            let is_close = is_level && self.largest_move(&point, &next) <= CLOSE;
            point = next;
            if is_close && is_whole && direction.is_solved {
                break Outcome::Converged;
            }
            level_steps = if is_level { level_steps + 1 } else { 0 };
            if self.options.l2 == 0.0 && (level_steps == LEVEL_STEPS || self.is_endless(&point)) {
                break Outcome::Unbounded;
            }
        };
        Ok(self.report(&point, outcome, iterations, products))
    }

    /// The first of 1, 1/2, 1/4 .. of a step that lowers the objective enough, and whether it is
    /// the whole one. `None` if none does. `slope` is the derivative along the step.
    fn search(
        &self,
        from: &Point,
        step: &Matrix,
        slope: f64,
    ) -> Result<Option<(Point, bool)>, Error> {
        /// Steps beyond 2^-40 of the whole one say that the direction is none.
        const HALVINGS: i32 = 40;

        if slope.is_nan() || slope >= 0.0 {
            return Ok(None);
        }
        for halvings in 0..=HALVINGS {
            let length = 0.5_f64.powi(halvings);
            let mut coefficients = from.coefficients.clone();
            coefficients.scaled_add(length, step);
            let to = self.at(coefficients)?;
            let slopes = [slope, dot(&to.gradient, step)];
            if falls_enough([from.objective(), to.objective()], slopes, length) {
                return Ok(Some((to, halvings == 0)));
            }
        }
        Ok(None)
    }

    /// Whether coefficients that are larger by any factor fit better.
    fn is_endless(&self, point: &Point) -> bool {
        !is_smoothed(&self.objective) && self.separates(point)
    }

    fn report(&self, point: &Point, outcome: Outcome, iterations: usize, products: usize) -> Fit {
        let mut coefficients = self.design.of_features(&point.coefficients);
        for &class in &self.masked {
            coefficients[(class, self.n_features)] = f64::NEG_INFINITY;
        }
        let (rows_counted, rows_right) = self.count(point);
        Fit {
            coefficients: coefficients.iter().copied().collect(),
            outcome,
            iterations,
            products,
            loss: point.loss,
            penalty: point.penalty,
            gradient_norm: norm(&point.gradient),
            rows_counted,
            accuracy: rows_right as f64 / rows_counted as f64,
            masked_classes: self.masked.clone(),
        }
    }
}

/// Part of what the slope promises that is enough (J. Nocedal, S. J. Wright, Numerical
/// Optimization, 2006, 3.1).
const ENOUGH: f64 = 1e-4;

/// Relative error of the objective: losses, all of one sign, are added up in blocks of up to 2^14 rows,
/// which rounds 2^14 times by 2^-53, and in a tree.
const ERROR: f64 = 2e-12;

/// Whether a step of this length lowers the objective enough, by its values and its slopes along the
/// step, before and after.
fn falls_enough([before, after]: [f64; 2], [slope, slope_after]: [f64; 2], length: f64) -> bool {
    // Where the gain is lost in rounding the slopes still tell: of a parabola, the latter condition
    // is the former (W. W. Hager, H. Zhang, A new conjugate gradient method with guaranteed descent,
    // 2005).
    after <= before + ENOUGH * length * slope
        || after <= before * (1.0 + ERROR) && slope_after <= (2.0 * ENOUGH - 1.0) * slope
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the parabola 10 - 2 t + t^2, and of what has its slope at the end.
    #[test]
    fn enough_is_a_part_of_what_the_slope_promises() {
        let falls = |after: f64, slope_after: f64, length: f64| {
            falls_enough([10.0, after], [-2.0, slope_after], length)
        };
        assert!(falls(9.0, 0.0, 1.0));
        assert!(!falls(10.0, 2.0, 2.0));
        // 1e-4 of 2 t.
        assert!(falls(10.0 - 1.1e-4, 5.0, 0.5));
        assert!(!falls(10.0 - 0.9e-4, 5.0, 0.5));
    }

    #[test]
    fn slopes_tell_where_the_gain_is_lost() {
        let falls =
            |after: f64, slope_after: f64| falls_enough([10.0, after], [-2.0, slope_after], 1.0);
        assert!(falls(10.0, 1.9995));
        assert!(!falls(10.0, 1.9997));
        assert!(falls(10.0 * (1.0 + 1e-12), 0.0));
        assert!(!falls(10.0 * (1.0 + 3e-12), 0.0));
    }
}
