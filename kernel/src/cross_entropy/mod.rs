//! The options of the loss; every operation is a method of them.

mod first_order;
pub(crate) mod options;
mod row_hessian;
mod second_order;
mod states;

use crate::{backend::Backend, objective::Extension, reduction::Reduction, values::Values};

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
/// and so is the Hessian under smoothing and target probabilities. All else is computed in `f64`
/// whatever the logits are, in pairs, to 2 ulp of what an entry is summed from, and takes about
/// ten times as long as the plain loss; in `f64` a softcap adds z / 8 ulp, z the largest capped
/// logit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CrossEntropy<'a> {
    /// One label, and several.
    ignored: (Option<i128>, &'a [i64]),
    reduction: Reduction,
    backend: Option<Backend>,
    pub(crate) class_weights: Option<Values<'a>>,
    pub(crate) row_weights: Option<Values<'a>>,
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
            backend: None,
            class_weights: None,
            row_weights: None,
            row_stride: None,
            extension: None,
        }
    }
}
