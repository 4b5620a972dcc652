//! The Hessian of a row as a value: what is done with it, beside the loss of the same row.
//!
//! Rows of `f64` in cache, one at a time. Each operation is verified before it is timed, by an
//! identity that it has to keep.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use surprisal_bench::{RowByRow, settings};

const CLASSES: [usize; 3] = [10, 100, 1000];

fn second_order(criterion: &mut Criterion) {
    for n_classes in CLASSES {
        let mut row = RowByRow::seeded(n_classes, n_classes);
        row.check_solves();
        row.check_eigenvalues();
        let mut group = criterion.benchmark_group(format!("second_order/{n_classes}"));
        group.throughput(Throughput::Elements(1));
        group.bench_function("loss", |b| b.iter(|| black_box(&mut row).losses()));
        group.bench_function("the value", |b| b.iter(|| black_box(&mut row).values()));
        group.bench_function("damped solve", |b| {
            b.iter(|| black_box(&mut row).damped_solves());
        });
        group.bench_function("all eigenvalues", |b| {
            b.iter(|| black_box(&mut row).eigenvalues());
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = settings();
    targets = second_order
}
criterion_main!(benches);
