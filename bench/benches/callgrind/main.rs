//! Instructions that each operation of the kernel takes, counted by callgrind.
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
use surprisal::{Backend, CrossEntropy, Error};
use surprisal_bench::Inputs;

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
struct Call {
    loss: CrossEntropy,
    inputs: Inputs,
    vectors: Vec<f32>,
    losses: Vec<f32>,
    out: Vec<f32>,
}

/// With room for an output a logit.
fn call(backend: Backend, n_classes: usize) -> Call {
    let inputs = Inputs::seeded(LOGITS, n_classes);
    Call {
        loss: CrossEntropy::new().backend(backend),
        vectors: inputs.vectors(),
        losses: vec![f32::NAN; inputs.labels.len()],
        out: vec![f32::NAN; inputs.logits.len()],
        inputs,
    }
}

/// With room for a matrix a row.
fn call_with_matrices(backend: Backend, n_classes: usize) -> Call {
    let mut call = call(backend, n_classes);
    call.out = vec![f32::NAN; call.inputs.logits.len() * n_classes];
    call
}

/// What operations take.
struct Arguments<'a> {
    logits: &'a [f32],
    n: usize,
    labels: &'a [u32],
    vectors: &'a [f32],
    losses: &'a mut [f32],
    out: &'a mut [f32],
}

impl Call {
    /// Makes the call. Gives it back, so that freeing the memory is not counted.
    #[inline(always)]
    fn count(
        mut self,
        operation: impl FnOnce(&CrossEntropy, Arguments<'_>) -> Result<(), Error>,
    ) -> Self {
        let Self {
            loss,
            inputs,
            vectors,
            losses,
            out,
        } = black_box(&mut self);
        let Inputs {
            logits,
            labels,
            n_classes,
        } = inputs;
        let arguments = Arguments {
            logits,
            n: *n_classes,
            labels,
            vectors,
            losses,
            out,
        };
        operation(loss, arguments).expect("the processor has the backend");
        self
    }
}

#[library_benchmark]
#[bench::vector_10(call(VECTOR, 10))]
#[bench::vector_1000(call(VECTOR, 1000))]
#[bench::vector_32000(call(VECTOR, 32_000))]
#[bench::portable_10(call(PORTABLE, 10))]
#[bench::portable_1000(call(PORTABLE, 1000))]
#[bench::portable_32000(call(PORTABLE, 32_000))]
fn losses(call: Call) -> Call {
    call.count(
        |loss,
         Arguments {
             logits,
             n,
             labels,
             losses,
             ..
         }| loss.losses(logits, n, labels, losses),
    )
}

#[library_benchmark]
#[bench::vector_10(call(VECTOR, 10))]
#[bench::vector_1000(call(VECTOR, 1000))]
#[bench::vector_32000(call(VECTOR, 32_000))]
#[bench::portable_10(call(PORTABLE, 10))]
#[bench::portable_1000(call(PORTABLE, 1000))]
#[bench::portable_32000(call(PORTABLE, 32_000))]
fn losses_and_gradients(call: Call) -> Call {
    call.count(
        |loss,
         Arguments {
             logits,
             n,
             labels,
             losses,
             out,
             ..
         }| { loss.losses_and_gradients(logits, n, labels, None, losses, out) },
    )
}

#[library_benchmark]
#[bench::vector_10(call(VECTOR, 10))]
#[bench::vector_1000(call(VECTOR, 1000))]
#[bench::vector_32000(call(VECTOR, 32_000))]
#[bench::portable_10(call(PORTABLE, 10))]
#[bench::portable_1000(call(PORTABLE, 1000))]
#[bench::portable_32000(call(PORTABLE, 32_000))]
fn probabilities(call: Call) -> Call {
    call.count(|loss, Arguments { logits, n, out, .. }| loss.probabilities(logits, n, out))
}

#[library_benchmark]
#[bench::vector_10(call(VECTOR, 10))]
#[bench::vector_1000(call(VECTOR, 1000))]
#[bench::vector_32000(call(VECTOR, 32_000))]
#[bench::portable_10(call(PORTABLE, 10))]
#[bench::portable_1000(call(PORTABLE, 1000))]
#[bench::portable_32000(call(PORTABLE, 32_000))]
fn hessian_diagonals(call: Call) -> Call {
    call.count(
        |loss,
         Arguments {
             logits,
             n,
             labels,
             out,
             ..
         }| { loss.hessian_diagonals(logits, n, labels, out) },
    )
}

#[library_benchmark]
#[bench::vector_10(call(VECTOR, 10))]
#[bench::vector_1000(call(VECTOR, 1000))]
#[bench::vector_32000(call(VECTOR, 32_000))]
#[bench::portable_10(call(PORTABLE, 10))]
#[bench::portable_1000(call(PORTABLE, 1000))]
#[bench::portable_32000(call(PORTABLE, 32_000))]
fn hessian_vector_products(call: Call) -> Call {
    call.count(
        |loss,
         Arguments {
             logits,
             n,
             labels,
             vectors,
             out,
             ..
         }| { loss.hessian_vector_products(logits, n, labels, vectors, out) },
    )
}

#[library_benchmark]
#[bench::vector_10(call_with_matrices(VECTOR, 10))]
#[bench::vector_100(call_with_matrices(VECTOR, 100))]
#[bench::portable_10(call_with_matrices(PORTABLE, 10))]
#[bench::portable_100(call_with_matrices(PORTABLE, 100))]
fn hessians(call: Call) -> Call {
    call.count(
        |loss,
         Arguments {
             logits,
             n,
             labels,
             out,
             ..
         }| { loss.hessians(logits, n, labels, out) },
    )
}

library_benchmark_group!(
    name = operations,
    benchmarks = [
        losses,
        losses_and_gradients,
        probabilities,
        hessian_diagonals,
        hessian_vector_products,
        hessians
    ]
);

main!(teardown = counts::check(); library_benchmark_groups = operations);
