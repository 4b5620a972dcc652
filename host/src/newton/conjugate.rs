//! Newton's direction by conjugate gradients.

use super::{Point, Problem};
use crate::{
    error::Error,
    linear::matrix::{Matrix, dot},
};

/// An approximate solution of Newton's system.
pub(crate) struct Direction {
    pub(crate) step: Matrix,
    /// How many products with the Hessian it took.
    pub(crate) products: usize,
    /// Whether the residual is as small as was asked for.
    pub(crate) is_solved: bool,
}

/// Part of the gradient that the residual may have far from the minimum. There the quadratic model
/// is not to be trusted, and what is solved in vain costs more than a step that is less straight.
const LOOSEST: f64 = 0.1;

/// Minus the gradient divided by the Hessian: conjugate gradients, preconditioned with the
/// diagonal, from zero until the residual is small.
///
/// How small follows from what is left to gain: r^T P^-1 r, with the residual r and the
/// diagonal P, estimates twice that. As a part q of the objective at the start, it goes down
/// to q^2 (with [`LOOSEST`] at first, and no further below than the tolerance asks for), which
/// makes Newton's method converge quadratically (R. S. Dembo, S. C. Eisenstat, T. Steihaug,
/// Inexact Newton methods, 1982).
///
/// The direction is zero where the diagonal has overflowed or underflowed beside a gradient
/// that has not.
pub(crate) fn direction<P: Problem>(
    problem: &P,
    point: &Point<P::Logits>,
    tolerance: f64,
) -> Result<Direction, Error> {
    let inverse = problem.diagonal(point)?.mapv(|entry| {
        // Zero at columns without entries and classes that are masked. Their gradients are 0.
        Some(entry.recip())
            .filter(|inverse| inverse.is_finite())
            .unwrap_or_default()
    });
    let precondition = |residual: &Matrix| {
        let mut direction = residual * &inverse;
        problem.fix_gauge(&mut direction);
        direction
    };

    let mut step = Matrix::zeros(inverse.dim());
    let mut residual = -&point.gradient;
    problem.fix_gauge(&mut residual);
    let lost = |(&entry, &inverse): (&f64, &f64)| entry != 0.0 && inverse == 0.0;
    if residual.iter().zip(&inverse).any(lost) {
        return Ok(Direction {
            step,
            products: 0,
            is_solved: false,
        });
    }
    let mut along = precondition(&residual);
    let mut left = dot(&residual, &along);
    let forcing = (left / point.objective()).max(tolerance);
    let enough = left * forcing.min(LOOSEST * LOOSEST);

    let mut products = 0;
    // In exact arithmetic a tenth of this solves any system; rounding costs the directions their
    // conjugacy where the diagonal is far from the Hessian.
    let limit = 10 * step.len();
    while left > enough && products < limit {
        let mut product = problem.product(point, &along)?;
        products += 1;
        problem.fix_gauge(&mut product);
        let curvature = dot(&along, &product);
        // Rounding alone can make it negative. Nor does NaN lead anywhere.
        if curvature.is_nan() || curvature <= 0.0 {
            break;
        }
        let length = left / curvature;
        step.scaled_add(length, &along);
        residual.scaled_add(-length, &product);
        let next = precondition(&residual);
        let before = std::mem::replace(&mut left, dot(&residual, &next));
        along *= left / before;
        along += &next;
    }
    Ok(Direction {
        step,
        products,
        is_solved: left <= enough,
    })
}
