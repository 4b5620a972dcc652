//! What is calibrated, and on which rows.

use std::fmt;

use crate::{error::Error, newton::check};

/// What maps logits to calibrated ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// One temperature, which changes no prediction.
    Temperature,
    /// A bias a class.
    Bias,
    /// A scale and a bias a class.
    Vector,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Temperature => "temperature",
            Self::Bias => "bias",
            Self::Vector => "vector",
        })
    }
}

/// The options of a calibration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationOptions {
    /// Which parameters there are.
    pub method: Method,
    /// Factor of half the squared distance of scales from 1 and of biases from 0, from 0 to 1e30;
    /// a temperature is free of it.
    pub l2: f64,
    /// Part of the rows that is held out of the fit and measured, from 0 to below 1; with 0 the rows
    /// that are fitted are measured.
    pub holdout: f64,
    /// What chooses the rows that are held out.
    pub seed: u64,
    /// Newton's method has converged where the objective is within this part of its minimum, by
    /// the quadratic model of the last step; that step is taken, and squares it. From 1e-16 to 1.
    pub tolerance: f64,
    /// Steps of Newton's method at most.
    pub max_iterations: usize,
}

impl CalibrationOptions {
    /// The options that the program has unless it is told otherwise.
    pub fn new(method: Method) -> Self {
        Self {
            method,
            l2: 1.0,
            holdout: 0.5,
            seed: 0,
            tolerance: 1e-9,
            max_iterations: 100,
        }
    }

    /// The penalty that the method has.
    pub(super) fn penalty(&self) -> f64 {
        match self.method {
            Method::Temperature => 0.0,
            Method::Bias | Method::Vector => self.l2,
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if !(0.0..1.0).contains(&self.holdout) {
            return Err(Error::OptionOutOfRange {
                option: "holdout".to_owned(),
                value: self.holdout,
                allowed: "from 0 to below 1",
            });
        }
        check(self.l2, self.tolerance)
    }
}
