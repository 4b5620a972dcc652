//! How far to go along a direction.

use super::problem::{Point, Scaling};
use crate::{
    error::Error,
    linear::matrix::{Matrix, dot},
    number::Logit,
};

/// Part of the slope at the start that may be left at the end. Products for one more direction
/// cost far more than another look along this one.
const LEFT: f64 = 0.1;

/// Looks at most. A convex function is bracketed after a few, and brackets shrink by a tenth at
/// least; more say that the slope is lost in rounding.
const LOOKS: usize = 40;

impl<Z: Logit> Scaling<Z> {
    /// Where the slope along a step is all but gone, and the length of the step to there: 1 where the
    /// whole one does. `slope` is that at the start. `None` where there is no such length.
    ///
    /// The objective is convex, so its slope grows along the step, and the root is between lengths of
    /// slopes of two signs; it is approached by secants (J. Nocedal, S. J. Wright, Numerical
    /// Optimization, 2006, 3.5).
    pub(super) fn search(
        &self,
        from: &Point,
        step: &Matrix,
        slope: f64,
    ) -> Result<Option<(Point, f64)>, Error> {
        if slope.is_nan() || slope >= 0.0 {
            return Ok(None);
        }
        let (mut low, mut high) = ((0.0, slope), None::<(f64, f64)>);
        let mut length = 1.0;
        for _ in 0..LOOKS {
            let mut coefficients = from.coefficients.clone();
            coefficients.scaled_add(length, step);
            let to = self.at(coefficients)?;
            let here = dot(&to.gradient, step);
            if here.abs() <= LEFT * -slope {
                return Ok(Some((to, length)));
            }
            if here < 0.0 {
                low = (length, here);
            } else {
                // Also where the objective has overflowed.
                high = Some((length, here));
            }
            length = match high {
                None => {
                    let secant = length * slope / (slope - here);
                    secant.clamp(1.5 * length, 4.0 * length)
                }
                Some((end, at_end)) => {
                    let width = end - low.0;
                    let secant = width * low.1 / (low.1 - at_end);
                    let secant = if secant.is_nan() { 0.5 * width } else { secant };
                    low.0 + secant.clamp(0.1 * width, 0.9 * width)
                }
            };
        }
        Ok(None)
    }
}
