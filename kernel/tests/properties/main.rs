//! Properties of random rows, on every backend. The environment variable `PROPTEST_CASES` says of
//! how many cases each.

#[path = "../common/mod.rs"]
mod common;
mod rows;
mod slices;
mod sums;

use proptest::{prelude::*, sample::select};

/// Where a failing case would be kept is no part of the tree: who finds one writes a test of it.
fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Numbers of classes: of narrow rows, and on both sides of vectors, of what is looked at first, and
/// of blocks.
fn width() -> impl Strategy<Value = usize> {
    let borders = select(vec![64, 128, 256, 512, 2048, 4096]);
    prop_oneof![
        6 => 1..=70_usize,
        1 => (borders, 0..=4_usize).prop_map(|(border, i)| border + i - 2),
    ]
}

/// Logits of so many classes as multiples of a power of two: integers, and the exponent.
fn grid(n_classes: usize) -> impl Strategy<Value = (Vec<i32>, i32)> {
    let entry = prop_oneof![4 => -0x8000..0x8000, 1 => -8..8];
    (prop::collection::vec(entry, n_classes), -14..=4)
}
