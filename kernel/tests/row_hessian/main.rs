//! The Hessian of a row as a value: every operation against dense algebra in double-doubles.

#[path = "../common/mod.rs"]
mod common;
mod dense;
mod entries;
mod factors;
mod odd;
mod refusals;
mod rows;
mod solves;
mod spectrum;
mod steps;
