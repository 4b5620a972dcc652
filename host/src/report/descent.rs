//! What the reports of fits and calibrations have in common.

use serde::Serialize;

use super::text::{Lines, number};

/// The search for a minimum by Newton's method.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Descent {
    /// What was asked for, as a part of the objective.
    pub tolerance: f64,
    /// How many iterations were allowed.
    pub max_iterations: usize,
    /// Whether the minimum was reached.
    pub converged: bool,
    /// Steps of Newton's method.
    pub iterations: usize,
    /// Products of the Hessian with a vector.
    pub products: usize,
    /// Loss and penalty, in nats.
    pub objective: f64,
    /// The weighted losses of the rows that were fitted.
    pub loss: f64,
    /// What they are penalised with.
    pub penalty: f64,
    /// Norm of the gradient of the objective.
    pub gradient_norm: f64,
}

impl Descent {
    /// Whether there is a minimum, how far it was, and what it is.
    pub(super) fn add_to(&self, lines: &mut Lines) {
        lines.add("converged", if self.converged { "yes" } else { "no" }, "");
        lines.add("iterations", &self.iterations.to_string(), "");
        lines.add("objective", &number(self.objective), "nats");
    }
}
