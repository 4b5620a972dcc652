//! What a second thread brings to the loss, and to a plain read of the same array.
//!
//! Blocks of rows on rayon, as in the host. One thread works through the same blocks in the same
//! way, so that the two differ in their number only. Groups are named `threads 1` and
//! `threads 2`.

use std::fmt;

use criterion::{Criterion, criterion_group, criterion_main};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};
use surprisal::{Backend, CrossEntropy};
use surprisal_bench::{
    Buffers, Contender, Inputs, Race, Size, Task, passes, settings,
    verification::{Bound, Exact},
};

const CLASSES: [usize; 3] = [10, 1000, 32_000];

/// Logits of a block, at least a row: 64 KiB, as in the host.
const BLOCK: usize = 1 << 14;

/// The maximum of each block of rows.
struct Read<'a>(&'a ThreadPool);

/// The losses.
struct Loss<'a>(&'a ThreadPool, Backend);

fn rows_per_block(n_classes: usize) -> usize {
    (BLOCK / n_classes).max(1)
}

impl Contender for Read<'_> {
    fn run(&mut self, inputs: &Inputs, buffers: &mut Buffers) {
        let block = rows_per_block(inputs.n_classes) * inputs.n_classes;
        let blocks = inputs.logits.par_chunks(block).zip(&mut buffers.losses);
        self.0
            .install(|| blocks.for_each(|(block, maximum)| *maximum = passes::read(block)));
    }

    fn check(&self, inputs: &Inputs, buffers: &Buffers, _: &Exact) {
        let block = rows_per_block(inputs.n_classes) * inputs.n_classes;
        for (block, &maximum) in inputs.logits.chunks(block).zip(&buffers.losses) {
            let right = block.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert_eq!(maximum, right, "{self} is wrong");
        }
    }
}

impl Contender for Loss<'_> {
    fn run(&mut self, inputs: &Inputs, buffers: &mut Buffers) {
        let Self(pool, backend) = *self;
        let n = inputs.n_classes;
        let rows = rows_per_block(n);
        let blocks = inputs.logits.par_chunks(rows * n);
        let blocks = blocks.zip(inputs.labels.par_chunks(rows));
        let blocks = blocks.zip(buffers.losses.par_chunks_mut(rows));
        let loss = CrossEntropy::new().backend(backend);
        pool.install(|| {
            blocks.for_each(|((logits, labels), losses)| {
                loss.losses(logits, n, labels, losses)
                    .expect("inputs and buffers fit");
            });
        });
    }

    fn check(&self, inputs: &Inputs, buffers: &Buffers, exact: &Exact) {
        exact.check(self, Task::Loss, Bound::Promise, inputs, buffers);
    }
}

impl fmt::Display for Read<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("read")
    }
}

impl fmt::Display for Loss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "surprisal {}", self.1)
    }
}

fn threads(criterion: &mut Criterion) {
    for size in [Size::LastLevel, Size::OutOfCache] {
        for n_classes in CLASSES {
            for n_threads in [1, 2] {
                let pool = ThreadPoolBuilder::new().num_threads(n_threads).build();
                let pool = pool.expect("the threads can be started");
                let bench = format!("threads {n_threads}");
                let mut race = Race::new(criterion, &bench, Task::Loss, size, n_classes);
                race.enter(Read(&pool));
                race.enter(Loss(&pool, Backend::detect()));
            }
        }
    }
}

criterion_group! {
    name = benches;
    config = settings();
    targets = threads
}
criterion_main!(benches);
