//! The types of logits.

use std::fmt::Debug;

use surprisal::{Bf16, CrossEntropy, Error, F16};
use surprisal_reference::Float;

use crate::{Buffers, Inputs, Task};

/// A type of logits that the kernel takes.
pub trait Precision: Copy + Debug + Into<f64> + Send + Sync + 'static {
    /// The type of losses and derivatives.
    type Output: Float;

    /// Its name in reports.
    const NAME: &'static str;

    /// The number of this type for a logit that was drawn.
    fn from_drawn(logit: f32) -> Self;

    /// Has the kernel compute a task, not in place.
    ///
    /// # Errors
    ///
    /// Those of the kernel.
    fn compute(
        loss: &CrossEntropy<'_>,
        task: Task,
        inputs: &Inputs<Self>,
        buffers: &mut Buffers<Self::Output>,
    ) -> Result<(), Error>;
}

/// A type of logits, the type of its results, its name, and how it is made of an `f32`.
macro_rules! precision {
    ($type:ty, $output:ty, $name:literal, $from_drawn:expr) => {
        impl Precision for $type {
            type Output = $output;

            const NAME: &'static str = $name;

            fn from_drawn(logit: f32) -> Self {
                ($from_drawn)(logit)
            }

            #[inline]
            fn compute(
                loss: &CrossEntropy<'_>,
                task: Task,
                inputs: &Inputs<Self>,
                buffers: &mut Buffers<Self::Output>,
            ) -> Result<(), Error> {
                let Inputs {
                    logits,
                    labels,
                    vectors,
                    n_classes: n,
                } = inputs;
                let Buffers {
                    losses, outputs, ..
                } = buffers;
                match task {
                    Task::Loss => loss.losses(logits, *n, labels, losses),
                    Task::LossWithGradient => {
                        loss.losses_and_gradients(logits, *n, labels, None, losses, outputs)
                    }
                    Task::Probabilities => loss.probabilities(logits, *n, outputs),
                    Task::HessianDiagonal => loss.hessian_diagonals(logits, *n, labels, outputs),
                    Task::Hessian => loss.hessians(logits, *n, labels, outputs),
                    Task::PackedHessian => loss.packed_hessians(logits, *n, labels, outputs),
                    Task::HessianVectorProduct => {
                        loss.hessian_vector_products(logits, *n, labels, vectors, outputs)
                    }
                }
            }
        }
    };
}

precision!(f32, f32, "f32", f32::from);
precision!(f64, f64, "f64", f64::from);
precision!(Bf16, f32, "bf16", Bf16::from_f32);
precision!(F16, f32, "f16", F16::from_f32);
