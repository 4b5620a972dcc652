//! The options of the loss together with the arrays that they need.

mod check;

use std::ops::Range;

use surprisal::{Backend, CrossEntropy};

use crate::{array::ArrayName, targets::Targets, weights::Weights};

/// The loss of a batch: the options of the kernel's [`CrossEntropy`], of which it owns the arrays.
///
/// `None` is an option that is off; the default is the plain loss, with no label ignored.
/// [`Batch::new`](crate::Batch::new) checks all of it against the logits.
///
/// ```
/// use surprisal_host::{Objective, Role, Smoothing, Weights};
///
/// let objective = Objective {
///     ignored_labels: vec![-100],
///     class_weights: Some(Weights::new(Role::ClassWeights, vec![2.0, 1.0, 0.5])),
///     label_smoothing: Some(Smoothing::OverAll(0.1)),
///     ..Objective::default()
/// };
/// # assert!(objective.row_weights.is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Objective {
    /// Rows with one of these labels do not count.
    pub ignored_labels: Vec<i64>,
    /// Weights of the classes, `[classes]`: that of its label multiplies the loss of a row.
    pub class_weights: Option<Weights>,
    /// Weights of the rows, `[rows]`, which multiply their losses.
    pub row_weights: Option<Weights>,
    /// What part of the target is spread over the classes, and over which.
    pub label_smoothing: Option<Smoothing>,
    /// Target probabilities, `[rows, classes]`, in place of labels.
    pub targets: Option<Targets>,
    /// Factor of the squared log-sum-exp that is added to the loss of a row.
    pub z_loss: Option<f64>,
    /// Logits x are computed on as s tanh(x / s), with this s.
    pub softcap: Option<f64>,
    /// Logits are divided by this, after the softcap.
    pub temperature: Option<f64>,
    /// Where the kernel runs; the fastest backend where this is not said.
    pub backend: Option<Backend>,
}

/// How label smoothing spreads a part of the target, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Smoothing {
    /// Over all classes, that of the label included, as in PyTorch.
    OverAll(f64),
    /// Over the other classes, as in Megatron and T5X.
    OverOthers(f64),
}

impl Objective {
    /// The label that PyTorch ignores unless it is told otherwise, and the program as well.
    pub const IGNORED_LABEL: i64 = -100;

    /// The loss of some of the rows, given slices of their logits and labels.
    ///
    /// # Panics
    ///
    /// If weights or targets do not reach as far as the rows.
    pub fn of_rows(&self, rows: Range<usize>) -> CrossEntropy<'_> {
        let mut loss = self.numbers().ignore_labels(&self.ignored_labels);
        if let Some(weights) = &self.class_weights {
            loss = loss.class_weights(weights.values());
        }
        if let Some(weights) = &self.row_weights {
            loss = loss.row_weights(&weights.values()[rows.clone()]);
        }
        if let Some(targets) = &self.targets {
            loss = loss.target_probabilities(targets.slice(rows));
        }
        loss
    }

    /// The options that are no arrays.
    fn numbers(&self) -> CrossEntropy<'static> {
        let mut loss = CrossEntropy::new();
        loss = match self.label_smoothing {
            Some(Smoothing::OverAll(part)) => loss.label_smoothing(part),
            Some(Smoothing::OverOthers(part)) => loss.label_smoothing_over_others(part),
            None => loss,
        };
        if let Some(factor) = self.z_loss {
            loss = loss.z_loss(factor);
        }
        if let Some(cap) = self.softcap {
            loss = loss.softcap(cap);
        }
        if let Some(temperature) = self.temperature {
            loss = loss.temperature(temperature);
        }
        if let Some(backend) = self.backend {
            loss = loss.backend(backend);
        }
        loss
    }

    /// Whether rows or classes have weights.
    pub fn is_weighted(&self) -> bool {
        self.class_weights.is_some() || self.row_weights.is_some()
    }

    /// Whether the kernel computes it from states of parts of rows as well.
    pub(crate) fn is_plain(&self) -> bool {
        !self.is_weighted()
            && self.label_smoothing.is_none()
            && self.targets.is_none()
            && self.z_loss.is_none()
            && self.softcap.is_none()
            && self.temperature.is_none()
    }

    /// What a row that counts weighs in a mean, given the class of its label: as the kernel counts
    /// it, a row of target probabilities has no class of its own.
    pub(crate) fn weight(&self, row: usize, class: Option<usize>) -> f64 {
        let of = |weights: &Option<Weights>, index: usize| {
            weights.as_ref().map_or(1.0, |of| of.values()[index])
        };
        let of_class = match class {
            Some(class) if self.targets.is_none() => of(&self.class_weights, class),
            _ => 1.0,
        };
        of(&self.row_weights, row) * of_class
    }

    /// The names of its arrays.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &ArrayName> {
        let weights = self.class_weights.iter().chain(&self.row_weights);
        let targets = self.targets.iter().map(Targets::name);
        weights.map(Weights::name).chain(targets)
    }
}
