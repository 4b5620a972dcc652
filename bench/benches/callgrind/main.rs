//! Instructions that each operation of the kernel takes, counted by callgrind and held against
//! committed figures.
//!
//! Every call reads the same number of logits, [`LOGITS`], so that counts of different numbers
//! of classes compare. Counts are the same in every run, which times never are.

#![expect(
    missing_docs,
    unused_qualifications,
    clippy::disallowed_methods,
    reason = "what the macros of gungraun expand to"
)]

mod counts;

use std::hint::black_box;

use gungraun::prelude::*;
use surprisal::{Backend, CrossEntropy, RowState};
use surprisal_bench::{
    Buffers, Contender, Inputs, Kernel, KernelInPlace, KernelWithOption, LossOption, RowByRow, Task,
};

/// Logits of each call: one row of the widest. Few, since valgrind is slow.
const LOGITS: usize = 32_000;

/// The fastest backend that valgrind knows. Not the detected one: where its instructions are
/// missing, the bench fails rather than count something else.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
const VECTOR: Backend = Backend::Avx2;
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
const VECTOR: Backend = Backend::Portable;
const PORTABLE: Backend = Backend::Portable;

/// A call ready to be counted: arguments made, outputs allocated and touched.
struct Call<C> {
    contender: C,
    inputs: Inputs,
    buffers: Buffers,
}

fn call(task: Task, backend: Backend, n_classes: usize) -> Call<Kernel> {
    prepare(Kernel { backend, task }, task, n_classes)
}

fn call_in_place(backend: Backend, n_classes: usize) -> Call<KernelInPlace> {
    prepare(KernelInPlace { backend }, Task::LossWithGradient, n_classes)
}

fn prepare<C: Contender>(mut contender: C, task: Task, n_classes: usize) -> Call<C> {
    let inputs = Inputs::seeded(LOGITS, n_classes).with_vectors();
    let mut buffers = Buffers::new(task, &inputs);
    contender.prepare(&inputs, &mut buffers);
    Call {
        contender,
        inputs,
        buffers,
    }
}

impl<C: Contender> Call<C> {
    /// Makes the call. Gives it back, so that freeing the memory is not counted.
    #[inline(always)]
    fn make(mut self) -> Self {
        let Self {
            contender,
            inputs,
            buffers,
        } = black_box(&mut self);
        contender.run(inputs, buffers);
        self
    }
}

macro_rules! operations {
    ($($function:ident $task:ident;)*) => {$(
        #[library_benchmark]
        #[bench::vector_10(call(Task::$task, VECTOR, 10))]
        #[bench::vector_1000(call(Task::$task, VECTOR, 1000))]
        #[bench::vector_32000(call(Task::$task, VECTOR, 32_000))]
        #[bench::portable_10(call(Task::$task, PORTABLE, 10))]
        #[bench::portable_1000(call(Task::$task, PORTABLE, 1000))]
        #[bench::portable_32000(call(Task::$task, PORTABLE, 32_000))]
        fn $function(call: Call<Kernel>) -> Call<Kernel> {
            call.make()
        }
    )*};
}

operations! {
    losses Loss;
    losses_and_gradients LossWithGradient;
    probabilities Probabilities;
    hessian_diagonals HessianDiagonal;
    hessian_vector_products HessianVectorProduct;
}

#[library_benchmark]
#[bench::vector_10(call_in_place(VECTOR, 10))]
#[bench::vector_1000(call_in_place(VECTOR, 1000))]
#[bench::vector_32000(call_in_place(VECTOR, 32_000))]
#[bench::portable_10(call_in_place(PORTABLE, 10))]
#[bench::portable_1000(call_in_place(PORTABLE, 1000))]
#[bench::portable_32000(call_in_place(PORTABLE, 32_000))]
fn losses_and_gradients_in_place(call: Call<KernelInPlace>) -> Call<KernelInPlace> {
    call.make()
}

fn call_with(option: LossOption, n_classes: usize) -> Call<KernelWithOption> {
    let task = Task::LossWithGradient;
    let kernel = KernelWithOption::new(VECTOR, option, n_classes, task);
    prepare(kernel, task, n_classes)
}

/// Losses and gradients with one option each.
macro_rules! options {
    ($($function:ident $option:ident;)*) => {$(
        #[library_benchmark]
        #[bench::vector_10(call_with(LossOption::$option, 10))]
        #[bench::vector_1000(call_with(LossOption::$option, 1000))]
        fn $function(call: Call<KernelWithOption>) -> Call<KernelWithOption> {
            call.make()
        }
    )*};
}

options! {
    with_class_weights ClassWeights;
    with_label_smoothing LabelSmoothing;
    with_z_loss ZLoss;
    with_softcap Softcap;
    with_temperature Temperature;
}

/// A matrix of 32 000 classes takes 4 GB.
macro_rules! matrices {
    ($($function:ident $task:ident;)*) => {$(
        #[library_benchmark]
        #[bench::vector_10(call(Task::$task, VECTOR, 10))]
        #[bench::vector_100(call(Task::$task, VECTOR, 100))]
        #[bench::vector_1000(call(Task::$task, VECTOR, 1000))]
        #[bench::portable_10(call(Task::$task, PORTABLE, 10))]
        #[bench::portable_100(call(Task::$task, PORTABLE, 100))]
        #[bench::portable_1000(call(Task::$task, PORTABLE, 1000))]
        fn $function(call: Call<Kernel>) -> Call<Kernel> {
            call.make()
        }
    )*};
}

matrices! {
    hessians Hessian;
    packed_hessians PackedHessian;
}

/// Rows as parts of rows, with room for their states.
struct Parts {
    loss: CrossEntropy<'static>,
    inputs: Inputs,
    states: Vec<RowState<f32>>,
}

fn states(backend: Backend, n_classes: usize) -> Parts {
    let inputs = Inputs::seeded(LOGITS, n_classes);
    Parts {
        loss: CrossEntropy::new().backend(backend),
        states: vec![RowState::EMPTY; inputs.labels.len()],
        inputs,
    }
}

#[library_benchmark]
#[bench::vector_10(states(VECTOR, 10))]
#[bench::vector_1000(states(VECTOR, 1000))]
#[bench::portable_10(states(PORTABLE, 10))]
#[bench::portable_1000(states(PORTABLE, 1000))]
fn row_states(mut rows: Parts) -> Parts {
    let Parts {
        loss,
        inputs,
        states,
    } = black_box(&mut rows);
    let found = loss.row_states(&inputs.logits, inputs.n_classes, states);
    found.expect("a state for every row");
    rows
}

/// What is done with the Hessian of a row takes the fastest instructions by itself. All
/// eigenvalues take a time of the square of the number of classes.
macro_rules! row_by_row {
    ($($function:ident: $first:ident $first_n:literal, $second:ident $second_n:literal;)*) => {$(
        #[library_benchmark]
        #[bench::$first(RowByRow::seeded(LOGITS, $first_n))]
        #[bench::$second(RowByRow::seeded(LOGITS, $second_n))]
        fn $function(mut rows: RowByRow) -> RowByRow {
            black_box(&mut rows).$function();
            rows
        }
    )*};
}

row_by_row! {
    damped_solves: row_10 10, row_1000 1000;
    eigenvalues: row_10 10, row_100 100;
}

library_benchmark_group!(
    name = operations,
    benchmarks = [
        losses,
        losses_and_gradients,
        losses_and_gradients_in_place,
        with_class_weights,
        with_label_smoothing,
        with_z_loss,
        with_softcap,
        with_temperature,
        probabilities,
        hessian_diagonals,
        hessian_vector_products,
        hessians,
        packed_hessians,
        row_states,
        damped_solves,
        eigenvalues
    ]
);

main!(teardown = counts::check(); library_benchmark_groups = operations);
