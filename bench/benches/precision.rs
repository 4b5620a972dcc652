//! The types of logits against each other: the same rows in each.
//!
//! The throughput counts the bytes of the logits, so that a type of half the size is as fast in
//! rows where it has half the throughput in bytes.

use criterion::{Criterion, criterion_group, criterion_main};
use surprisal::{Backend, Bf16, F16};
use surprisal_bench::{Kernel, Precision, Race, Size, Task, settings};

const CLASSES: [usize; 4] = [10, 100, 1000, 32_000];

fn precisions(criterion: &mut Criterion) {
    each_shape::<f64>(criterion);
    each_shape::<f32>(criterion);
    each_shape::<Bf16>(criterion);
    each_shape::<F16>(criterion);
}

fn each_shape<T: Precision>(criterion: &mut Criterion) {
    for size in [Size::InCache, Size::OutOfCache] {
        for n_classes in CLASSES {
            for task in [Task::Loss, Task::LossWithGradient] {
                let mut race = Race::<T>::new(criterion, "precision", task, size, n_classes);
                let backend = Backend::detect();
                let name = format!("surprisal {backend} {}", T::NAME);
                race.enter_as(name, Kernel { backend, task });
            }
        }
    }
}

criterion_group! {
    name = benches;
    config = settings();
    targets = precisions
}
criterion_main!(benches);
