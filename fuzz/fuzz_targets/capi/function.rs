//! The functions of the header, and the arrays that each of them has.

use crate::arrays::{Shape, Slot, Use};

/// A function of the header.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    Losses,
    Total,
    Gradients,
    GradientsInPlace,
    LossesAndGradients,
    LossesAndGradientsInPlace,
    Probabilities,
    HessianDiagonals,
    Hessians,
    PackedHessians,
    HessianVectorProducts,
    RowStates,
    MergeRowStates,
    LossesOfStates,
    GradientsOfStates,
}

use Function as F;

/// In the order of their numbers in the bytes.
pub const FUNCTIONS: [Function; 15] = [
    F::Losses,
    F::Total,
    F::Gradients,
    F::GradientsInPlace,
    F::LossesAndGradients,
    F::LossesAndGradientsInPlace,
    F::Probabilities,
    F::HessianDiagonals,
    F::Hessians,
    F::PackedHessians,
    F::HessianVectorProducts,
    F::RowStates,
    F::MergeRowStates,
    F::LossesOfStates,
    F::GradientsOfStates,
];

impl Function {
    /// Its arrays, by the header.
    pub fn arrays(self) -> &'static [(Slot, Shape, Use)] {
        use Shape::{Dense, Matrix, One, Packed, Rows, Strided};
        use Slot as S;
        use Use::{Optional, Read, Written};
        const LABELS: (Slot, Shape, Use) = (S::Labels, Rows, Read);
        const LOGITS: (Slot, Shape, Use) = (S::Logits, Strided, Read);
        const IN_PLACE: (Slot, Shape, Use) = (S::Logits, Strided, Written);
        const UPSTREAM: (Slot, Shape, Use) = (S::Upstream, Rows, Optional);
        const LOSSES: (Slot, Shape, Use) = (S::Losses, Rows, Written);
        const GRADIENTS: (Slot, Shape, Use) = (S::Output, Strided, Written);
        match self {
            F::Losses => &[LOGITS, LABELS, LOSSES],
            F::Total => &[LOGITS, LABELS, (S::Total, One, Written)],
            F::Gradients => &[LOGITS, LABELS, UPSTREAM, GRADIENTS],
            F::GradientsInPlace => &[IN_PLACE, LABELS, UPSTREAM],
            F::LossesAndGradients => &[LOGITS, LABELS, UPSTREAM, LOSSES, GRADIENTS],
            F::LossesAndGradientsInPlace => &[IN_PLACE, LABELS, UPSTREAM, LOSSES],
            F::Probabilities => &[LOGITS, GRADIENTS],
            F::HessianDiagonals => &[LOGITS, LABELS, (S::Output, Matrix, Written)],
            F::Hessians => &[LOGITS, LABELS, (S::Output, Dense, Written)],
            F::PackedHessians => &[LOGITS, LABELS, (S::Output, Packed, Written)],
            F::HessianVectorProducts => &[
                LOGITS,
                LABELS,
                (S::Vectors, Matrix, Read),
                (S::Output, Matrix, Written),
            ],
            F::RowStates => &[(S::Logits, Matrix, Read), (S::States, Rows, Written)],
            F::MergeRowStates => &[(S::States, Rows, Written), (S::NextStates, Rows, Read)],
            F::LossesOfStates => &[
                (S::States, Rows, Read),
                (S::LabelLogits, Rows, Read),
                LOSSES,
            ],
            F::GradientsOfStates => &[
                (S::States, Rows, Read),
                (S::Logits, Matrix, Read),
                LABELS,
                UPSTREAM,
                (S::Output, Matrix, Written),
            ],
        }
    }
}
