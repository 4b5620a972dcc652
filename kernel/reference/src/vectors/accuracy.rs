//! Exact values for hard rows, computed with mpmath at 2600 bits: `data/accuracy`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Float, Wide};

const F32: &str = include_str!("../../data/accuracy/f32.json");
const F64: &str = include_str!("../../data/accuracy/f64.json");

/// A hard row with its exact loss, gradient and Hessian diagonal.
#[derive(Clone, Debug, PartialEq)]
pub struct AccuracyCase<T> {
    /// What kind of row it is.
    pub family: String,
    /// The logits.
    pub logits: Vec<T>,
    /// The label.
    pub label: usize,
    /// The loss; +inf for a masked label.
    pub loss: Wide,
    /// Entries of the gradient by class: all for rows of up to 10, else those of the label, of
    /// the maximum, the first and the last.
    pub gradient: BTreeMap<usize, Wide>,
    /// Entries of the diagonal of the Hessian, for the same classes.
    pub hessian_diagonal: BTreeMap<usize, Wide>,
}

/// The hard rows of an element type.
///
/// # Panics
/// If the committed file is not what its README says.
pub fn accuracy<T: Float>() -> Vec<AccuracyCase<T>> {
    let text = if T::PRECISION == f32::PRECISION {
        F32
    } else {
        F64
    };
    let file: File = serde_json::from_str(text).expect("the file has the fields of the README");
    assert_eq!(file.dtype, T::NAME, "the file is for another type");
    file.cases.into_iter().map(decode).collect()
}

#[derive(Deserialize)]
struct File {
    dtype: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    family: String,
    n_classes: usize,
    label: usize,
    /// Runs of equal logits: bits in hex, how many.
    logits: Vec<(String, usize)>,
    loss: Sum,
    gradient: BTreeMap<usize, Sum>,
    hessian_diagonal: BTreeMap<usize, Sum>,
}

/// `[hi, lo]`, bits in hex.
#[derive(Deserialize)]
struct Sum(String, String);

fn decode<T: Float>(case: Case) -> AccuracyCase<T> {
    let runs = case.logits.iter();
    let logits: Vec<T> = runs
        .flat_map(|(hex, n)| std::iter::repeat_n(T::from_low_bits(bits(hex)), *n))
        .collect();
    assert_eq!(logits.len(), case.n_classes, "the runs make up the row");
    let entries = |sums: BTreeMap<usize, Sum>| sums.iter().map(|(&j, s)| (j, s.value())).collect();
    AccuracyCase {
        family: case.family,
        logits,
        label: case.label,
        loss: case.loss.value(),
        gradient: entries(case.gradient),
        hessian_diagonal: entries(case.hessian_diagonal),
    }
}

impl Sum {
    fn value(&self) -> Wide {
        let (hi, lo) = (f64::from_bits(bits(&self.0)), f64::from_bits(bits(&self.1)));
        // The rest of an infinity is no number.
        if hi.is_finite() {
            Wide::from_sum(hi, lo)
        } else {
            Wide::from(hi)
        }
    }
}

fn bits(hex: &str) -> u64 {
    u64::from_str_radix(hex, 16).expect("bits are in hex")
}
