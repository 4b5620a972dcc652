//! Multinomial logistic regression: the linear classifier of least cross-entropy.
//!
//! Logits are linear in the features, `X W^T + b`, and what is minimised is
//!
//! ```text
//! sum over rows of the weighted loss + (l2 / 2) |W|^2
//! ```
//!
//! with intercepts b that are free of penalty. With `l2` = 1 and three classes or more this is
//! what scikit-learn's `LogisticRegression` minimises with `C` = 1 / `l2`; with two classes that
//! package has one vector of coefficients, the difference of these, and `C` = 2 / `l2`.
//!
//! As the logits are linear, the Hessian is X^T H X + l2 with the Hessians H of the rows, which are
//! the kernel's, and nothing is left out as in a Gauss-Newton approximation of another model: the
//! minimum is found by Newton's method, whose systems conjugate gradients solve from products of
//! the Hessian with vectors alone (S. G. Nash, A survey of truncated-Newton methods, 2000).
//!
//! # What has no unique minimum, or none
//!
//! * Adding the same vector to the coefficients of all classes changes no probability. Those with
//!   sum zero over the classes are found: of all that fit alike they have the least penalty.
//! * A class that is no part of any target, as no row with a weight is labelled with it and nothing
//!   is spread over it, is best left out: its intercept would fall for ever, and its probability
//!   with it. It is masked: intercept `-inf`, all other coefficients 0, which is the limit. Without
//!   intercepts it is a class like all others.
//! * Where classes are separable and `l2` is 0, ever larger coefficients lower the loss. That is
//!   recognised and said, see [`Outcome::Unbounded`].

mod conjugate;
mod curvature;
mod design;
mod features;
mod matrix;
mod newton;
mod outcome;
mod point;
mod sums;

use std::{num::NonZeroUsize, ops::Range};

pub use features::Features;
pub use outcome::{Fit, Outcome, Progress};
use surprisal::CrossEntropy;

use crate::{
    array::{ArrayName, Extent},
    blocks::Blocks,
    error::Error,
    labels::{IGNORED, Labels},
    memory::reserve,
    number::NumberType,
    objective::{Objective, Smoothing},
};
use design::Design;

/// What is minimised apart from the loss, and how closely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitOptions {
    /// Factor of half the squared norm of W, from 0 to 1e30.
    pub l2: f64,
    /// Number of classes; without it as many as the largest label needs.
    pub n_classes: Option<NonZeroUsize>,
    /// Whether there are intercepts.
    pub intercept: bool,
    /// Newton's method has converged where the objective is within this part of its minimum, by
    /// the quadratic model of the last step; that step is taken, and squares it. From 1e-16, which
    /// is what rounding changes, to 1.
    pub tolerance: f64,
    /// Steps of Newton's method at most.
    pub max_iterations: usize,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            l2: 1.0,
            n_classes: None,
            intercept: true,
            tolerance: 1e-10,
            max_iterations: 100,
        }
    }
}

impl FitOptions {
    fn check(&self) -> Result<(), Error> {
        let Self { l2, tolerance, .. } = *self;
        // As far as weights, so that products with them are far from overflow.
        let (option, value, allowed) = if !(0.0..=1e30).contains(&l2) {
            ("l2", l2, "from 0 to 1e30")
        } else if !(1e-16..=1.0).contains(&tolerance) {
            ("tolerance", tolerance, "from 1e-16 to 1")
        } else {
            return Ok(());
        };
        Err(Error::OptionOutOfRange {
            option: option.to_owned(),
            value,
            allowed,
        })
    }
}

/// Features, labels and the options of a fit that suit one another. As all operations, it runs on
/// the rayon thread pool it is called in, and gives the same bits on any number of threads.
///
/// ```
/// use surprisal_host::{Features, FitOptions, Labels, Objective, Outcome, Regression};
///
/// # fn main() -> Result<(), surprisal_host::Error> {
/// // From files: `Features::open(path)?` and `Labels::open(path)?`.
/// let features = Features::new(vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0], 8, 1)?;
/// let labels = Labels::from(vec![0_i64, 1, 1, 1, 0, 0, 0, 1]);
/// let options = FitOptions { l2: 0.0, ..FitOptions::default() };
/// let fit = Regression::new(features, labels, Objective::default(), options)?.fit(|_| ())?;
///
/// assert_eq!(fit.outcome, Outcome::Converged);
/// // Odds of 1 to 3 where the feature is 0, and of 3 to 1 where it is 1: half of the logarithm of
/// // each is the logit of class 0.
/// let half = 0.5 * 3.0_f64.ln();
/// let expected = [2.0 * half, -half, -2.0 * half, half];
/// for (coefficient, expected) in fit.coefficients.iter().zip(expected) {
///     assert!((coefficient - expected).abs() < 1e-12);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Regression {
    features: ArrayName,
    number: NumberType,
    labels: ArrayName,
    objective: Objective,
    options: FitOptions,
    n_classes: usize,
    n_features: usize,
    design: Design,
    /// The class of every row that counts and has a weight, [`IGNORED`] elsewhere.
    classes: Vec<i64>,
    /// Classes that stay at probability 0.
    masked: Vec<usize>,
}

impl Regression {
    /// Checks that there is a label a row, that each is a class or ignored, and that the options
    /// are in their ranges. Ignored labels, weights, label smoothing and the backend are those of
    /// the objective; it can have no other option.
    ///
    /// # Errors
    ///
    /// [`Error::CountDiffers`] and [`Error::LabelOutOfRange`]; [`Error::OptionOutOfRange`] and
    /// [`Error::WeightOutOfRange`]; [`Error::NothingToFit`]; [`Error::OutOfMemory`] for more
    /// classes than there is memory for; [`Error::Kernel`] for an option of the loss that a fit
    /// does not have, or a backend that this processor lacks.
    pub fn new(
        features: Features,
        labels: Labels,
        objective: Objective,
        options: FitOptions,
    ) -> Result<Self, Error> {
        options.check()?;
        refuse_others(&objective)?;
        let (n_rows, n_features) = (features.n_rows(), features.n_features());
        let labels_name = labels.name().clone();
        let wanted = options.n_classes.map(NonZeroUsize::get);
        let found = labels.n_classes(&objective);
        let n_classes = wanted.or(found).unwrap_or(1);
        let extent = Extent {
            rows: (features.name(), n_rows),
            classes: (&labels_name, n_classes),
        };
        objective.check(extent)?;
        let mut classes = labels.classes(extent, &objective)?;
        // The largest arrays: a label that is no class number asks for too much here, and not
        // where there is no error to return.
        drop(logits_of(n_rows, n_classes)?);
        drop(logits_of(n_features + 1, n_classes)?);

        for (row, class) in classes.iter_mut().enumerate() {
            if !has_weight(&objective, row, *class) {
                *class = IGNORED;
            }
        }
        let mut masked = without_weight(&objective, &classes, n_classes);
        if masked.len() == n_classes || classes.iter().all(|&class| class == IGNORED) {
            return Err(Error::NothingToFit {
                labels: labels_name,
            });
        }
        if !options.intercept {
            masked.clear();
        }
        Ok(Self {
            features: features.name().clone(),
            number: features.number(),
            labels: labels_name,
            objective,
            options,
            n_classes,
            n_features,
            design: Design::new(features, options.intercept),
            classes,
            masked,
        })
    }

    /// The name of the features.
    pub fn features(&self) -> &ArrayName {
        &self.features
    }

    /// The type that the features had before they were computed in `f64`.
    pub fn number(&self) -> NumberType {
        self.number
    }

    /// The name of the labels.
    pub fn labels(&self) -> &ArrayName {
        &self.labels
    }

    /// The options of the loss.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// The options of the fit.
    pub fn options(&self) -> &FitOptions {
        &self.options
    }

    /// The names of all arrays: features, labels, and those of the loss.
    pub fn inputs(&self) -> Vec<&ArrayName> {
        let own = [&self.features, &self.labels];
        own.into_iter().chain(self.objective.inputs()).collect()
    }

    /// Number of rows, ignored ones included.
    pub fn n_rows(&self) -> usize {
        self.classes.len()
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Number of features, without the column of ones for intercepts.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// The shape of the coefficients, `[classes, features + 1]`.
    pub fn shape(&self) -> [usize; 2] {
        [self.n_classes, self.n_features + 1]
    }

    /// Rows are cut by their length alone. Two sums over rows that are added have an entry a class
    /// and column, so 64 rows make them a 64th of the work.
    fn blocks(&self) -> Blocks {
        Blocks::of_at_least(64, self.n_rows(), self.n_classes + self.n_features)
    }

    /// The loss of some of the rows, and their labels.
    fn loss(&self, rows: Range<usize>) -> (CrossEntropy<'_>, &[i64]) {
        let loss = self.objective.of_rows(rows.clone()).ignore_label(IGNORED);
        (loss, &self.classes[rows])
    }

    fn is_masked(&self, class: usize) -> bool {
        self.masked.binary_search(&class).is_ok()
    }
}

/// Refuses options of the loss under which it is not convex or has no label.
fn refuse_others(objective: &Objective) -> Result<(), Error> {
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
            operation: "fit",
        })),
    }
}

/// Whether every class has a part of the target of every row.
fn is_smoothed(objective: &Objective) -> bool {
    let (Smoothing::OverAll(part) | Smoothing::OverOthers(part)) =
        objective.label_smoothing.unwrap_or(Smoothing::OverAll(0.0));
    part > 0.0
}

/// Whether the loss of a row is more than zero times something.
fn has_weight(objective: &Objective, row: usize, class: i64) -> bool {
    let Ok(class) = usize::try_from(class) else {
        return false;
    };
    // Smoothing gives weight to rows whose own class has none.
    let class = Some(class).filter(|_| !is_smoothed(objective));
    objective.weight(row, class) > 0.0
}

/// The classes that are no part of the target of any row.
fn without_weight(objective: &Objective, classes: &[i64], n_classes: usize) -> Vec<usize> {
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

/// Room for as many logits.
fn logits_of(n_rows: usize, n_classes: usize) -> Result<Vec<f64>, Error> {
    let length = n_rows
        .checked_mul(n_classes)
        .ok_or(surprisal::Error::SizeOverflow { n_rows, n_classes })?;
    reserve(
        || format!("logits of {n_rows} rows and {n_classes} classes"),
        length,
    )
}
