//! Backends of this processor.

use std::sync::OnceLock;

use surprisal::Backend;

use crate::bytes::Bytes;

/// A backend, and another of its class, which must give the same bits, where there is one.
pub fn two_of_a_class(bytes: &mut Bytes<'_>) -> [Backend; 2] {
    static AVAILABLE: OnceLock<Vec<Backend>> = OnceLock::new();
    let available = AVAILABLE.get_or_init(|| Backend::available().collect());
    let first = bytes.choose(available);
    let is_other = |backend: &Backend| {
        *backend != first && backend.arithmetic_class() == first.arithmetic_class()
    };
    let others: Vec<Backend> = available.iter().copied().filter(is_other).collect();
    let choice = bytes.byte();
    match others.len() {
        0 => [first; 2],
        n => [first, others[usize::from(choice) % n]],
    }
}
