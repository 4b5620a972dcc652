//! What it costs to look the label's logit up, against a softmax times one-hot rows.
//!
//! One group for each task and number of classes C. The throughput counts the bytes of the
//! logits only, whatever else a contender reads and writes.

use std::{
    cell::{LazyCell, OnceCell},
    hint::black_box,
    time::Duration,
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use surprisal_bench::{
    Buffers, Contender, Inputs, Task,
    verification::{self, Exact},
};

/// Logits of each measurement: 4 MiB. Too many for the caches of a core, so that no contender
/// has its batch at hand from the time before, and few enough for the last-level cache, so that
/// memory, which is the same for all, does not hide what each one computes.
const LOGITS: usize = 4 * 1024 * 1024 / size_of::<f32>();

const CLASSES: [usize; 4] = [10, 100, 1000, 32_000];

fn lookup_vs_one_hot(criterion: &mut Criterion) {
    for n_classes in CLASSES {
        let bytes = LOGITS / n_classes * n_classes * size_of::<f32>();
        // Made only if a measurement of theirs was asked for.
        let inputs = LazyCell::new(|| Inputs::seeded(LOGITS, n_classes));
        let exact = LazyCell::new(|| Exact::new(&inputs));
        for task in [Task::Loss, Task::LossWithGradient] {
            let mut group = criterion.benchmark_group(format!("{}/C={n_classes}", task.name()));
            for contender in Contender::all() {
                let checked = OnceCell::new();
                group.throughput(Throughput::Bytes(bytes as u64));
                group.bench_function(contender.to_string(), |bencher| {
                    checked.get_or_init(|| verification::check(contender, task, &inputs, &exact));
                    let mut buffers = Buffers::new(&inputs);
                    bencher.iter(|| {
                        contender.run(task, black_box(&inputs), &mut buffers);
                        black_box(&mut buffers);
                    });
                });
            }
            group.finish();
        }
    }
}

criterion_group! {
    name = benches;
    // Some ninety measurements, each of hundreds of batches.
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .without_plots();
    targets = lookup_vs_one_hot
}
criterion_main!(benches);
