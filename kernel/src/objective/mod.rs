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
//! Losses and gradients of logits that are not warped, with the same target weight at every class but
//! the label, follow from the states of plain rows ([`even`]). A temperature changes no more than the base
//! of exponentials, and other targets are [`added`] to what plain rows give, both in
//! [`plainly`](crate::operation::plainly). All else is computed in `f64`, whatever the type of the logits,
//! which come and go through a trait object. For logits of up to 32 bits that is enough, unless z is large;
//! for others pairs have two parts ([`IN_PAIRS`](crate::vector::Arch::IN_PAIRS)): so the code exists twice a
//! backend. Nothing is lifted: what is too small for `f64` is rounded to its subnormal numbers.

pub(crate) mod added;
pub(crate) mod curvature;
pub(crate) mod even;
mod gradient;
mod largest;
pub(crate) mod row;
mod sums;
mod targets;
pub(crate) mod terms;
pub(crate) mod warp;
pub(crate) mod window;
mod z_loss;

pub(crate) use self::{curvature::Curvature, gradient::Gradient, row::Row};

use core::fmt::Debug;

use self::terms::Terms;
use crate::{
    code::Code,
    error::Error,
    half::{Bf16, F16},
    operation::{
        even::{Rows, settle},
        objective::{Request, run},
        plainly::{Plainly, run_plainly},
    },
};

/// The options, and what computes rows under them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extension<'a> {
    pub(crate) terms: Terms<'a>,
    pub(crate) code: Code<&'static dyn Extending>,
}

impl Extension<'_> {
    /// With every option off.
    pub(crate) fn new() -> Self {
        Self {
            terms: Terms::NONE,
            code: Code(&Extender),
        }
    }
}

/// What computes rows under options.
pub(crate) trait Extending: Debug + Sync {
    /// Checks the ranges of options.
    fn check(&self, terms: &Terms<'_>) -> Result<(), Error>;

    /// Runs a request that needs more than the states of plain rows; tells whether it does.
    fn run(&self, request: Request<'_>) -> bool;

    /// Runs an operation that is one on plain rows.
    fn plainly_f32(&self, operation: Plainly<'_, f32>);

    /// The same.
    fn plainly_f64(&self, operation: Plainly<'_, f64>);

    /// The same.
    fn plainly_bf16(&self, operation: Plainly<'_, Bf16>);

    /// The same.
    fn plainly_f16(&self, operation: Plainly<'_, F16>);

    /// Finds losses and gradients of rows from their states.
    fn settle_f32(&self, rows: Rows<'_, f32>);

    /// The same.
    fn settle_f64(&self, rows: Rows<'_, f64>);

    /// The same.
    fn settle_bf16(&self, rows: Rows<'_, Bf16>);

    /// The same.
    fn settle_f16(&self, rows: Rows<'_, F16>);
}

/// The one that there is.
#[derive(Debug)]
struct Extender;

impl Extending for Extender {
    fn check(&self, terms: &Terms<'_>) -> Result<(), Error> {
        terms::check(terms)
    }

    fn run(&self, request: Request<'_>) -> bool {
        run(request)
    }

    fn plainly_f32(&self, operation: Plainly<'_, f32>) {
        run_plainly(operation);
    }

    fn plainly_f64(&self, operation: Plainly<'_, f64>) {
        run_plainly(operation);
    }

    fn plainly_bf16(&self, operation: Plainly<'_, Bf16>) {
        run_plainly(operation);
    }

    fn plainly_f16(&self, operation: Plainly<'_, F16>) {
        run_plainly(operation);
    }

    fn settle_f32(&self, rows: Rows<'_, f32>) {
        settle(rows);
    }

    fn settle_f64(&self, rows: Rows<'_, f64>) {
        settle(rows);
    }

    fn settle_bf16(&self, rows: Rows<'_, Bf16>) {
        settle(rows);
    }

    fn settle_f16(&self, rows: Rows<'_, F16>) {
        settle(rows);
    }
}
