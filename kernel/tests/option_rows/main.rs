//! Options by hand: the fixed vectors, the rows that other libraries get wrong, and how options
//! mean each other.

#[path = "../common/mod.rs"]
mod common;
mod limits;
mod odd;
mod refusals;
mod values;

use surprisal_reference::vectors::fixed;

const INF: f64 = f64::INFINITY;
const NO_LABELS: &[u8] = &[];

fn logits() -> Vec<f64> {
    fixed::LOGITS.concat()
}

/// The values were computed in double precision, of decimal inputs: a few roundings of theirs.
#[track_caller]
fn assert_close(actual: f64, expected: f64) {
    let error = (actual - expected).abs() / expected.abs();
    assert!(error < 1e-14, "{actual}, not {expected}");
}
