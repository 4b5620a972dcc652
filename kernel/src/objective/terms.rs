//! The terms of the objective beyond a factor of the row, as the user gives them.

use crate::{
    base::Bases,
    cross_entropy::options::{LARGEST_WEIGHT, in_range},
    error::Error,
    values::Values,
};

/// How label smoothing spreads a part of the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Smoothing {
    /// Over all classes, the label's included.
    OverAll(f64),
    /// Over the other classes.
    OverOthers(f64),
}

/// What changes more than a factor of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Terms<'a> {
    pub(crate) smoothing: Smoothing,
    pub(crate) probabilities: Option<Values<'a>>,
    pub(crate) z_loss: f64,
    pub(crate) softcap: Option<f64>,
    pub(crate) temperature: Option<f64>,
}

impl Terms<'_> {
    /// All of them off.
    pub(crate) const NONE: Self = Self {
        smoothing: Smoothing::OverAll(0.0),
        probabilities: None,
        z_loss: 0.0,
        softcap: None,
        temperature: None,
    };

    /// Whether losses and gradients are the plain ones times a factor.
    pub(crate) fn are_off(&self) -> bool {
        !self.smooth() && self.probabilities.is_none() && !self.bend()
    }

    /// Whether a part of the target is spread.
    pub(crate) fn smooth(&self) -> bool {
        let (Smoothing::OverAll(part) | Smoothing::OverOthers(part)) = self.smoothing;
        part != 0.0
    }

    /// Whether logits are not computed on as they are.
    pub(crate) fn warp(&self) -> bool {
        self.softcap.is_some() || self.temperature.is_some()
    }

    /// The temperature, where that is all there is and one that changes no more than a base.
    pub(crate) fn temperature_alone(&self) -> Option<f64> {
        let without = Self {
            temperature: None,
            ..*self
        };
        let alone = without.are_off();
        let temperature = self.temperature.filter(|_| alone);
        temperature.filter(|temperature| Bases::TEMPERATURES.contains(temperature))
    }

    /// Whether the Hessian is more than the plain one times a factor.
    pub(crate) fn bend(&self) -> bool {
        self.warp() || self.z_loss != 0.0
    }

    /// The name of an option that is in use.
    pub(crate) fn first_in_use(&self) -> &'static str {
        match self {
            Self {
                probabilities: Some(_),
                ..
            } => "target_probabilities",
            Self {
                softcap: Some(_), ..
            } => "softcap",
            Self {
                temperature: Some(_),
                ..
            } => "temperature",
            Self { z_loss, .. } if *z_loss != 0.0 => "z_loss",
            _ => "label_smoothing",
        }
    }
}

/// Checks the ranges of all terms.
pub(crate) fn check(terms: &Terms<'_>) -> Result<(), Error> {
    let (Smoothing::OverAll(smoothing) | Smoothing::OverOthers(smoothing)) = terms.smoothing;
    in_range("label_smoothing", smoothing, 0.0, 1.0, "from 0 to 1")?;
    in_range(
        "z_loss",
        terms.z_loss,
        0.0,
        LARGEST_WEIGHT,
        "from 0 to 1e30",
    )?;
    for (option, value) in [
        ("softcap", terms.softcap),
        ("temperature", terms.temperature),
    ] {
        if let Some(value) = value {
            in_range(option, value, 1e-30, LARGEST_WEIGHT, "from 1e-30 to 1e30")?;
        }
    }
    Ok(())
}
