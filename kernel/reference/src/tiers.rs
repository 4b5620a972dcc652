//! Named tiers of inputs, the same on every machine and in every run.
//!
//! Ordinary rows are in three tiers ([`bulk`]): [`edge()`] holds rows found by thought, [`spaced()`]
//! walks the one argument that matters in two-class rows over its whole range, [`random()`] draws
//! rows of many widths from many laws. They are compared by the error budget. Rows that are not
//! ordinary, with NaN and infinities, are in [`odd()`]; their values are decreed, not rounded.
//! [`found()`] holds the few rows that the kernel has been found to err most on.
//! [`options()`] draws rows under options of the loss.

mod draw;
mod edge;
mod found;
mod odd;
mod options;
mod random;
mod spaced;

pub use self::{
    edge::edge,
    found::found,
    odd::odd,
    options::{OptionsBatch, Targets, options},
    random::random,
    spaced::spaced,
};
use crate::Float;

/// A row and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Case<T> {
    /// The logits of the row, at least one.
    pub logits: Vec<T>,
    /// The label, one of the classes.
    pub label: usize,
}

/// Cases with a common purpose.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier<T> {
    /// Its name in reports.
    pub name: &'static str,
    /// Its cases, always the same ones in the same order.
    pub cases: Vec<Case<T>>,
}

/// All tiers of ordinary rows.
pub fn bulk<T: Float>() -> Vec<Tier<T>> {
    vec![edge(), spaced(), random()]
}

impl<T: Float> Tier<T> {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            cases: Vec::new(),
        }
    }

    /// Adds a row, rounded to the type, once for each label that can make a difference: the
    /// largest and the smallest logit, the first and the last one.
    fn push_row(&mut self, row: &[f64]) {
        let logits: Vec<T> = row.iter().map(|&z| T::round(z)).collect();
        let mut labels = vec![argmax(&logits), argmin(&logits), 0, logits.len() - 1];
        labels.sort_unstable();
        labels.dedup();
        for label in labels {
            self.cases.push(Case {
                logits: logits.clone(),
                label,
            });
        }
    }
}

/// The lowest index of a largest logit.
fn argmax<T: PartialOrd>(logits: &[T]) -> usize {
    (0..logits.len()).fold(0, |best, j| if logits[j] > logits[best] { j } else { best })
}

/// The lowest index of a smallest logit.
fn argmin<T: PartialOrd>(logits: &[T]) -> usize {
    (0..logits.len()).fold(0, |best, j| if logits[j] < logits[best] { j } else { best })
}
