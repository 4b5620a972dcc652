//! What the options of the loss cost, beside the plain loss of the same rows.
//!
//! Weights are a factor of the row; what smooths, softens or bends goes a way of its own.

use criterion::{Criterion, criterion_group, criterion_main};
use surprisal::Backend;
use surprisal_bench::{Kernel, KernelWithOption, LossOption, Race, Size, Task, settings};

const CLASSES: [usize; 3] = [10, 100, 1000];

fn options(criterion: &mut Criterion) {
    let backend = Backend::detect();
    for n_classes in CLASSES {
        for task in [Task::Loss, Task::LossWithGradient] {
            let mut race = Race::new(criterion, "options", task, Size::LastLevel, n_classes);
            race.enter(Kernel { backend, task });
            for option in LossOption::ALL {
                race.enter(KernelWithOption::new(backend, option, n_classes, task));
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
