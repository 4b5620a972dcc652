//! What the fuzz targets share: how the fuzzer's bytes become numbers, options and backends, and
//! files of each format.

pub mod backends;
pub mod bytes;
pub mod formats;
pub mod numbers;
pub mod options;

use libfuzzer_sys::Corpus;

/// Whether the fuzzer derives others from an input that passed: not from rows of several blocks,
/// which take fifty times as long as narrow ones. It comes to them from these.
pub fn keep_unless(is_wide: bool) -> Corpus {
    if is_wide {
        Corpus::Reject
    } else {
        Corpus::Keep
    }
}

/// Equal bits, or NaN on both sides: the payload of a NaN is nobody's business.
#[track_caller]
pub fn assert_same_bits<T: numbers::Real>(what: &str, actual: &[T], expected: &[T]) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (i, (&a, &b)) in actual.iter().zip(expected).enumerate() {
        assert!(
            numbers::same_bits(a, b),
            "{what}: entry {i} is {a:?}, not {b:?}"
        );
    }
}
