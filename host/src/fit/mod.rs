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

mod curvature;
mod design;
mod newton;
mod options;
mod outcome;
mod point;
mod targets;

use std::{num::NonZeroUsize, ops::Range};

pub use options::FitOptions;
pub use outcome::{Fit, Outcome, Progress};
use surprisal::CrossEntropy;

use crate::{
    array::{ArrayName, Extent, Shape},
    blocks::Blocks,
    error::Error,
    labels::{IGNORED, Labels},
    linear::Features,
    memory::reserve,
    newton::check,
    number::NumberType,
    objective::Objective,
};
use design::Design;
use targets::has_weight;
pub(crate) use targets::{is_smoothed, refuse_others, without_weight};

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
        check(options.l2, options.tolerance)?;
        refuse_others(&objective, "fit")?;
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
        // A label that is no class number asks for too much memory. Where it is used there is no
        // error to return, so it is asked for here.
        drop(room("logits", [n_rows, n_classes])?);
        drop(room("coefficients", [n_features + 1, n_classes])?);

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

/// Room for an array of as many numbers, which messages call by its name.
fn room(name: &str, shape: [usize; 2]) -> Result<Vec<f64>, Error> {
    let [n_rows, n_classes] = shape;
    let length = n_rows
        .checked_mul(n_classes)
        .ok_or(surprisal::Error::SizeOverflow { n_rows, n_classes })?;
    let shape = Shape(shape.map(|n| n as u64).into());
    reserve(|| format!("{name} {shape}"), length)
}
