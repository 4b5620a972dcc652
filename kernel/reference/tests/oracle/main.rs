//! The oracle of the oracle: [`Wide`], [`Row`] and [`Objective`] against arbitrary precision (dashu-float).

mod big;
mod objectives;
mod rows;
mod wide;
