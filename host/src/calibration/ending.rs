//! Why a calibration ended.

use std::fmt;

/// Why a calibration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// At the minimum, to the tolerance.
    Converged,
    /// Every label has the largest logit of its row: the lower the temperature, the less the loss.
    TemperatureToZero,
    /// Labels are no likelier for a larger logit: the loss is least where all logits are alike.
    TemperatureToInfinity,
    /// The logit of this class alone tells its rows from all others, so that the loss falls for ever
    /// with its scale, as there is no penalty.
    Separable {
        /// The class, of several the first.
        class: usize,
    },
    /// There is no minimum for another reason: the objective is level to the tolerance while logits
    /// still move apart.
    Unbounded,
    /// As many iterations as are allowed did not suffice.
    IterationLimit,
    /// No step along the direction lowers the objective: it is lost in rounding, or numbers are so
    /// large that products overflow.
    Stalled,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converged => f.write_str("converged"),
            Self::TemperatureToZero => f.write_str(
                "the temperature falls to 0: every label has the largest logit of its row, so that \
                 sharper logits always fit better",
            ),
            Self::TemperatureToInfinity => f.write_str(
                "the temperature rises to infinity: labels are no likelier where logits are larger",
            ),
            Self::Separable { class } => write!(
                f,
                "there is no minimum: the logit of class {class} alone tells its rows from all \
                 others, and without a penalty (l2 is 0) a larger scale always fits better"
            ),
            Self::Unbounded => f.write_str(
                "there is no minimum: classes are separable, and without a penalty (l2 is 0) larger \
                 scales and biases always fit better",
            ),
            Self::IterationLimit => f.write_str("the limit of iterations was reached"),
            Self::Stalled => {
                f.write_str("rounding or overflow hides what would lower the objective")
            }
        }
    }
}
