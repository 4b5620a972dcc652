//! The benches of `surprisal`, and what they share.
//!
//! | bench | shows | needs |
//! |---|---|---|
//! | `lookup_vs_one_hot` | what reading one logit by its label saves against a softmax times one-hot rows: time, and bytes of logits a second | nothing |
//! | `callgrind` | instructions that each operation of the kernel takes | feature `callgrind`, valgrind, `gungraun-runner` of the version of `gungraun` in the manifest |
//!
//! ```text
//! cargo bench -p surprisal-bench
//! cargo bench -p surprisal-bench --bench lookup_vs_one_hot -- 'loss/C=1000/'
//! cargo install --locked gungraun-runner --version 0.20.0
//! cargo bench -p surprisal-bench --features callgrind --bench callgrind
//! ```
//!
//! Times are for comparison within one run on one machine at rest. Instruction counts are the
//! same in every run, but valgrind knows no AVX-512: a processor that has it runs AVX2 there.
//!
//! Nothing is timed before it is [checked](verification): a [contender](Contender) whose losses
//! or gradients are wrong on the very [inputs](Inputs) of the measurement ends the bench with its
//! name. A new bench is a file in `benches`; it takes its inputs from here, and checks through
//! here what it times.

#![forbid(unsafe_code)]

mod contenders;
mod inputs;
pub mod verification;

pub use contenders::{Build, Contender};
pub use inputs::{Buffers, Inputs, Task};

use surprisal::Backend;

/// The backends whose speed matters: all that this processor can run, but for
/// [`Backend::PortableFused`]. That one exists to give the bits of the vector backends on every
/// processor; it does the fused multiply-add in software, many instructions for each.
pub fn timed_backends() -> impl Iterator<Item = Backend> {
    Backend::available().filter(|&backend| backend != Backend::PortableFused)
}
