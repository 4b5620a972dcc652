//! What is wrong with a batch, by the rules of the documentation.

use surprisal::{Denominator, Error, Reduction};
use surprisal_fuzz::{
    numbers::Real,
    options::{Smoothing, Weights},
};

use crate::batch::Batch;

/// Where the number of rows comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rows {
    OfLabels,
    /// For an operation that depends on no label, and on no weight.
    OfLogits,
}

/// A slice and its length.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    pub name: &'static str,
    pub len: usize,
}

impl<T: Real> Batch<T> {
    /// Every error that the call may return; none where it must succeed.
    pub fn faults(&self, rows: Rows, arguments: &[Argument]) -> Vec<Error> {
        let mut faults = Vec::new();
        if self.n_classes == 0 {
            faults.push(Error::ZeroClasses);
        }
        self.faults_of_numbers(&mut faults);
        let arrays = [
            ("class_weights", &self.options.class_weights),
            ("row_weights", &self.options.row_weights),
            ("target_probabilities", &self.options.targets),
        ];
        let arrays = arrays.map(|(name, weights)| (name, weights.as_ref()));
        let labelled = rows == Rows::OfLabels;
        let of_options = arrays.into_iter().filter_map(|(name, weights)| {
            let len = weights?.values().len();
            labelled.then_some(Argument { name, len })
        });
        for argument in arguments.iter().copied().chain(of_options) {
            faults.extend(self.fault_of_length(argument, rows));
        }
        if labelled && faults.is_empty() {
            for (name, weights) in arrays {
                faults.extend(weights.and_then(|weights| self.fault_of_weights(name, weights)));
            }
            faults.extend(self.fault_of_labels());
            faults.extend(self.fault_of_denominator());
        }
        faults
    }

    /// The number of elements that an argument must have, if there can be as many.
    pub fn expected_len(&self, argument: &str, rows: Rows) -> Option<usize> {
        let n = self.n_classes as u128;
        let n_rows = match rows {
            Rows::OfLabels => self.n_rows(),
            Rows::OfLogits => self.logits.0.len().checked_div(self.stride()).unwrap_or(0),
        };
        let width = match argument {
            "losses" | "upstream" | "row_weights" => 1,
            "hessians" => n.checked_mul(n)?,
            "packed" => n.checked_mul(n + 1)? / 2,
            "logits" | "gradients" | "probabilities" => self.stride() as u128,
            _ => n,
        };
        let n_rows = if argument == "class_weights" {
            1
        } else {
            n_rows
        };
        usize::try_from((n_rows as u128).checked_mul(width)?).ok()
    }

    fn fault_of_length(&self, argument: Argument, rows: Rows) -> Option<Error> {
        let Argument { name, len: actual } = argument;
        match self.expected_len(name, rows) {
            Some(expected) if expected == actual => None,
            Some(expected) => Some(Error::LengthMismatch {
                argument: name,
                expected,
                actual,
            }),
            None => Some(Error::SizeOverflow {
                n_rows: self.n_rows(),
                n_classes: self.n_classes,
            }),
        }
    }

    fn faults_of_numbers(&self, faults: &mut Vec<Error>) {
        let options = &self.options;
        if let Some(stride) = options.stride.filter(|&stride| stride < self.n_classes) {
            faults.push(Error::OptionOutOfRange {
                option: "row_stride",
                value: stride as f64,
                allowed: "at least n_classes",
            });
        }
        let smoothing = options.smoothing.map(|smoothing| match smoothing {
            Smoothing::OverAll(part) | Smoothing::OverOthers(part) => part,
        });
        for (option, value, least, most, allowed) in [
            ("label_smoothing", smoothing, 0.0, 1.0, "from 0 to 1"),
            ("z_loss", options.z_loss, 0.0, 1e30, "from 0 to 1e30"),
            (
                "softcap",
                options.softcap,
                1e-30,
                1e30,
                "from 1e-30 to 1e30",
            ),
            (
                "temperature",
                options.temperature,
                1e-30,
                1e30,
                "from 1e-30 to 1e30",
            ),
        ] {
            let value = value.filter(|value| !(least..=most).contains(value));
            faults.extend(value.map(|value| Error::OptionOutOfRange {
                option,
                value,
                allowed,
            }));
        }
    }

    /// The first weight that is not allowed; target probabilities of ignored rows may be anything.
    fn fault_of_weights(&self, argument: &'static str, weights: &Weights) -> Option<Error> {
        let is_target = argument == "target_probabilities";
        let weights = weights.widened().into_iter().enumerate();
        let counted = weights.filter(|&(i, _)| !is_target || !self.is_ignored(i / self.n_classes));
        let wrong = counted
            .into_iter()
            .find(|&(_, w)| !(0.0..=1e30).contains(&w));
        wrong.map(|(index, value)| match is_target {
            true => Error::TargetOutOfRange {
                row: index / self.n_classes,
                class: index % self.n_classes,
                value,
            },
            false => Error::WeightOutOfRange {
                argument,
                index,
                value,
            },
        })
    }

    /// The first label that is neither ignored nor a class. Beside target probabilities any will do.
    fn fault_of_labels(&self) -> Option<Error> {
        let n_classes = self.n_classes;
        let is_wrong = |label: i64| {
            let is_class = usize::try_from(label).is_ok_and(|class| class < n_classes);
            !is_class && !self.options.ignores(label) && self.options.targets.is_none()
        };
        let row = self.labels.iter().position(|&label| is_wrong(label))?;
        Some(Error::LabelOutOfRange {
            row,
            label: self.labels[row].into(),
            n_classes,
        })
    }

    fn fault_of_denominator(&self) -> Option<Error> {
        match self.options.reduction {
            Reduction::Mean(Denominator::Given(value)) if !(1e-30..=1e30).contains(&value) => {
                Some(Error::OptionOutOfRange {
                    option: "Denominator::Given",
                    value,
                    allowed: "from 1e-30 to 1e30",
                })
            }
            _ => None,
        }
    }
}
