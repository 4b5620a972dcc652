//! The options of a loss as people and programs read them.

use std::{fmt, path::Path};

use serde::{Serialize, Serializer};
use surprisal::{Denominator, Reduction};

use crate::{
    array::{ArrayName, Quoted},
    objective::{Objective, Smoothing},
};

/// What an option is set to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Setting {
    /// An array of a file, `None` for one from memory.
    File(Option<String>),
    /// A number.
    Number(f64),
    /// A choice.
    Name(&'static str),
    /// Labels.
    Labels(Vec<i64>),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(Some(file)) => write!(f, "{}", Quoted(Path::new(file))),
            Self::File(None) => f.write_str("in memory"),
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Name(name) => f.write_str(name),
            Self::Labels(labels) => {
                let labels: Vec<_> = labels.iter().map(i64::to_string).collect();
                f.write_str(&labels.join(", "))
            }
        }
    }
}

/// The options that are in use, by name.
pub(super) fn in_use(objective: &Objective, reduction: Reduction) -> Vec<(&'static str, Setting)> {
    let file = |name: &ArrayName| Setting::File(name.file_name());
    let ignored = &objective.ignored_labels;
    let (smoothing, convention) = match objective.label_smoothing {
        Some(Smoothing::OverAll(part)) => (Some(part), Some("all")),
        Some(Smoothing::OverOthers(part)) => (Some(part), Some("others")),
        None => (None, None),
    };
    let denominator = match reduction {
        Reduction::Mean(Denominator::Rows) => Some(Setting::Name("rows")),
        Reduction::Mean(Denominator::Given(number)) => Some(Setting::Number(number)),
        _ => None,
    };
    let weights = [&objective.class_weights, &objective.row_weights]
        .map(|weights| weights.as_ref().map(|weights| file(weights.name())));
    let [class_weights, row_weights] = weights;
    let targets = objective.targets.as_ref();
    // The usual one goes without saying.
    let is_said = !matches!(ignored[..], [] | [Objective::IGNORED_LABEL]);
    [
        ("class_weights", class_weights),
        ("row_weights", row_weights),
        ("label_smoothing", smoothing.map(Setting::Number)),
        ("smoothing_convention", convention.map(Setting::Name)),
        ("targets", targets.map(|targets| file(targets.name()))),
        ("z_loss", objective.z_loss.map(Setting::Number)),
        ("softcap", objective.softcap.map(Setting::Number)),
        ("temperature", objective.temperature.map(Setting::Number)),
        (
            "ignored_labels",
            is_said.then(|| Setting::Labels(ignored.clone())),
        ),
        ("denominator", denominator),
    ]
    .into_iter()
    .filter_map(|(name, setting)| Some((name, setting?)))
    .collect()
}

/// Writes them as an object.
pub(super) fn as_map<S: Serializer>(
    options: &[(&'static str, Setting)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(options.iter().map(|(name, setting)| (name, setting)))
}
