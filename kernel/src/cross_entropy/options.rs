//! The options, one by one, and the ranges they are allowed.

use super::{CrossEntropy, Divisor};
use crate::{
    backend::Backend,
    code::Code,
    error::Error,
    label::Label,
    objective::{Extension, terms::Smoothing},
    reduction::{Denominator, Reduction},
    values::Values,
    weighing::Weigher,
};

/// The largest weight: sums of products of weights stay far from overflow, in `f32` too.
pub(crate) const LARGEST_WEIGHT: f64 = 1e30;

impl<'a> CrossEntropy<'a> {
    /// Rows with this label count nowhere: each of their outputs is exactly zero. It is compared
    /// before labels are checked, so it may be any integer; the class of that number, if there is
    /// one, still has its term in the sums of the other rows.
    #[must_use]
    pub fn ignore_label(mut self, label: impl Label) -> Self {
        self.ignored.0 = Some(label.value());
        self
    }

    /// The same for several labels, beside that of [`ignore_label`](Self::ignore_label).
    #[must_use]
    pub const fn ignore_labels(mut self, labels: &'a [i64]) -> Self {
        self.ignored.1 = labels;
        self
    }

    /// The objective whose derivatives are computed.
    #[must_use]
    pub const fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self.divide = match reduction {
            Reduction::None | Reduction::Sum => None,
            Reduction::Mean(_) => Some(Code(divide)),
        };
        self
    }

    /// Runs on this backend instead of the fastest one.
    #[must_use]
    pub const fn backend(mut self, backend: Backend) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Weights of the classes, `[n_classes]`, each from 0 to 1e30: the loss of a row is multiplied
    /// by that of its label, as in PyTorch. With label smoothing or target probabilities every
    /// class's part of the loss is multiplied by its own.
    ///
    /// ```
    /// let mut losses = [0.0_f64; 2];
    /// surprisal::CrossEntropy::new()
    ///     .class_weights(&[1.0, 3.0])
    ///     .losses(&[2.0, 2.0, 2.0, 2.0], 2, &[0, 1], &mut losses)?;
    /// assert_eq!(losses, [core::f64::consts::LN_2, 3.0 * core::f64::consts::LN_2]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    #[must_use]
    pub fn class_weights(mut self, weights: impl Into<Values<'a>>) -> Self {
        self.class_weights = Some(weights.into());
        self.weighing = Some(Code(&Weigher));
        self
    }

    /// Weights of the rows, `[n_rows]`, each from 0 to 1e30, which multiply their losses: the
    /// `sample_weight` of scikit-learn and Keras. A loss that is beyond the largest number without its
    /// weight is infinite.
    #[must_use]
    pub fn row_weights(mut self, weights: impl Into<Values<'a>>) -> Self {
        self.row_weights = Some(weights.into());
        self.weighing = Some(Code(&Weigher));
        self
    }

    /// Distance between the starts of rows of logits, and of gradients and probabilities, in
    /// elements: at least `n_classes`, for vocabularies that are padded. What lies between is
    /// never read, and zero in gradients and probabilities. All other arrays stay dense.
    ///
    /// ```
    /// let mut losses = [0.0_f64; 2];
    /// let padded = [1.0, 1.0, f64::NAN, 3.0, 3.0, f64::NAN];
    /// surprisal::CrossEntropy::new().row_stride(3).losses(&padded, 2, &[0, 1], &mut losses)?;
    /// assert_eq!(losses, [core::f64::consts::LN_2; 2]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    #[must_use]
    pub const fn row_stride(mut self, stride: usize) -> Self {
        self.row_stride = Some(stride);
        self
    }

    /// Label smoothing in the convention of PyTorch: a part `smoothing`, from 0 to 1, of the target
    /// is spread over *all* classes (C. Szegedy et al., Rethinking the Inception architecture,
    /// 2016). The loss is (1 - e) w_y (lse - z_y) + (e / C) sum_c w_c (lse - z_c).
    #[must_use]
    pub fn label_smoothing(mut self, smoothing: f64) -> Self {
        self.extended().terms.smoothing = Smoothing::OverAll(smoothing);
        self
    }

    /// Label smoothing in the convention of Megatron and T5X: `smoothing`, from 0 to 1, is spread
    /// over the *other* classes, so that the target of the label is 1 - e and that of the others
    /// e / (C - 1).
    #[must_use]
    pub fn label_smoothing_over_others(mut self, smoothing: f64) -> Self {
        self.extended().terms.smoothing = Smoothing::OverOthers(smoothing);
        self
    }

    /// Target probabilities, `[n_rows, n_classes]`, each from 0 to 1e30, in place of labels. The
    /// loss is sum_c q_c w_c (lse - z_c); a row of them need not sum to 1. A class with weight or
    /// probability 0 adds 0 even where it is masked. Smoothing mixes them with the uniform
    /// distribution, as in PyTorch.
    ///
    /// The labels of an operation only tell then which rows are ignored; they may be absent, an
    /// empty slice of any type.
    ///
    /// ```
    /// let mut losses = [0.0_f64; 1];
    /// let no_labels: &[u8] = &[];
    /// surprisal::CrossEntropy::new()
    ///     .target_probabilities(&[0.25, 0.75])
    ///     .losses(&[2.0, 2.0], 2, no_labels, &mut losses)?;
    /// assert_eq!(losses, [core::f64::consts::LN_2]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    #[must_use]
    pub fn target_probabilities(mut self, probabilities: impl Into<Values<'a>>) -> Self {
        self.extended().terms.probabilities = Some(probabilities.into());
        self
    }

    /// Adds `factor` lse^2 to the loss of every row (times its row weight), which keeps logits from
    /// drifting (A. Chowdhery et al., PaLM, 2022). From 0 to 1e30. The Hessian gains
    /// 2 k lse (diag p - p p^T) + 2 k p p^T and is indefinite where lse is negative enough. A loss
    /// beyond the largest number is infinite; derivatives are infinite or NaN where 2 k lse is beyond it.
    #[must_use]
    pub fn z_loss(mut self, factor: f64) -> Self {
        self.extended().terms.z_loss = factor;
        self
    }

    /// Computes on `cap` tanh(x / `cap`) instead of every logit x (Gemma 2, 2024), with the chain
    /// rule in the derivatives, which are those by x. From 1e-30 to 1e30. A masked class stays
    /// masked. Hessians may be indefinite.
    #[must_use]
    pub fn softcap(mut self, cap: f64) -> Self {
        self.extended().terms.softcap = Some(cap);
        self
    }

    /// Computes on x / `temperature` instead of every logit x, after the softcap; derivatives are
    /// those by x. From 1e-30 to 1e30.
    #[must_use]
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.extended().terms.temperature = Some(temperature);
        self
    }

    /// The options that change more than a factor of a row. What computes them is only referred
    /// to here, so that programs without these options do not contain it.
    fn extended(&mut self) -> &mut Extension<'a> {
        self.weighing = Some(Code(&Weigher));
        self.extension.get_or_insert_with(Extension::new)
    }

    /// Whether rows with this label are ignored.
    #[inline]
    pub fn ignores(&self, label: impl Label) -> bool {
        let (one, several) = self.ignored;
        if one.is_none() && several.is_empty() {
            return false;
        }
        let value = label.value();
        one == Some(value) || several.iter().any(|&ignored| i128::from(ignored) == value)
    }

    /// Number of rows of a batch with this many labels, or this many target probabilities.
    pub(crate) fn n_rows(&self, n_labels: usize, n_classes: usize) -> usize {
        match self.targets() {
            Some(probabilities) if n_labels == 0 => probabilities
                .len()
                .checked_div(n_classes)
                .unwrap_or_default(),
            _ => n_labels,
        }
    }

    /// Target probabilities in place of labels.
    pub(crate) fn targets(&self) -> Option<Values<'a>> {
        self.extension.as_ref()?.terms.probabilities
    }

    /// Distance between the starts of rows of logits.
    pub(crate) fn stride(&self, n_classes: usize) -> usize {
        self.row_stride.unwrap_or(n_classes)
    }

    /// What derivatives are divided by, given the number of the rows that count and their weight
    /// unless that is their number; `None` for 1.
    pub(crate) fn denominator(
        &self,
        counted: usize,
        weight: Option<f64>,
    ) -> Result<Option<Divisor>, Error> {
        match self.divide {
            Some(Code(divide)) => divide(self.reduction, counted, weight),
            None => Ok(None),
        }
    }

    /// Checks the options that are numbers.
    pub(crate) fn check_numbers(&self, n_classes: usize) -> Result<(), Error> {
        if let Some(stride) = self.row_stride.filter(|&stride| stride < n_classes) {
            return Err(Error::OptionOutOfRange {
                option: "row_stride",
                value: stride as f64,
                allowed: "at least n_classes",
            });
        }
        match &self.extension {
            Some(extension) => extension.code.0.check(&extension.terms),
            None => Ok(()),
        }
    }

    /// The backend to run on.
    pub(crate) fn chosen_backend(&self) -> Result<Backend, Error> {
        let backend = self.backend.unwrap_or_else(Backend::detect);
        if backend.is_available() {
            Ok(backend)
        } else {
            Err(Error::BackendUnavailable { backend })
        }
    }

    /// Refuses options that an operation on parts of rows does not know.
    pub(crate) fn refuse_for_parts(&self, operation: &'static str) -> Result<(), Error> {
        let refused = match self {
            Self {
                extension: Some(extension),
                ..
            } => extension.terms.first_in_use(),
            Self {
                class_weights: Some(_),
                ..
            } => "class_weights",
            Self {
                row_weights: Some(_),
                ..
            } => "row_weights",
            Self {
                row_stride: Some(_),
                ..
            } => "row_stride",
            _ => return Ok(()),
        };
        Err(Error::OptionUnsupported {
            option: refused,
            operation,
        })
    }
}

/// Whether a weight or a target probability is one.
pub(crate) fn is_weight(value: f64) -> bool {
    (0.0..=LARGEST_WEIGHT).contains(&value)
}

/// The divisor of a mean.
fn divide(
    reduction: Reduction,
    counted: usize,
    weight: Option<f64>,
) -> Result<Option<Divisor>, Error> {
    let weight = weight.unwrap_or(counted as f64);
    let (denominator, value) = match reduction {
        Reduction::None | Reduction::Sum => return Ok(None),
        // Out of range it is refused even where it divides nothing.
        Reduction::Mean(Denominator::Given(value)) => ("Denominator::Given", value),
        // Where no row is counted, no derivative is divided.
        Reduction::Mean(_) if counted == 0 => return Ok(None),
        // Nor where none has a weight.
        Reduction::Mean(Denominator::Weight) if weight == 0.0 => return Ok(None),
        Reduction::Mean(Denominator::Weight) => ("weight of the counted rows", weight),
        Reduction::Mean(Denominator::Rows) => return Ok(Some(Divisor::of(counted as f64))),
    };
    // Neither a denominator nor its inverse overflows in `f32`.
    in_range(
        denominator,
        value,
        1e-30,
        LARGEST_WEIGHT,
        "from 1e-30 to 1e30",
    )?;
    Ok(Some(Divisor::of(value)))
}

/// Checks a number against its range, NaN included.
pub(crate) fn in_range(
    option: &'static str,
    value: f64,
    lowest: f64,
    highest: f64,
    allowed: &'static str,
) -> Result<(), Error> {
    if (lowest..=highest).contains(&value) {
        return Ok(());
    }
    Err(Error::OptionOutOfRange {
        option,
        value,
        allowed,
    })
}
