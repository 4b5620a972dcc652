//! The options of the loss; every operation is a method of them.

mod first_order;
pub(crate) mod options;
mod row_hessian;
mod second_order;
mod states;

use crate::{
    backend::Backend, code::Code, error::Error, objective::Extension, pair::Pair,
    reduction::Reduction, values::Values, weighing::Weighing,
};

/// Categorical cross-entropy from logits: the options of the loss.
///
/// A plain value. Each operation takes `logits`, row-major `[n_rows, n_classes]`, with one label
/// a row, and writes into the caller's slices. The number of rows is the number of labels.
///
/// Options combine freely. With target weights t_c (1 at the label; see the options for what
/// changes them), A = sum t and lse = log-sum-exp of the row's z, which are the logits unless
/// there is a softcap or a temperature, every row has
///
/// ```text
/// loss      sum_c t_c (lse - z_c) + k lse^2               k of the z-loss
/// gradient  (A + 2 k lse) p_c - t_c
/// Hessian   (A + 2 k lse) (diag p - p p^T) + 2 k p p^T
/// ```
///
/// and the chain rule where z is not the logit. Weights are a factor of what the plain loss gives,
/// and so is the Hessian under smoothing and target probabilities. A temperature from 2^-10 to 2^30,
/// with weights and no other option, is another base of the exponential function: what the plain loss
/// promises holds, and it takes as long. All else is computed to 2 ulp of what an entry is summed from.
/// Smoothing, z-losses and target probabilities take one and a half to thirteen times as long as the plain
/// loss. A softcap, and a z-loss under a temperature or with target probabilities, take ten to thirty times
/// as long: they are computed in `f64` whatever the logits are, in pairs where they are `f64` themselves.
/// In `f64` a softcap adds z / 8 ulp, z the largest capped logit, and entries below 2^-969, the parts of
/// which are below the normal numbers, have an error of some 2^-1074 times what multiplies p.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CrossEntropy<'a> {
    /// One label, and several.
    ignored: (Option<i128>, &'a [i64]),
    reduction: Reduction,
    /// What finds the denominator of a mean.
    divide: Option<Code<Divide>>,
    backend: Option<Backend>,
    pub(crate) class_weights: Option<Values<'a>>,
    pub(crate) row_weights: Option<Values<'a>>,
    /// What computes with weights, and with the targets of an extension.
    pub(crate) weighing: Option<Code<&'static dyn Weighing>>,
    row_stride: Option<usize>,
    pub(crate) extension: Option<Extension<'a>>,
}

impl CrossEntropy<'_> {
    /// The plain loss: no label ignored, nothing reduced, the fastest backend, every other option
    /// off.
    pub const fn new() -> Self {
        Self {
            ignored: (None, &[]),
            reduction: Reduction::None,
            divide: None,
            backend: None,
            class_weights: None,
            row_weights: None,
            weighing: None,
            row_stride: None,
            extension: None,
        }
    }
}

/// What derivatives are divided by, in either precision.
#[derive(Clone, Copy, Debug)]
pub struct Divisor {
    pub(crate) double: f64,
    pub(crate) single: Pair<f32>,
}

impl Divisor {
    fn of(divisor: f64) -> Self {
        Self {
            double: divisor,
            single: Pair::from_f64(Pair::exactly(divisor)),
        }
    }
}

/// The divisor of a mean, given the number of the rows that count and their weight unless that is
/// their number; `None` for 1.
type Divide = fn(Reduction, usize, Option<f64>) -> Result<Option<Divisor>, Error>;
