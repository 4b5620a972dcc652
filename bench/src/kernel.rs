//! The kernel as a contender.

use std::fmt;

use surprisal::{Backend, CrossEntropy};

use crate::{
    Buffers, Contender, Inputs, Precision, Task,
    verification::{Bound, Exact},
};

/// The backends whose speed matters: all that this processor can run, but for
/// [`Backend::PortableFused`]. That one exists to give the bits of the vector backends on every
/// processor; it does the fused multiply-add in software, many instructions for each.
pub fn timed_backends() -> impl Iterator<Item = Backend> {
    Backend::available().filter(|&backend| backend != Backend::PortableFused)
}

/// The backends that compete for being the fastest of this processor: those that give the same
/// bits as the one it would choose.
pub fn fastest_backends() -> impl Iterator<Item = Backend> {
    let class = Backend::detect().arithmetic_class();
    timed_backends().filter(move |backend| backend.arithmetic_class() == class)
}

/// This library, with its results beside the logits.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// Where it runs.
    pub backend: Backend,
    /// What it computes.
    pub task: Task,
}

impl<T: Precision> Contender<T> for Kernel {
    #[inline]
    fn run(&mut self, inputs: &Inputs<T>, buffers: &mut Buffers<T::Output>) {
        let loss = CrossEntropy::new().backend(self.backend);
        T::compute(&loss, self.task, inputs, buffers).expect("inputs and buffers fit");
    }

    fn check(&self, inputs: &Inputs<T>, buffers: &Buffers<T::Output>, exact: &Exact) {
        exact.check(self, self.task, Bound::Promise, inputs, buffers);
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "surprisal {}", self.backend)
    }
}

/// This library, losses and gradients with the gradients in place of the logits.
#[derive(Clone, Copy, Debug)]
pub struct KernelInPlace {
    /// Where it runs.
    pub backend: Backend,
}

impl Contender for KernelInPlace {
    fn is_in_place(&self) -> bool {
        true
    }

    fn prepare(&mut self, inputs: &Inputs, buffers: &mut Buffers) {
        buffers.outputs.copy_from_slice(&inputs.logits);
    }

    #[inline]
    fn run(&mut self, inputs: &Inputs, buffers: &mut Buffers) {
        let (n, labels) = (inputs.n_classes, &inputs.labels);
        let Buffers {
            losses, outputs, ..
        } = buffers;
        CrossEntropy::new()
            .backend(self.backend)
            .losses_and_gradients_in_place(outputs, n, labels, None, losses)
            .expect("inputs and buffers fit");
    }

    fn check(&self, inputs: &Inputs, buffers: &Buffers, exact: &Exact) {
        let task = Task::LossWithGradient;
        exact.check(self, task, Bound::Promise, inputs, buffers);
    }
}

impl fmt::Display for KernelInPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "surprisal {} in place", self.backend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASKS: [Task; 7] = [
        Task::Loss,
        Task::LossWithGradient,
        Task::Probabilities,
        Task::HessianDiagonal,
        Task::Hessian,
        Task::PackedHessian,
        Task::HessianVectorProduct,
    ];

    fn every_task_is_right<T: Precision>() {
        for n_classes in [1, 10, 100] {
            let inputs = Inputs::<T>::seeded(1000, n_classes).with_vectors();
            for task in TASKS {
                let exact = Exact::new(task, &inputs);
                for backend in timed_backends() {
                    let mut buffers = Buffers::new(task, &inputs);
                    let mut kernel = Kernel { backend, task };
                    kernel.run(&inputs, &mut buffers);
                    kernel.check(&inputs, &buffers, &exact);
                }
            }
        }
    }

    #[test]
    fn every_task_is_right_in_every_type() {
        every_task_is_right::<f32>();
        every_task_is_right::<f64>();
    }

    #[test]
    fn in_place_it_is_right() {
        let inputs = Inputs::seeded(1000, 10);
        let exact = Exact::new(Task::LossWithGradient, &inputs);
        for backend in timed_backends() {
            let mut buffers = Buffers::new(Task::LossWithGradient, &inputs);
            let mut kernel = KernelInPlace { backend };
            kernel.prepare(&inputs, &mut buffers);
            kernel.run(&inputs, &mut buffers);
            kernel.check(&inputs, &buffers, &exact);
        }
    }

    #[test]
    fn the_backend_that_is_chosen_competes() {
        assert!(fastest_backends().any(|backend| backend == Backend::detect()));
    }
}
