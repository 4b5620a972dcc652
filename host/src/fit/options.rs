//! The options of a fit.

use std::num::NonZeroUsize;

/// What is minimised apart from the loss, and how closely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitOptions {
    /// Factor of half the squared norm of W, from 0 to 1e30.
    pub l2: f64,
    /// Number of classes; without it as many as the largest label needs.
    pub n_classes: Option<NonZeroUsize>,
    /// Whether there are intercepts.
    pub intercept: bool,
    /// Newton's method has converged where the objective is within this part of its minimum, by
    /// the quadratic model of the last step; that step is taken, and squares it. From 1e-16, which
    /// is what rounding changes, to 1.
    pub tolerance: f64,
    /// Steps of Newton's method at most.
    pub max_iterations: usize,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            l2: 1.0,
            n_classes: None,
            intercept: true,
            tolerance: 1e-10,
            max_iterations: 100,
        }
    }
}
