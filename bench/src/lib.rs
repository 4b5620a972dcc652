//! The benches of `surprisal`, and what they share.
//!
//! | bench | shows | needs |
//! |---|---|---|
//! | `roofline` | the kernel beside plain passes over the same arrays: loss and a read, gradient in place and a scaling, Hessians and a fill, Hessian-vector products and a triad; in cache and out of it | 1 GiB of memory |
//! | `threads` | what a second thread brings to the loss and to a plain read | |
//! | `precision` | the types of logits against each other | 1.5 GiB of memory |
//! | `options` | what the options of the loss cost beside the plain loss | |
//! | `second_order` | what is done with the Hessian of a row, beside the loss of the row | |
//! | `lookup_vs_one_hot` | what reading one logit by its label saves against a softmax times one-hot rows | |
//! | `callgrind` | instructions that each operation of the kernel takes, against committed figures | feature `callgrind`, valgrind, `gungraun-runner` of the version of `gungraun` in the manifest |
//!
//! The first six take times, and bytes of logits a second:
//!
//! ```text
//! cargo bench -p surprisal-bench                                       all, a quarter of an hour
//! cargo bench -p surprisal-bench --bench roofline                      one of them
//! cargo bench -p surprisal-bench -- 'roofline/loss/in cache'           groups by their names
//! cargo bench -p surprisal-bench -- --test                             all checked once, untimed
//! ```
//!
//! Names are `BENCH/TASK/SIZE/C=CLASSES/CONTENDER`. `bench/records/README.md` says how a run
//! becomes a record with medians and ratios.
//!
//! Instruction counts that are more than 5 % above the committed figures fail, and below too; the
//! last of these commands writes new figures:
//!
//! ```text
//! cargo install --locked gungraun-runner --version 0.20.0
//! cargo bench -p surprisal-bench --features callgrind --bench callgrind
//! SURPRISAL_WRITE_FIGURES=1 cargo bench -p surprisal-bench --features callgrind --bench callgrind
//! ```
//!
//! Peers are elsewhere: other Rust packages in `bench/peers/benches/peers.rs`, PyTorch and JAX in
//! `bench/peers/compare.py`, JAX's second derivatives and LAPACK in `bench/peers/second_order.py`;
//! each says at its top how it is run.
//!
//! A file of 6 GB beside rows in memory: the program `larger_than_memory` says at its top how it is
//! run.
//!
//! Times are for comparison within one run on one machine at rest. Instruction counts are the
//! same in every run, but valgrind knows no AVX-512: a processor that has it runs AVX2 there.
//!
//! Nothing is timed before it is [checked](verification): a [contender](Contender) whose results
//! are wrong on the very [inputs](Inputs) of the measurement ends the bench with its name. A new
//! bench is a file in `benches` that lets contenders enter a [`Race`].

#![forbid(unsafe_code)]

use std::time::Duration;

use criterion::Criterion;

mod buffers;
mod contender;
pub mod figures;
mod inputs;
mod kernel;
mod kernel_with_option;
pub mod passes;
mod precision;
mod race;
pub mod record;
mod row_by_row;
mod task;
pub mod textbook;
mod timing;
pub mod verification;

pub use buffers::Buffers;
pub use contender::Contender;
pub use inputs::{Inputs, numbers};
pub use kernel::{Kernel, KernelInPlace, fastest_backends, timed_backends};
pub use kernel_with_option::{KernelWithOption, LossOption};
pub use precision::Precision;
pub use race::{Race, Size};
pub use row_by_row::RowByRow;
pub use task::Task;
pub use timing::{finish, times};

/// How long the benches measure: a second for each contender, as the ratios of medians need.
pub fn settings() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .sample_size(15)
        .without_plots()
}

/// The compiler that built this package, as it names itself.
pub const COMPILER: &str = env!("COMPILER");
