//! Nothing is timed that is not right.
//!
//! Every contender computes the very inputs of its measurement, and each of its losses and
//! gradient entries is compared with the exact value.
//!
//! The kernel is held to its promise, [`KERNEL_ULPS`]. The others round differences of logits and
//! sums, and promise nothing; they are held to the [`tolerance`] that an honest computation of
//! their kind cannot exceed, and a mistaken one does.

use surprisal_reference::{Row, Wide, error_measure::ulps};

use crate::{Buffers, Build, Contender, Inputs, Task};

/// What the kernel may err, in units in the last place of the exact value.
pub const KERNEL_ULPS: f64 = 2.0;

/// Roundings, of 2^-24 each, of a contender's relative error in a probability and of its absolute
/// error in a loss, apart from those of its sum.
///
/// Differences of two logits are below 64 ([`Inputs::WIDEST_DIFFERENCE`] is 48), so that each
/// rounds by at most 2^-19: 32 roundings in an exponential of the row less its largest logit, and
/// 32 in that of the row less its log-sum-exp, or in a loss that is the difference of the two.
/// The log-sum-exp itself is below 64 and errs by 32. That makes 96; what is left is for the
/// exponential (2 ulp), the logarithm and the products.
const ROUNDINGS: usize = 128;

/// The unit roundoff of `f32`.
const ROUNDOFF: f64 = f32::EPSILON as f64 / 2.0;

/// The exact results of some inputs.
#[derive(Clone, Debug)]
pub struct Exact {
    losses: Vec<Wide>,
    gradients: Vec<Wide>,
}

impl Exact {
    /// By the textbook, in double-doubles.
    pub fn new(inputs: &Inputs) -> Self {
        let mut losses = Vec::with_capacity(inputs.labels.len());
        let mut gradients = Vec::with_capacity(inputs.logits.len());
        for (logits, label) in inputs.rows() {
            let row = Row::new(logits);
            losses.push(row.loss(label));
            gradients.extend((0..inputs.n_classes).map(|j| row.gradient(label, j)));
        }
        Self { losses, gradients }
    }
}

/// What a contender of this build may err in rows of `n_classes`: relative to a probability, and as
/// it is in a loss. A chain of k additions of positive numbers errs by k roundings of their sum.
pub fn tolerance(build: Build, n_classes: usize) -> f64 {
    (build.chain(n_classes) + ROUNDINGS) as f64 * ROUNDOFF
}

/// Has the contender compute the task.
///
/// # Panics
///
/// With its name, if any result is wrong.
pub fn check(contender: Contender, task: Task, inputs: &Inputs, exact: &Exact) {
    let mut buffers = Buffers::new(inputs);
    contender.run(task, inputs, &mut buffers);
    let tolerance = contender
        .build()
        .map(|build| tolerance(build, inputs.n_classes));
    let report = |what: &str, row: usize, actual: f32, exact: Wide| -> ! {
        let (task, n_classes, exact) = (task.name(), inputs.n_classes, exact.to_f64());
        panic!(
            "{contender} is wrong: {task}, {n_classes} classes, {what} of row {row}: \
             {actual:e} instead of {exact:e}"
        )
    };

    for (row, (&loss, &exact)) in buffers.losses.iter().zip(&exact.losses).enumerate() {
        let right = match tolerance {
            None => ulps(loss, exact) <= KERNEL_ULPS,
            Some(tolerance) => (f64::from(loss) - exact.to_f64()).abs() <= tolerance,
        };
        if !right {
            report("loss", row, loss, exact);
        }
    }
    if task == Task::Loss {
        return;
    }
    for (index, (&entry, &exact)) in buffers.gradients.iter().zip(&exact.gradients).enumerate() {
        let (row, class) = (index / inputs.n_classes, index % inputs.n_classes);
        let right = if let Some(tolerance) = tolerance {
            let value = exact.to_f64();
            // At the label the entry is p - 1, which rounds once more.
            let (probability, last) = if class == inputs.labels[row] as usize {
                (1.0 + value, ROUNDOFF)
            } else {
                (value, 0.0)
            };
            (f64::from(entry) - value).abs() <= tolerance * probability + last
        } else {
            ulps(entry, exact) <= KERNEL_ULPS
        };
        if !right {
            report(&format!("gradient entry {class}"), row, entry, exact);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Widths below, at and above the length of a block.
    const WIDTHS: [usize; 8] = [1, 2, 10, 15, 16, 17, 100, 1000];

    #[test]
    fn every_contender_is_right() {
        for n_classes in WIDTHS {
            let inputs = Inputs::seeded(10_000, n_classes);
            let exact = Exact::new(&inputs);
            for contender in Contender::all() {
                check(contender, Task::Loss, &inputs, &exact);
                check(contender, Task::LossWithGradient, &inputs, &exact);
            }
        }
    }

    #[test]
    #[should_panic(expected = "softmax one-hot scalar is wrong: loss, 10 classes, loss of row 7")]
    fn a_wrong_result_is_reported_with_the_name() {
        let inputs = Inputs::seeded(1000, 10);
        let mut exact = Exact::new(&inputs);
        exact.losses[7] = exact.losses[7] + Wide::from(1e-4);
        let contender = Contender::SoftmaxOneHot(Build::Scalar);
        check(contender, Task::Loss, &inputs, &exact);
    }
}
