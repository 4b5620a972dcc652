//! Columns of Parquet and Arrow IPC files: numbers, and lists of numbers that are all of one length.

mod contain;
mod footer;
pub(super) mod ipc;
mod pages;
pub(super) mod parquet;
mod structures;
mod thrift;

use super::container::one_line;

/// What is wrong with lists that make no array.
fn ragged(name: &str, row: u64, length: u64, width: u64) -> String {
    let name = one_line(name);
    format!("column '{name}': row {row} has {length} numbers, those before have {width}")
}
