//! The interface as Rust has it, in C, for a compiler to compare with the header.
