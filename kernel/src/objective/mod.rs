//! Rows under options that do more than multiply: smoothed and soft targets, z-loss, softcap,
//! temperature.
//!
//! All of them are one form, so an option is a few lines here and no branch elsewhere. With z the
//! logits after [`Warp`](warp::Warp), p their softmax and lse their log-sum-exp, target weights t
//! (see [`Weights`](crate::weights::Weights)), A = sum t, and k the factor of the z-loss times the
//! row's weight:
//!
//! ```text
//! loss        A (lse - m) + sum_c t_c (m - z_c) + k lse^2     with m the largest z
//! gradient    g_c = (A + 2 k lse) p_c - t_c
//! Hessian     a (diag p - p p^T) + 2 k p p^T                  with a = A + 2 k lse
//! by logits   g_c z'_c,   diag(z') H diag(z') + diag(g_c z''_c)
//! ```
//!
//! It is computed in `f64`, in pairs, whatever the type of the logits, which come and go through a
//! trait object: the code exists once a backend. Nothing is lifted: what is too small for `f64`
//! is rounded to its subnormal numbers.

pub(crate) mod curvature;
mod gradient;
pub(crate) mod row;
mod targets;
pub(crate) mod terms;
mod warp;

pub(crate) use self::{curvature::Curvature, gradient::Gradient, row::Row};

use self::terms::Terms;
use crate::{
    code::Code,
    error::Error,
    operation::objective::{Request, run},
};

/// The options, and what computes rows under them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extension<'a> {
    pub(crate) terms: Terms<'a>,
    /// Runs a request under options that do more to its output than multiply; tells whether they
    /// do.
    pub(crate) run: Code<fn(Request<'_>) -> bool>,
    pub(crate) check: Code<Check>,
}

/// Checks the ranges of options.
type Check = fn(&Terms<'_>) -> Result<(), Error>;

impl Extension<'_> {
    /// With every option off.
    pub(crate) fn new() -> Self {
        Self {
            terms: Terms::NONE,
            run: Code(run),
            check: Code(terms::check),
        }
    }
}
