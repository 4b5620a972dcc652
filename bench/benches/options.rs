//! What the options of the loss cost, beside the plain loss of the same rows.
//!
//! Weights are a factor of the row; what smooths, softens or bends goes a way of its own.

use std::fmt;

use criterion::{Criterion, criterion_group, criterion_main};
use surprisal::{Backend, CrossEntropy};
use surprisal_bench::{
    Buffers, Contender, Inputs, Kernel, Race, Size, Task, settings, verification::Exact,
};
use surprisal_reference::{Objective, Options, Target, error_measure::ulps};

const CLASSES: [usize; 3] = [10, 100, 1000];

const SMOOTHING: f64 = 0.1;
const Z_LOSS: f64 = 1e-4;
const SOFTCAP: f64 = 30.0;

/// One option, switched on.
#[derive(Clone, Copy, Debug)]
enum Option {
    ClassWeights,
    LabelSmoothing,
    ZLoss,
    Softcap,
}

/// The kernel with an option.
struct With {
    option: Option,
    weights: Vec<f64>,
    task: Task,
}

impl With {
    fn new(option: Option, n_classes: usize, task: Task) -> Self {
        Self {
            option,
            weights: (0..n_classes)
                .map(|class| 0.5 + (class % 4) as f64)
                .collect(),
            task,
        }
    }

    fn loss(&self) -> CrossEntropy<'_> {
        let loss = CrossEntropy::new();
        match self.option {
            Option::ClassWeights => loss.class_weights(self.weights.as_slice()),
            Option::LabelSmoothing => loss.label_smoothing(SMOOTHING),
            Option::ZLoss => loss.z_loss(Z_LOSS),
            Option::Softcap => loss.softcap(SOFTCAP),
        }
    }

    fn exact(&self) -> Options<'_> {
        let plain = Options::default();
        match self.option {
            Option::ClassWeights => Options {
                class_weights: Some(&self.weights),
                ..plain
            },
            Option::LabelSmoothing => Options {
                label_smoothing: SMOOTHING,
                ..plain
            },
            Option::ZLoss => Options {
                z_loss: Z_LOSS,
                ..plain
            },
            Option::Softcap => Options {
                softcap: Some(SOFTCAP),
                ..plain
            },
        }
    }
}

impl Contender for With {
    fn run(&mut self, inputs: &Inputs, buffers: &mut Buffers) {
        let (loss, n) = (self.loss(), inputs.n_classes);
        let (losses, gradients) = (&mut buffers.losses, &mut buffers.outputs);
        let result = match self.task {
            Task::Loss => loss.losses(&inputs.logits, n, &inputs.labels, losses),
            _ => loss.losses_and_gradients(
                &inputs.logits,
                n,
                &inputs.labels,
                None,
                losses,
                gradients,
            ),
        };
        result.expect("inputs and buffers fit");
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

impl fmt::Display for With {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let option = match self.option {
            Option::ClassWeights => "class weights",
            Option::LabelSmoothing => "label smoothing",
            Option::ZLoss => "z-loss",
            Option::Softcap => "softcap",
        };
        write!(f, "surprisal with {option}")
    }
}

fn options(criterion: &mut Criterion) {
    let backend = Backend::detect();
    for n_classes in CLASSES {
        for task in [Task::Loss, Task::LossWithGradient] {
            let mut race = Race::new(criterion, "options", task, Size::LastLevel, n_classes);
            race.enter(Kernel { backend, task });
            for option in [
                Option::ClassWeights,
                Option::LabelSmoothing,
                Option::ZLoss,
                Option::Softcap,
            ] {
                race.enter(With::new(option, n_classes, task));
            }
        }
    }
}

criterion_group! {
    name = benches;
    config = settings();
    targets = options
}
criterion_main!(benches);
