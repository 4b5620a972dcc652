//! The functions of the C header with arguments of any kind whose behaviour is defined.
//!
//! All arrays of a call lie in one arena: apart, overlapping, misaligned, absent, of sizes beyond
//! memory. A call must refuse what is wrong and write nothing then; else the arena must be what the
//! Rust interface makes of it, to the last byte: outputs with the same bits, and inputs and
//! canaries as they were.

#![no_main]

mod arena;
mod arrays;
mod call;
mod expected;
mod fill;
mod function;
mod functions;
mod options;
mod run;
mod status;

use call::Call;
use libfuzzer_sys::fuzz_target;
use surprisal_fuzz::bytes::Bytes;

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Bytes(bytes);
    if bytes.once_in(2) {
        Call::<f64>::read(&mut bytes).check();
    } else {
        Call::<f32>::read(&mut bytes).check();
    }
});
