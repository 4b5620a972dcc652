//! What a fit makes of the options of the loss: which rows and which classes have a weight.

use crate::{
    error::Error,
    objective::{Objective, Smoothing},
};

/// Refuses options of the loss under which it is not convex or has no label.
pub(crate) fn refuse_others(objective: &Objective, operation: &'static str) -> Result<(), Error> {
    let options = [
        ("targets", objective.targets.is_some()),
        ("z_loss", objective.z_loss.is_some()),
        ("softcap", objective.softcap.is_some()),
        ("temperature", objective.temperature.is_some()),
    ];
    match options.into_iter().find(|&(_, is_in_use)| is_in_use) {
        None => Ok(()),
        Some((option, _)) => Err(Error::Kernel(surprisal::Error::OptionUnsupported {
            option,
            operation,
        })),
    }
}

/// Whether every class has a part of the target of every row.
pub(crate) fn is_smoothed(objective: &Objective) -> bool {
    let (Smoothing::OverAll(part) | Smoothing::OverOthers(part)) =
        objective.label_smoothing.unwrap_or(Smoothing::OverAll(0.0));
    part > 0.0
}

/// Whether the loss of a row is more than zero times something.
pub(crate) fn has_weight(objective: &Objective, row: usize, class: i64) -> bool {
    let Ok(class) = usize::try_from(class) else {
        return false;
    };
    // Smoothing gives weight to rows whose own class has none.
    let class = Some(class).filter(|_| !is_smoothed(objective));
    objective.weight(row, class) > 0.0
}

/// The classes that are no part of the target of any row.
pub(crate) fn without_weight(
    objective: &Objective,
    classes: &[i64],
    n_classes: usize,
) -> Vec<usize> {
    let mut has_rows = vec![is_smoothed(objective); n_classes];
    for class in classes
        .iter()
        .filter_map(|&class| usize::try_from(class).ok())
    {
        has_rows[class] = true;
    }
    let weights = objective.class_weights.as_ref();
    (0..n_classes)
        .filter(|&class| {
            !has_rows[class] || weights.is_some_and(|weights| weights.values()[class] == 0.0)
        })
        .collect()
}
