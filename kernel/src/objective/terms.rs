//! The terms of the objective beyond a factor of the row, as the user gives them.

use crate::{
    base::Bases,
    cross_entropy::options::{LARGEST_WEIGHT, in_range},
    error::Error,
    operation::objective::Output,
    pair::Pair,
    values::Values,
    weighing::Weighed,
};

/// How label smoothing spreads a part of the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Smoothing {
    /// Over all classes, the label's included.
    OverAll(f64),
    /// Over the other classes.
    OverOthers(f64),
}

/// How an output under options is made of plain ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    /// It is one with exponentials of another base than e.
    Tempered(f64),
    /// Something is added to those of the most probable class, under a temperature or none.
    WithTargets(Option<f64>),
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

    /// How an output of rows with these weights is made of plain ones, if that is so and they have to
    /// know.
    pub(crate) fn way(&self, output: Output, weights: Option<&Weighed<'_>>) -> Option<Way> {
        let no_base = |temperature| !Bases::TEMPERATURES.contains(&temperature);
        if self.softcap.is_some() || self.z_loss != 0.0 || self.temperature.is_some_and(no_base) {
            return None;
        }
        let spread = weights.map_or(Some(Pair::ZERO), |w| w.weights.of_every_class());
        let are_spread = spread.is_none_or(|spread| spread.high != 0.0);
        match output {
            Output::Parts => None,
            Output::Losses | Output::Gradients if are_spread => {
                // States tell those of even targets in base e.
                let is_even = spread.is_some() && self.temperature.is_none();
                (!is_even).then_some(Way::WithTargets(self.temperature))
            }
            _ => self.temperature.map(Way::Tempered),
        }
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
