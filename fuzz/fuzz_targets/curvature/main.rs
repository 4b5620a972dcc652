//! The Hessian of a row as a value, against dense algebra in double-doubles.
//!
//! What is checked, and how far off it may be, is what the kernel's own tests say: their modules are
//! compiled here, and the fuzzer chooses the row, its options and one of the checks.

#![no_main]
#![allow(
    dead_code,
    unused_imports,
    clippy::needless_range_loop,
    reason = "the tests' modules hold more than a fuzz target needs, and allow what they do"
)]

#[path = "../../../kernel/tests/common/mod.rs"]
mod common;
#[path = "../../../kernel/tests/row_hessian/dense.rs"]
mod dense;
#[path = "../../../kernel/tests/row_hessian/entries.rs"]
mod entries;
#[path = "../../../kernel/tests/row_hessian/factors.rs"]
mod factors;
#[path = "../../../kernel/tests/row_hessian/pseudo_inverse.rs"]
mod pseudo_inverse;
#[path = "../../../kernel/tests/row_hessian/raised.rs"]
mod raised;
mod row;
#[path = "../../../kernel/tests/row_hessian/rows.rs"]
mod rows;
#[path = "../../../kernel/tests/row_hessian/solves.rs"]
mod solves;
#[path = "../../../kernel/tests/row_hessian/spectrum.rs"]
mod spectrum;
#[path = "../../../kernel/tests/row_hessian/steps.rs"]
mod steps;

use common::Real;
use libfuzzer_sys::fuzz_target;
use surprisal_fuzz::bytes::Bytes;

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Bytes(bytes);
    if bytes.once_in(2) {
        check::<f64>(&mut bytes);
    } else {
        check::<f32>(&mut bytes);
    }
});

/// So many choices are checks of entries, of their sums and of products with them.
const OF_ENTRIES: u8 = 17;

/// One of the checks on one row.
fn check<T: Real>(bytes: &mut Bytes<'_>) {
    let choice = bytes.byte() % 64;
    let case = row::read::<T>(bytes);
    // Entries have a bound that says so; of what is divided by a nothing is known then.
    if choice >= OF_ENTRIES && case.has_lost_inner() {
        return;
    }
    match choice {
        0..6 => entries::matrices(&case),
        6..10 => entries::sums(&case),
        10..OF_ENTRIES => entries::products(&case),
        OF_ENTRIES..22 => entries::roots(&case),
        22 => entries::bounds_hold(&case),
        23..31 => factors::factors(&case),
        31..35 => factors::solves(&case),
        35..42 => solves::damped(&case, &[bytes.choose(&solves::LAMBDAS)]),
        42..47 => pseudo_inverse::pseudo(&case),
        47..50 => solves::round_trips(&case),
        50..58 => spectrum::check(&case),
        _ => steps::steps(&case),
    }
}
