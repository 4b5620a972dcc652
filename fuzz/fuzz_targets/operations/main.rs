//! Every operation of the kernel, on every backend of the processor, against the reference.
//!
//! The fuzzer's bytes become a [`Case`]: a batch, its options and perhaps a slice of a wrong
//! length. The reference says whether the batch is refused, and why; if so, the kernel must say
//! the same and leave every output untouched. If not, every entry of every output is held against
//! its exact value.

#![no_main]

mod case;
mod exact;
mod numbers;
mod oracle;
mod outputs;

use case::Case;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|case: Case| case.check());
