//! The kernel with an option of the loss.

use std::fmt;

use surprisal::{Backend, CrossEntropy};
use surprisal_reference::{Objective, Options, Target, error_measure::ulps};

use crate::{Buffers, Contender, Inputs, Precision, Task, verification::Exact};

const SMOOTHING: f64 = 0.1;
const Z_LOSS: f64 = 1e-4;
const SOFTCAP: f64 = 30.0;
const TEMPERATURE: f64 = 2.0;

/// One option of the loss, switched on.
#[derive(Clone, Copy, Debug)]
pub enum LossOption {
    /// A weight for each class, from 0.5 to 3.5.
    ClassWeights,
    /// A tenth of the target to all classes.
    LabelSmoothing,
    /// 1e-4 times the square of the log-sum-exp.
    ZLoss,
    /// Logits between -30 and 30.
    Softcap,
    /// Logits over 2.
    Temperature,
}

impl LossOption {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::ClassWeights,
        Self::LabelSmoothing,
        Self::ZLoss,
        Self::Softcap,
        Self::Temperature,
    ];
}

/// This library with an option.
#[derive(Clone, Debug)]
pub struct KernelWithOption {
    backend: Backend,
    option: LossOption,
    class_weights: Vec<f64>,
    task: Task,
}

impl KernelWithOption {
    /// For rows of so many classes.
    pub fn new(backend: Backend, option: LossOption, n_classes: usize, task: Task) -> Self {
        Self {
            backend,
            option,
            class_weights: (0..n_classes)
                .map(|class| 0.5 + (class % 4) as f64)
                .collect(),
            task,
        }
    }

    fn loss(&self) -> CrossEntropy<'_> {
        let loss = CrossEntropy::new().backend(self.backend);
        match self.option {
            LossOption::ClassWeights => loss.class_weights(self.class_weights.as_slice()),
            LossOption::LabelSmoothing => loss.label_smoothing(SMOOTHING),
            LossOption::ZLoss => loss.z_loss(Z_LOSS),
            LossOption::Softcap => loss.softcap(SOFTCAP),
            LossOption::Temperature => loss.temperature(TEMPERATURE),
        }
    }

    fn exact(&self) -> Options<'_> {
        let plain = Options::default();
        match self.option {
            LossOption::ClassWeights => Options {
                class_weights: Some(&self.class_weights),
                ..plain
            },
            LossOption::LabelSmoothing => Options {
                label_smoothing: SMOOTHING,
                ..plain
            },
            LossOption::ZLoss => Options {
                z_loss: Z_LOSS,
                ..plain
            },
            LossOption::Softcap => Options {
                softcap: Some(SOFTCAP),
                ..plain
            },
            LossOption::Temperature => Options {
                temperature: TEMPERATURE,
                ..plain
            },
        }
    }
}

impl Contender for KernelWithOption {
    #[inline]
    fn run(&mut self, inputs: &Inputs, buffers: &mut Buffers) {
        f32::compute(&self.loss(), self.task, inputs, buffers).expect("inputs and buffers fit");
    }

    fn check(&self, inputs: &Inputs, buffers: &Buffers, _: &Exact) {
        // One row in a hundred: the exact ones take long.
        for (row, (logits, label)) in inputs.rows().enumerate().step_by(100) {
            let exact = Objective::new(logits, Target::Label(label), &self.exact());
            let error = ulps(buffers.losses[row], exact.loss());
            assert!(error <= 2.0, "{self} is wrong by {error} ulp in row {row}");
        }
    }
}

impl fmt::Display for KernelWithOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let option = match self.option {
            LossOption::ClassWeights => "class weights",
            LossOption::LabelSmoothing => "label smoothing",
            LossOption::ZLoss => "z-loss",
            LossOption::Softcap => "softcap",
            LossOption::Temperature => "temperature",
        };
        write!(f, "surprisal with {option}")
    }
}
