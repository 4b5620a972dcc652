//! The Hessian of a row as a value: every operation against dense algebra in double-doubles.

#![allow(
    clippy::needless_range_loop,
    reason = "indices count rows and columns of matrices, as in the formulas"
)]

#[path = "../common/mod.rs"]
mod common;
mod dense;
mod entries;
mod factors;
mod odd;
mod pseudo_inverse;
mod raised;
mod refusals;
mod rows;
mod solves;
mod spectrum;
mod steps;
