//! What arguments are refused.

use std::{error, fmt};

/// Why a batch is refused. The order of the cases is the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Rows without classes.
    ZeroClasses,
    /// Rows times classes do not fit a `usize`.
    SizeOverflow,
    /// The number of logits is not rows times classes.
    LengthMismatch,
    /// A label that is neither ignored nor a class; the first of them.
    LabelOutOfRange {
        /// Its row, counted from zero.
        row: usize,
        /// The label.
        label: i128,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroClasses => f.write_str("rows without classes"),
            Self::SizeOverflow => f.write_str("rows times classes overflow"),
            Self::LengthMismatch => f.write_str("the logits are not rows times classes"),
            Self::LabelOutOfRange { row, label } => {
                write!(
                    f,
                    "label {label} of row {row} is neither a class nor ignored"
                )
            }
        }
    }
}

impl error::Error for Refusal {}

/// Checks the arguments of a batch: one row for each label, of `n_classes` logits.
///
/// # Errors
/// The first [`Refusal`] that applies.
pub fn check(
    n_logits: usize,
    n_classes: usize,
    labels: &[i128],
    ignore: Option<i128>,
) -> Result<(), Refusal> {
    if n_classes == 0 {
        return Err(Refusal::ZeroClasses);
    }
    let expected = labels
        .len()
        .checked_mul(n_classes)
        .ok_or(Refusal::SizeOverflow)?;
    if n_logits != expected {
        return Err(Refusal::LengthMismatch);
    }
    for (row, &label) in labels.iter().enumerate() {
        let class = usize::try_from(label).is_ok_and(|class| class < n_classes);
        if !class && ignore != Some(label) {
            return Err(Refusal::LabelOutOfRange { row, label });
        }
    }
    Ok(())
}
