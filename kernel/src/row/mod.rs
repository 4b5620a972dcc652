//! One row of logits: its state, and what follows from the state.

pub(crate) mod finish;
pub(crate) mod hessian;
pub(crate) mod softmax;
pub(crate) mod state;

use crate::pair::Pair;
use finish::Finished;

/// A counted row whose state is finished.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<T> {
    /// Class that the label names.
    pub(crate) label: usize,
    /// Lowest index of the largest logit.
    pub(crate) argmax: usize,
    /// The largest logit; NaN if every output is.
    pub(crate) max: T,
    /// What the outputs are made of.
    pub(crate) finished: Finished<T>,
    /// What the derivatives of the row are multiplied by, if anything.
    pub(crate) coefficient: Option<Pair<T>>,
}
