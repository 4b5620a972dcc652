//! The parameters of a calibration, and their file.

use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    array::{ArrayName, Extent, Role},
    error::Error,
};

/// What maps logits x to calibrated ones.
///
/// Its file is one JSON object:
///
/// ```text
/// {"method": "temperature", "classes": 214, "temperature": 1.25}       x / temperature
/// {"method": "bias", "biases": [0.5, -0.5, null]}                      x + bias
/// {"method": "vector", "scales": [0.9, 1.1], "biases": [0.5, -0.5]}    scale x + bias
/// ```
///
/// with one scale and bias a class, and `null` for the bias `-inf` of a masked class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "lowercase", deny_unknown_fields)]
pub enum Calibration {
    /// Logits are divided by a temperature.
    Temperature {
        /// How many classes there were.
        classes: usize,
        /// Above 0.
        temperature: f64,
    },
    /// A number is added to the logits of each class.
    Bias {
        /// One a class.
        #[serde(deserialize_with = "null_is_infinite")]
        biases: Vec<f64>,
    },
    /// Logits of each class are multiplied before.
    Vector {
        /// One a class.
        scales: Vec<f64>,
        /// One a class.
        #[serde(deserialize_with = "null_is_infinite")]
        biases: Vec<f64>,
    },
}

impl Calibration {
    /// Reads a file of parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], and [`Error::Parameters`] for what are no parameters.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let array = ArrayName::file(Role::Calibration, path);
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(cause) => return Err(Error::Read { array, cause }),
        };
        let refused = |reason: String| Error::Parameters {
            array: array.clone(),
            reason,
        };
        let calibration: Self =
            serde_json::from_slice(&text).map_err(|error| refused(error.to_string()))?;
        match calibration.fault() {
            Some(fault) => Err(refused(fault)),
            None => Ok(calibration),
        }
    }

    /// The text of its file.
    pub fn to_json(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }

    /// How many classes logits must have.
    pub fn n_classes(&self) -> usize {
        match self {
            Self::Temperature { classes, .. } => *classes,
            Self::Bias { biases } | Self::Vector { biases, .. } => biases.len(),
        }
    }

    /// What is wrong with parameters that a file holds.
    fn fault(&self) -> Option<String> {
        match self {
            Self::Temperature { temperature, .. } => (!(*temperature > 0.0
                && temperature.is_finite()))
            .then(|| format!("temperature is {temperature:?}, must be above 0")),
            Self::Vector { scales, biases } if scales.len() != biases.len() => Some(format!(
                "there are {} scales and {} biases",
                scales.len(),
                biases.len()
            )),
            Self::Bias { .. } | Self::Vector { .. } => None,
        }
    }

    /// Refuses logits of another number of classes.
    pub(super) fn check(&self, logits: Extent<'_>) -> Result<(), Error> {
        logits.check_classes(&ArrayName::memory(Role::Calibration), self.n_classes())
    }

    /// The calibrated logit of a class. What is masked stays so.
    pub(super) fn of(&self, class: usize, logit: f64) -> f64 {
        match self {
            Self::Temperature { temperature, .. } => logit / temperature,
            Self::Bias { biases } => logit + biases[class],
            Self::Vector { scales, biases } => affine(scales[class], logit, biases[class]),
        }
    }
}

/// `scale x + bias`, with `-inf` for the logit of a masked class whatever the scale, which may be
/// zero or negative.
pub(super) fn affine(scale: f64, logit: f64, bias: f64) -> f64 {
    if logit == f64::NEG_INFINITY {
        logit
    } else {
        scale * logit + bias
    }
}

/// JSON has no infinite number.
fn null_is_infinite<'de, D: Deserializer<'de>>(numbers: D) -> Result<Vec<f64>, D::Error> {
    let numbers = Vec::<Option<f64>>::deserialize(numbers)?;
    let number = |number: Option<f64>| number.unwrap_or(f64::NEG_INFINITY);
    Ok(numbers.into_iter().map(number).collect())
}
