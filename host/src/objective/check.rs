//! What the options are allowed to be. Ranges are the kernel's, which is asked on next to nothing.

use rayon::prelude::*;
use surprisal::{CrossEntropy, Denominator, Reduction, Values};

use super::Objective;
use crate::{
    array::{Extent, Shape},
    error::Error,
};

impl Objective {
    /// Checks everything but the target probabilities: shapes against those of the logits, and
    /// numbers against their ranges.
    pub(crate) fn check(&self, logits: Extent<'_>) -> Result<(), Error> {
        accepts(self.numbers())?;
        if let Some(weights) = &self.class_weights {
            logits.check_classes(weights.name(), weights.values().len())?;
        }
        if let Some(weights) = &self.row_weights {
            logits.check_rows(weights.name(), weights.values().len())?;
        }
        for weights in [&self.class_weights, &self.row_weights]
            .into_iter()
            .flatten()
        {
            if let Some((index, value)) = first_no_weight(weights.values().into()) {
                return Err(Error::WeightOutOfRange {
                    array: weights.name().clone(),
                    index,
                    value,
                });
            }
        }
        let shape = Shape(vec![logits.rows.1 as u64, logits.classes.1 as u64]);
        match &self.targets {
            Some(targets) if targets.shape() != shape => Err(Error::ShapeDiffers {
                array: targets.name().clone(),
                found: targets.shape(),
                needed: shape,
            }),
            _ => Ok(()),
        }
    }

    /// Checks the target probabilities in memory of the rows that count.
    pub(crate) fn check_targets(&self, counts: impl Fn(usize) -> bool + Sync) -> Result<(), Error> {
        let Some(targets) = &self.targets else {
            return Ok(());
        };
        let wrong = targets.held().into_par_iter().find_map_first(|row| {
            let values = counts(row).then(|| targets.slice(row..row + 1))?;
            let (class, value) = first_no_weight(values)?;
            Some((row, class, value))
        });
        match wrong {
            Some((row, class, value)) => Err(Error::TargetOutOfRange {
                array: targets.name().clone(),
                row,
                class,
                value,
            }),
            None => Ok(()),
        }
    }

    /// Checks what a mean is divided by; messages call it by the given name.
    pub(crate) fn check_denominator(&self, name: &str, value: f64) -> Result<(), Error> {
        let mean = Reduction::Mean(Denominator::Given(value));
        accepts(self.numbers().reduction(mean)).map_err(|error| match error {
            Error::OptionOutOfRange { value, allowed, .. } => Error::OptionOutOfRange {
                option: name.to_owned(),
                value,
                allowed,
            },
            error => error,
        })
    }
}

/// Asks whether the kernel accepts a loss without arrays, on one row of one class.
fn accepts(loss: CrossEntropy<'_>) -> Result<(), Error> {
    match loss.total(&[0.0_f64], 1, &[0_u8]) {
        Ok(_) => Ok(()),
        Err(surprisal::Error::OptionOutOfRange {
            option,
            value,
            allowed,
        }) => Err(Error::OptionOutOfRange {
            // As the command line calls it.
            option: option.replace('_', "-"),
            value,
            allowed,
        }),
        Err(error) => Err(error.into()),
    }
}

/// The first number that is no weight, which target probabilities have to be as well. As weights
/// of classes the kernel looks at them even where there is no row.
fn first_no_weight(values: Values<'_>) -> Option<(usize, f64)> {
    let no_labels: &[u8] = &[];
    let loss = CrossEntropy::new().class_weights(values);
    match loss.total::<f64, _>(&[], values.len(), no_labels) {
        Err(surprisal::Error::WeightOutOfRange { index, value, .. }) => Some((index, value)),
        _ => None,
    }
}
