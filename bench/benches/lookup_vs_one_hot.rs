//! What it costs to look the label's logit up, against a softmax times one-hot rows.
//!
//! The throughput counts the bytes of the logits only, whatever else a contender reads and writes.

use criterion::{Criterion, criterion_group, criterion_main};
use surprisal_bench::{Kernel, Race, Size, Task, settings, textbook::Textbook, timed_backends};

const CLASSES: [usize; 4] = [10, 100, 1000, 32_000];

fn lookup_vs_one_hot(criterion: &mut Criterion) {
    for n_classes in CLASSES {
        for with_gradient in [false, true] {
            let task = Task::loss(with_gradient);
            let mut race = Race::new(criterion, "lookup", task, Size::LastLevel, n_classes);
            timed_backends().for_each(|backend| race.enter(Kernel { backend, task }));
            Textbook::all(with_gradient).for_each(|textbook| race.enter(textbook));
        }
    }
}

criterion_group! {
    name = benches;
    // Some ninety measurements, each of hundreds of batches.
    config = settings();
    targets = lookup_vs_one_hot
}
criterion_main!(benches);
