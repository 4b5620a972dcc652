//! The kernel beside plain passes over the same arrays: the fastest that anything can be which
//! has to read, or write, the same bytes.
//!
//! | operation | pass |
//! |---|---|
//! | losses | a read of the logits |
//! | losses, gradients in place of the logits | a scaling in place |
//! | dense Hessians | a fill of as many bytes; beside it a clearing, which may go past the caches |
//! | Hessian-vector products | reading logits and vectors and writing their sum: a triad |
//!
//! The kernel runs on each of the backends that compete for being the fastest: AVX2 forced beside
//! AVX-512, where there is one. The throughput counts the bytes of the logits, of Hessians those
//! of the result.

use criterion::{Criterion, criterion_group, criterion_main};
use surprisal::Backend;
use surprisal_bench::{
    Kernel, KernelInPlace, Race, Size, Task, fastest_backends,
    passes::{self, Pass},
    settings,
};

const SIZES: [Size; 2] = [Size::InCache, Size::OutOfCache];
const CLASSES: [usize; 5] = [10, 100, 1000, 32_000, 128_256];
/// A Hessian of 32 000 classes takes 4 GB.
const CLASSES_OF_HESSIANS: [usize; 3] = [10, 100, 1000];

fn losses(criterion: &mut Criterion) {
    each(criterion, Task::Loss, &CLASSES, &[Pass::Read]);
}

fn gradients_in_place(criterion: &mut Criterion) {
    for (size, n_classes) in shapes(&CLASSES) {
        let task = Task::LossWithGradient;
        let mut race = Race::new(criterion, "roofline", task, size, n_classes);
        race.enter(Pass::Scale);
        fastest_backends().for_each(|backend| race.enter(KernelInPlace { backend }));
    }
}

fn hessians(criterion: &mut Criterion) {
    let passes = [Pass::Fill, Pass::Clear];
    each(criterion, Task::Hessian, &CLASSES_OF_HESSIANS, &passes);
}

fn hessian_vector_products(criterion: &mut Criterion) {
    each(
        criterion,
        Task::HessianVectorProduct,
        &CLASSES,
        &[Pass::Triad],
    );
}

/// Passes and kernel for each shape.
fn each(criterion: &mut Criterion, task: Task, classes: &[usize], passes: &[Pass]) {
    for (size, n_classes) in shapes(classes) {
        let mut race = Race::new(criterion, "roofline", task, size, n_classes);
        for &pass in passes {
            race.enter(pass);
        }
        fastest_backends().for_each(|backend| race.enter(Kernel { backend, task }));
    }
}

fn shapes(classes: &[usize]) -> impl Iterator<Item = (Size, usize)> {
    SIZES
        .into_iter()
        .flat_map(|size| classes.iter().map(move |&n_classes| (size, n_classes)))
}

fn levels(_: &mut Criterion) {
    let backends: Vec<_> = fastest_backends().map(Backend::name).collect();
    eprintln!(
        "passes on {}, kernel on {}",
        passes::level(),
        backends.join(" and ")
    );
}

criterion_group! {
    name = benches;
    // Some eighty measurements on each backend.
    config = settings();
    targets = levels, losses, gradients_in_place, hessians, hessian_vector_products
}
criterion_main!(benches);
