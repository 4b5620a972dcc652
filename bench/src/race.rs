//! Contenders on the same inputs, in a group of criterion.

use std::{
    fmt,
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};

use crate::{Buffers, Contender, Inputs, Precision, Task, verification::Exact};

/// How much one run goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 256 KiB of `f32`: in the second-level cache of every current processor, with as much that
    /// is written. Where one row takes more, one row.
    InCache,
    /// 4 MiB of `f32`: too many for the caches of a core, so that no contender has its batch at
    /// hand from the time before, and few enough for a last-level cache, so that memory, which
    /// is the same for all, does not hide what each one computes.
    LastLevel,
    /// 256 MiB of `f32`: more than any cache holds.
    OutOfCache,
}

impl Size {
    /// Numbers.
    pub fn numbers(self) -> usize {
        match self {
            Self::InCache => 1 << 16,
            Self::LastLevel => 1 << 20,
            Self::OutOfCache => 1 << 26,
        }
    }
}

/// The name in reports.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InCache => "in cache",
            Self::LastLevel => "last-level cache",
            Self::OutOfCache => "out of cache",
        })
    }
}

/// A group whose contenders compute the same task of the same inputs.
#[expect(missing_debug_implementations, reason = "criterion's groups have none")]
pub struct Race<'a, T: Precision = f32> {
    group: BenchmarkGroup<'a, WallTime>,
    task: Task,
    n_logits: usize,
    n_classes: usize,
    /// Made only if a measurement of the group was asked for.
    stage: Option<Stage<T>>,
}

/// What contenders share.
struct Stage<T: Precision> {
    inputs: Inputs<T>,
    exact: Exact,
    buffers: Buffers<T::Output>,
}

impl<'a, T: Precision> Race<'a, T> {
    /// The group `bench/task/size/C=n_classes`. The size is that of the logits, and for Hessians
    /// that of the Hessians.
    pub fn new(
        criterion: &'a mut Criterion,
        bench: &str,
        task: Task,
        size: Size,
        n_classes: usize,
    ) -> Self {
        let name = format!("{bench}/{}/{size}/C={n_classes}", task.name());
        let mut group = criterion.benchmark_group(name);
        let row_length = task.outputs(n_classes).max(n_classes);
        let n_rows = (size.numbers() / row_length).max(1);
        let n_logits = n_rows * n_classes;
        group.throughput(Throughput::ElementsAndBytes {
            elements: n_rows as u64,
            bytes: (n_rows * row_length * size_of::<T>()) as u64,
        });
        if size == Size::OutOfCache {
            // Few runs fit into a sample: the same number in each.
            group.sampling_mode(SamplingMode::Flat);
        }
        Self {
            group,
            task,
            n_logits,
            n_classes,
            stage: None,
        }
    }

    /// Checks a contender and times it.
    ///
    /// # Panics
    ///
    /// If it is wrong.
    pub fn enter<C: Contender<T>>(&mut self, contender: C) {
        self.enter_as(contender.to_string(), contender);
    }

    /// The same, with another name in reports.
    ///
    /// # Panics
    ///
    /// If the contender is wrong.
    pub fn enter_as<C: Contender<T>>(&mut self, name: String, mut contender: C) {
        let Self {
            group,
            task,
            n_logits,
            n_classes,
            stage,
        } = self;
        let mut checked = false;
        group.bench_function(name, |bencher| {
            let stage = stage.get_or_insert_with(|| Stage::new(*task, *n_logits, *n_classes));
            if !checked {
                stage.check(&mut contender);
                checked = true;
            }
            bencher.iter_custom(|n_runs| stage.time(&mut contender, n_runs));
        });
    }
}

impl<T: Precision> Stage<T> {
    fn new(task: Task, n_logits: usize, n_classes: usize) -> Self {
        let mut inputs = Inputs::seeded(n_logits, n_classes);
        if task == Task::HessianVectorProduct {
            inputs = inputs.with_vectors();
        }
        Self {
            exact: Exact::new(task, &inputs),
            buffers: Buffers::new(task, &inputs),
            inputs,
        }
    }

    fn check<C: Contender<T>>(&mut self, contender: &mut C) {
        let Self {
            inputs,
            exact,
            buffers,
        } = self;
        // What another contender has written is not right by accident either.
        buffers.forget();
        contender.prepare(inputs, buffers);
        contender.run(inputs, buffers);
        contender.check(inputs, buffers, exact);
    }

    fn time<C: Contender<T>>(&mut self, contender: &mut C, n_runs: u64) -> Duration {
        let Self {
            inputs, buffers, ..
        } = self;
        if contender.is_in_place() {
            let runs = (0..n_runs).map(|_| {
                contender.prepare(inputs, buffers);
                time(|| contender.run(black_box(inputs), black_box(buffers)))
            });
            return runs.sum();
        }
        time(|| {
            for _ in 0..n_runs {
                contender.run(black_box(inputs), black_box(buffers));
            }
        })
    }
}

fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}
