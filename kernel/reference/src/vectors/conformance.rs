//! Values of `torch` for every option of its loss: `data/conformance`.

use serde::Deserialize;

const TORCH: &str = include_str!("../../data/conformance/torch_cross_entropy.json");

/// A call of `torch.nn.functional.cross_entropy` in float64, with its results.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct ConformanceCase {
    /// What the case is about.
    pub name: String,
    /// Number of rows.
    pub n_rows: usize,
    /// Number of classes.
    pub n_classes: usize,
    /// `[n_rows, n_classes]`.
    #[serde(deserialize_with = "numbers")]
    pub logits: Vec<f64>,
    /// `[n_rows]`, unless targets are probabilities.
    pub labels: Option<Vec<i64>>,
    /// `[n_rows, n_classes]`, unless targets are labels.
    pub target_probabilities: Option<Vec<f64>>,
    /// `[n_classes]`.
    pub class_weights: Option<Vec<f64>>,
    /// 0 where the option was not given.
    pub label_smoothing: f64,
    /// The label of rows that do not count, if the option was given.
    pub ignore_index: Option<i64>,
    /// The results in each reduction.
    pub expected: Expected,
    /// Hessian blocks of the sum, `[n_rows, n_classes, n_classes]`; not for masked classes.
    pub hessian_sum: Option<Vec<f64>>,
}

/// Results in each reduction. NaN is as `torch` gives it, for the project to accept or not.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Expected {
    /// Losses of the rows.
    #[serde(deserialize_with = "numbers")]
    pub none: Vec<f64>,
    /// Their sum.
    #[serde(deserialize_with = "number")]
    pub sum: f64,
    /// The gradient of the sum, `[n_rows, n_classes]`.
    #[serde(deserialize_with = "numbers")]
    pub grad_sum: Vec<f64>,
    /// The mean of `torch`: the sum over the sum of the weights.
    #[serde(deserialize_with = "number")]
    pub mean: f64,
    /// The gradient of the mean, `[n_rows, n_classes]`.
    #[serde(deserialize_with = "numbers")]
    pub grad_mean: Vec<f64>,
}

/// All cases.
///
/// # Panics
/// If the committed file is not what its README says.
pub fn conformance() -> Vec<ConformanceCase> {
    let file: File = serde_json::from_str(TORCH).expect("the file has the fields of the README");
    file.cases
}

#[derive(Deserialize)]
struct File {
    cases: Vec<ConformanceCase>,
}

/// A number, or the name of one that JSON does not have.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Finite(f64),
    Name(String),
}

fn numbers<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let decode = |number| match number {
        Number::Finite(x) => Ok(x),
        // `f64` reads "inf", "-inf" and "nan".
        Number::Name(name) => name.parse().map_err(serde::de::Error::custom),
    };
    Vec::deserialize(deserializer)?
        .into_iter()
        .map(decode)
        .collect()
}

/// A scalar, which the file has as an array of one.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let numbers = numbers(deserializer)?;
    match numbers[..] {
        [number] => Ok(number),
        _ => Err(serde::de::Error::invalid_length(
            numbers.len(),
            &"one number",
        )),
    }
}
