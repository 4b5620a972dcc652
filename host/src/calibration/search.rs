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
        let start = At { length: 0.0, slope };
        let (mut low, mut high) = (start, None);
        let mut length = 1.0;
        for _ in 0..LOOKS {
            let mut coefficients = from.coefficients.clone();
            coefficients.scaled_add(length, step);
            let to = self.at(coefficients)?;
            let here = dot(&to.gradient, step);
            if here.abs() <= LEFT * -slope {
                return Ok(Some((to, length)));
            }
            let here = At {
                length,
                slope: here,
            };
            if here.slope < 0.0 {
                low = here;
            } else {
                // Also where the objective has overflowed.
                high = Some(here);
            }
            length = match high {
                None => beyond(start, low),
                Some(high) => between(low, high),
            };
        }
        Ok(None)
    }
}

/// A place along the direction.
#[derive(Clone, Copy, Debug)]
struct At {
    length: f64,
    slope: f64,
}

/// Where the slope is 0 if it changes evenly.
fn secant(from: At, to: At) -> f64 {
    from.length + (to.length - from.length) * from.slope / (from.slope - to.slope)
}

/// A place further on than the last one where the objective still falls.
fn beyond(start: At, low: At) -> f64 {
    secant(start, low).clamp(1.5 * low.length, 4.0 * low.length)
}

/// A place between one where the objective falls and one where it does not.
fn between(low: At, high: At) -> f64 {
    let width = high.length - low.length;
    let secant = secant(low, high);
    if secant.is_nan() {
        low.length + 0.5 * width
    } else {
        secant.clamp(low.length + 0.1 * width, high.length - 0.1 * width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(length: f64, slope: f64) -> At {
        At { length, slope }
    }

    /// The slope of a parabola is a line, whose root a secant hits.
    #[test]
    fn a_parabola_takes_one_secant() {
        assert_eq!(secant(at(1.0, -6.0), at(3.0, -2.0)), 4.0);
        assert_eq!(beyond(at(0.0, -8.0), at(2.0, -4.0)), 4.0);
        assert_eq!(between(at(1.0, -3.0), at(5.0, 1.0)), 4.0);
    }

    #[test]
    fn no_step_is_tiny_or_endless() {
        // Next to a root, and where slopes are all but the same.
        assert_eq!(beyond(at(0.0, -8.0), at(2.0, -0.5)), 3.0);
        assert_eq!(beyond(at(0.0, -8.0), at(2.0, -7.9)), 8.0);
        assert_eq!(between(at(2.0, -1e-9), at(12.0, 1.0)), 3.0);
        assert_eq!(between(at(2.0, -1.0), at(12.0, 1e-9)), 11.0);
        assert_eq!(between(at(2.0, -1.0), at(12.0, f64::INFINITY)), 3.0);
        assert_eq!(between(at(2.0, -1.0), at(12.0, f64::NAN)), 7.0);
    }
}
