//! What a fit has come to.

use std::fmt;

/// Coefficients, and how good they are.
#[derive(Clone, Debug)]
pub struct Fit {
    /// `[classes, features + 1]` in row-major order, the intercepts in the last column. Intercepts
    /// are `-inf` for masked classes, and 0 where there are none.
    pub coefficients: Vec<f64>,
    /// Why it ended.
    pub outcome: Outcome,
    /// Steps of Newton's method.
    pub iterations: usize,
    /// Products of the Hessian with a vector.
    pub products: usize,
    /// The weighted losses of all rows, in nats.
    pub loss: f64,
    /// What they are penalised with.
    pub penalty: f64,
    /// Euclidean norm of the gradient of the objective with respect to the coefficients, those of
    /// features less their means where there are intercepts.
    pub gradient_norm: f64,
    /// Rows that are not ignored and have a weight above 0.
    pub rows_counted: usize,
    /// Share of these whose label has the largest logit, 0 to 1. Of equal logits the first is the
    /// larger.
    pub accuracy: f64,
    /// Classes that are no part of any target, and that stay at probability 0.
    pub masked_classes: Vec<usize>,
}

impl Fit {
    /// What was minimised: loss and penalty.
    pub fn objective(&self) -> f64 {
        self.loss + self.penalty
    }
}

/// Why a fit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// At the minimum, to the tolerance.
    Converged,
    /// As many iterations as are allowed did not suffice.
    IterationLimit,
    /// There is no minimum: `l2` is 0, and either the label of every row is ahead of all other
    /// classes, so that coefficients twice as large have a smaller loss, or the objective is level
    /// to the tolerance while logits still move apart.
    Unbounded,
    /// No step along the direction lowers the objective: it is lost in rounding, or numbers are so
    /// large that products overflow.
    Stalled,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Converged => "converged",
            Self::IterationLimit => "the limit of iterations was reached",
            Self::Unbounded => {
                "there is no minimum: classes are separable, and without a penalty (l2 is 0) larger \
                 coefficients always fit better"
            }
            Self::Stalled => "rounding or overflow hides what would lower the objective",
        })
    }
}

/// Where a fit is after an iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Iterations so far.
    pub iterations: usize,
    /// Products of the Hessian with a vector so far.
    pub products: usize,
    /// Loss and penalty.
    pub objective: f64,
    /// Norm of the gradient, as in [`Fit`].
    pub gradient_norm: f64,
}
