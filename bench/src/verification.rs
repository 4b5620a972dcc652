//! Nothing is timed that is not right.
//!
//! Every contender computes the very inputs of its measurement, and results are compared with the
//! exact ones. The kernel is held to its promise. The others round differences of logits and
//! sums, and promise nothing; they are held to the [`Tolerance`] that an honest computation of
//! their kind cannot exceed, and a mistaken one does.

mod bound;
mod expected;

use std::fmt::Display;

use surprisal_reference::{Row, Wide};

use crate::{Buffers, Inputs, Precision, Task};

pub use bound::{Bound, Tolerance};
use expected::Expected;

/// Numbers that are compared with exact ones, at least those of two rows. The exact values cost
/// thousands of times what the kernel does: those of all rows of 256 MiB would take minutes.
const COMPARED: usize = 1 << 17;

/// The exact results of some rows of the inputs: evenly spread, the first and the last among
/// them.
#[derive(Clone, Debug)]
pub struct Exact {
    rows: Vec<(usize, Row)>,
}

impl Exact {
    /// By the textbook, in double-doubles, of as many rows as it takes to compare enough results
    /// of the task.
    pub fn new<T: Precision>(task: Task, inputs: &Inputs<T>) -> Self {
        let (n_rows, n_classes) = (inputs.labels.len(), inputs.n_classes);
        let n_compared = COMPARED / task.outputs(n_classes).max(n_classes);
        let n_compared = n_compared.max(2).min(n_rows);
        let step = (n_rows - 1) as f64 / (n_compared - 1).max(1) as f64;
        let rows = (0..n_compared).map(|i| {
            let index = (i as f64 * step).round() as usize;
            let logits = row(&inputs.logits, n_classes, index);
            (index, Row::new(&widened(logits)))
        });
        Self {
            rows: rows.collect(),
        }
    }

    /// Compares the results of a contender.
    ///
    /// # Panics
    ///
    /// With its name, if one of them is wrong, or there is a row without results.
    pub fn check<T: Precision>(
        &self,
        contender: &dyn Display,
        task: Task,
        bound: Bound,
        inputs: &Inputs<T>,
        buffers: &Buffers<T::Output>,
    ) {
        let n_classes = inputs.n_classes;
        let has_losses = matches!(task, Task::Loss | Task::LossWithGradient);
        let losses = has_losses.then_some(&buffers.losses);
        let mut written = losses.into_iter().flatten().chain(&buffers.outputs);
        assert!(
            written.all(|&result| !Into::<f64>::into(result).is_nan()),
            "{contender} leaves results out: {}, {n_classes} classes",
            task.name()
        );

        for (index, exact) in &self.rows {
            let wrong = |what: &str, actual: T::Output, exact: Wide| -> ! {
                let (task, exact) = (task.name(), exact.to_f64());
                panic!(
                    "{contender} is wrong: {task}, {n_classes} classes, {what} of row {index}: \
                     {actual:?} instead of {exact:e}"
                )
            };
            let label = inputs.labels[*index] as usize;
            if let Some(losses) = losses {
                let (actual, exact) = (losses[*index], exact.loss(label));
                if !bound.allows_loss(actual, exact) {
                    wrong("loss", actual, exact);
                }
            }
            let vector = match task {
                Task::HessianVectorProduct => row(&inputs.vectors, n_classes, *index),
                _ => &[],
            };
            let expected = Expected::new(task, exact, label, &widened(vector));
            let outputs = row(&buffers.outputs, task.outputs(n_classes), *index);
            for (j, (&actual, entry)) in outputs.iter().zip(expected.entries()).enumerate() {
                if !bound.allows(actual, entry) {
                    wrong(&format!("entry {j}"), actual, entry.exact);
                }
            }
        }
    }
}

fn row<T>(values: &[T], length: usize, index: usize) -> &[T] {
    &values[index * length..][..length]
}

fn widened<T: Copy + Into<f64>>(numbers: &[T]) -> Vec<f64> {
    numbers.iter().map(|&number| number.into()).collect()
}

#[cfg(test)]
mod tests {
    use surprisal::Backend;

    use super::*;
    use crate::{Contender, Kernel};

    fn run(task: Task, inputs: &Inputs) -> (Kernel, Buffers) {
        let backend = Backend::detect();
        let mut kernel = Kernel { backend, task };
        let mut buffers = Buffers::new(task, inputs);
        kernel.run(inputs, &mut buffers);
        (kernel, buffers)
    }

    #[test]
    fn rows_are_spread_from_the_first_to_the_last() {
        let rows = |n_logits, n_classes| {
            let exact = Exact::new(Task::Loss, &Inputs::<f32>::seeded(n_logits, n_classes));
            exact
                .rows
                .iter()
                .map(|(index, _)| *index)
                .collect::<Vec<_>>()
        };
        assert_eq!(rows(30, 10), [0, 1, 2]);
        assert_eq!(rows(5, 10), [0]);
        assert_eq!(rows(4 * COMPARED, COMPARED / 3), [0, 6, 11]);
        assert_eq!(rows(4 * COMPARED, COMPARED), [0, 3]);
    }

    #[test]
    #[should_panic(expected = "is wrong: loss, 10 classes, loss of row 7: ")]
    fn a_wrong_loss_is_reported_with_the_name() {
        let inputs = Inputs::seeded(1000, 10);
        let (kernel, mut buffers) = run(Task::Loss, &inputs);
        buffers.losses[7] *= 1.0 + 4.0 * f32::EPSILON;
        kernel.check(&inputs, &buffers, &Exact::new(Task::Loss, &inputs));
    }

    #[test]
    #[should_panic(expected = "is wrong: Hessian-vector product, 10 classes, entry 3 of row 99: ")]
    fn a_wrong_entry_is_reported_with_its_place() {
        let task = Task::HessianVectorProduct;
        let inputs = Inputs::seeded(1000, 10).with_vectors();
        let (kernel, mut buffers) = run(task, &inputs);
        buffers.outputs[993] += 1e-3;
        kernel.check(&inputs, &buffers, &Exact::new(task, &inputs));
    }

    #[test]
    #[should_panic(expected = "leaves results out: loss with gradient, 1 classes")]
    fn what_is_not_written_is_noticed_in_rows_that_are_not_compared() {
        let task = Task::LossWithGradient;
        let inputs = Inputs::seeded(3 * COMPARED, 1);
        let (kernel, mut buffers) = run(task, &inputs);
        let exact = Exact::new(task, &inputs);
        assert!(exact.rows.iter().all(|(index, _)| *index != 1));
        buffers.outputs[1] = f32::NAN;
        kernel.check(&inputs, &buffers, &exact);
    }

    #[test]
    fn tolerances_refuse_what_is_further_off() {
        let inputs = Inputs::seeded(1000, 10);
        let task = Task::LossWithGradient;
        let (kernel, buffers) = run(task, &inputs);
        let exact = Exact::new(task, &inputs);
        let (index, row) = &exact.rows[5];
        let largest = 10 * index + row.argmax();
        let accepts = |bound, entry: usize, by: f32| {
            let mut buffers = buffers.clone();
            buffers.outputs[entry] += by;
            let check = || exact.check(&kernel, task, bound, &inputs, &buffers);
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).is_ok()
        };
        let other = (10 * index..10 * index + 10)
            .find(|&entry| entry != largest)
            .unwrap();
        let tolerance = Tolerance::honest(10);
        let error = tolerance.probability as f32;
        assert!(accepts(Bound::Within(tolerance), other, 0.0));
        assert!(!accepts(Bound::Within(tolerance), other, 2.0 * error));
        assert!(!accepts(Bound::Within(tolerance), largest, 2.0 * error));

        let wider = Tolerance {
            at_largest: 2.0 * tolerance.probability,
            ..tolerance
        };
        assert!(!accepts(Bound::Within(wider), other, 2.0 * error));
        assert!(accepts(Bound::Within(wider), largest, 2.0 * error));
        assert!(!accepts(Bound::Within(wider), largest, 4.0 * error));
    }
}
