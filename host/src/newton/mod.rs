//! What fits and calibrations share: an objective that is convex in coefficients, of which Newton's
//! method needs gradients and products of the Hessian.

mod conjugate;

pub(crate) use conjugate::direction;

use crate::{
    error::Error,
    linear::matrix::{Matrix, dot},
};

/// Coefficients, and the objective there.
#[derive(Clone, Debug)]
pub(crate) struct Point<L> {
    /// Of the shape that the problem gives them.
    pub(crate) coefficients: Matrix,
    /// What the problem keeps of the logits of its rows.
    pub(crate) logits: L,
    /// The sum over rows.
    pub(crate) loss: f64,
    pub(crate) penalty: f64,
    /// That of the objective.
    pub(crate) gradient: Matrix,
}

impl<L> Point<L> {
    pub(crate) fn objective(&self) -> f64 {
        self.loss + self.penalty
    }
}

/// The second derivatives of an objective, of which nothing is stored.
pub(crate) trait Problem {
    /// What a point keeps of the logits of the rows: all of them, or nothing where they follow from
    /// the coefficients in no time.
    type Logits;

    /// The diagonal of the Hessian at a point.
    fn diagonal(&self, point: &Point<Self::Logits>) -> Result<Matrix, Error>;

    /// The Hessian at a point times a vector.
    fn product(&self, point: &Point<Self::Logits>, vector: &Matrix) -> Result<Matrix, Error>;

    /// Takes out what changes no probability, such as the same number for all classes.
    fn fix_gauge(&self, matrix: &mut Matrix);
}

/// Logits that move by less against each other change curvature along the step by less than a
/// factor of e^(1/2), so the quadratic model of the step tells what is left to gain (F. Bach,
/// Self-concordant analysis for logistic regression, 2010). Rows that are separated move by 1 in
/// every step, however little it gains: that is Newton's step on e^-t.
pub(crate) const CLOSE: f64 = 0.5;

/// As many steps on e^-t gain e^5 = 148 times less, where near a minimum two square the gain.
pub(crate) const LEVEL_STEPS: usize = 5;

/// Refuses a factor of a penalty or a tolerance that is none.
pub(crate) fn check(l2: f64, tolerance: f64) -> Result<(), Error> {
    // As far as weights, so that products with them are far from overflow.
    let (option, value, allowed) = if !(0.0..=1e30).contains(&l2) {
        ("l2", l2, "from 0 to 1e30")
    } else if !(1e-16..=1.0).contains(&tolerance) {
        ("tolerance", tolerance, "from 1e-16 to 1")
    } else {
        return Ok(());
    };
    Err(Error::OptionOutOfRange {
        option: option.to_owned(),
        value,
        allowed,
    })
}

/// How far the logits of a row have moved against each other.
pub(crate) fn spread(before: &[f64], after: &[f64]) -> f64 {
    let moves = || {
        before
            .iter()
            .zip(after)
            .map(|(before, after)| after - before)
    };
    // Between masked classes there is NaN, which neither of the two takes.
    let largest = moves().fold(f64::NEG_INFINITY, f64::max);
    largest - moves().fold(f64::INFINITY, f64::min)
}

/// Whether a label is ahead of all other classes, by at least 1 so that it is not by a rounding of
/// logits.
pub(crate) fn is_ahead(label: usize, logits: &[f64]) -> bool {
    let ahead = |(class, &logit): (usize, &f64)| class == label || logits[label] - logit >= 1.0;
    logits.iter().enumerate().all(ahead)
}

/// Euclidean norm.
pub(crate) fn norm(matrix: &Matrix) -> f64 {
    dot(matrix, matrix).sqrt()
}
