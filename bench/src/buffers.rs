//! Where results go.

use surprisal_reference::Float;

use crate::{Inputs, Precision, Task};

/// Outputs, and room for intermediate results, so that nobody allocates while the clock runs.
#[derive(Clone, Debug)]
pub struct Buffers<T = f32> {
    /// `[n_rows]`.
    pub losses: Vec<T>,
    /// What the task writes beside the losses, [`Task::outputs`] a row.
    pub outputs: Vec<T>,
    /// The softmax of one row.
    pub(crate) probabilities: Vec<T>,
    /// One row of zeros and a one.
    pub(crate) one_hot: Vec<T>,
}

impl<T: Float> Buffers<T> {
    /// For a task on these inputs. All is NaN: what a contender does not write is not right by
    /// accident.
    pub fn new<L: Precision>(task: Task, inputs: &Inputs<L>) -> Self {
        let (n_rows, n_classes) = (inputs.labels.len(), inputs.n_classes);
        let numbers = |length| vec![T::round(f64::NAN); length];
        Self {
            losses: numbers(n_rows),
            outputs: numbers(n_rows * task.outputs(n_classes)),
            probabilities: numbers(n_classes),
            one_hot: numbers(n_classes),
        }
    }

    /// Makes everything NaN again.
    pub fn forget(&mut self) {
        let Self {
            losses,
            outputs,
            probabilities,
            one_hot,
        } = self;
        for numbers in [losses, outputs, probabilities, one_hot] {
            numbers.fill(T::round(f64::NAN));
        }
    }
}
