//! What can be computed of a batch.

/// What a [`Contender`](crate::Contender) computes of every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// The loss.
    Loss,
    /// The loss, and its gradient with respect to the logits.
    LossWithGradient,
    /// The softmax.
    Probabilities,
    /// The diagonal of the Hessian.
    HessianDiagonal,
    /// The Hessian.
    Hessian,
    /// The lower triangle of the Hessian.
    PackedHessian,
    /// The product of the Hessian with a vector.
    HessianVectorProduct,
}

impl Task {
    /// The loss, with its gradient or without.
    pub fn loss(with_gradient: bool) -> Self {
        if with_gradient {
            Self::LossWithGradient
        } else {
            Self::Loss
        }
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::LossWithGradient => "loss with gradient",
            Self::Probabilities => "probabilities",
            Self::HessianDiagonal => "Hessian diagonal",
            Self::Hessian => "Hessian",
            Self::PackedHessian => "packed Hessian",
            Self::HessianVectorProduct => "Hessian-vector product",
        }
    }

    /// Numbers that it writes for a row, the loss apart.
    pub fn outputs(self, n_classes: usize) -> usize {
        match self {
            Self::Loss => 0,
            Self::LossWithGradient
            | Self::Probabilities
            | Self::HessianDiagonal
            | Self::HessianVectorProduct => n_classes,
            Self::Hessian => n_classes * n_classes,
            Self::PackedHessian => n_classes * (n_classes + 1) / 2,
        }
    }
}
