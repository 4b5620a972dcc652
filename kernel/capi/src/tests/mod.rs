//! Tests of the interface: that it is the header's, that it refuses what can be seen to be wrong,
//! and that every function is the kernel's of its name.

mod header;
mod operations;
#[cfg(unix)]
mod pages;
pub(crate) mod prototypes;
mod refusals;
