//! The oracle of the oracle: [`Wide`] and [`Row`] against arbitrary precision (dashu-float).

mod big;
mod rows;
mod wide;
