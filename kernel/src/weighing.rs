//! Rows with weights or target probabilities: what is asked of them, through the options that set
//! them only.

use crate::{
    cross_entropy::{
        CrossEntropy,
        options::{LARGEST_WEIGHT, is_weight},
    },
    door::Classes,
    element::Float,
    error::Error,
    pair::Pair,
    shapes::{CLASS_WEIGHTS, ROW_WEIGHTS, TARGET_PROBABILITIES, check_lengths},
    values::Values,
    weights::Weights,
};

/// Weights of the rows of a batch, and what computes with them.
#[derive(Clone, Copy, Debug)]
pub struct Weighed<'a> {
    pub(crate) weights: Weights<'a>,
    pub(crate) code: &'static dyn Weighing,
}

impl Weighed<'_> {
    /// See [`Weights::are_one`].
    #[inline(always)]
    pub(crate) fn are_one(&self) -> bool {
        self.weights.are_one()
    }

    /// See [`Weighing::count_targets`].
    pub(crate) fn count_targets(
        &self,
        rows: &dyn Classes,
        n_rows: usize,
        targets: Values<'_>,
    ) -> Result<(usize, f64), Error> {
        self.code
            .count_targets(&self.weights, rows, n_rows, targets)
    }

    /// The weight of rows that count; `None` for their number.
    pub(crate) fn of_rows(&self, rows: &dyn Classes, n_rows: usize) -> Option<f64> {
        (!self.are_one()).then(|| self.code.of_rows(&self.weights, rows, n_rows))
    }

    /// See [`Weights::counted`].
    pub(crate) fn counted(&self, row: usize, class: usize) -> f64 {
        self.code.counted(&self.weights, row, class)
    }

    /// See [`Weights::total`], in the precision of `T`.
    pub(crate) fn total<T: Float>(&self, row: usize, class: usize) -> Pair<T> {
        T::total_weight(self, row, class)
    }
}

/// What computes with weights.
pub(crate) trait Weighing: core::fmt::Debug + Sync {
    /// Checks what options say of weights and targets.
    fn check<'a>(
        &self,
        options: &CrossEntropy<'a>,
        n_rows: usize,
        n_classes: usize,
    ) -> Result<Weights<'a>, Error>;

    /// Checks the target probabilities of rows that count; gives their number and weight.
    fn count_targets(
        &self,
        weights: &Weights<'_>,
        rows: &dyn Classes,
        n_rows: usize,
        targets: Values<'_>,
    ) -> Result<(usize, f64), Error>;

    /// The weight of rows that count.
    fn of_rows(&self, weights: &Weights<'_>, rows: &dyn Classes, n_rows: usize) -> f64;

    /// See [`Weights::counted`].
    fn counted(&self, weights: &Weights<'_>, row: usize, class: usize) -> f64;

    /// See [`Weights::total`]; 1 for no factor.
    fn total_f32(&self, weights: &Weights<'_>, row: usize, class: usize) -> Pair<f32>;

    /// The same in double precision.
    fn total_f64(&self, weights: &Weights<'_>, row: usize, class: usize) -> Pair<f64>;
}

/// The one that there is.
#[derive(Debug)]
pub(crate) struct Weigher;

impl Weighing for Weigher {
    fn check<'a>(
        &self,
        options: &CrossEntropy<'a>,
        n_rows: usize,
        n_classes: usize,
    ) -> Result<Weights<'a>, Error> {
        let arguments = [
            (TARGET_PROBABILITIES, options.targets()),
            (ROW_WEIGHTS, options.row_weights),
            (CLASS_WEIGHTS, options.class_weights),
        ];
        for (argument, values) in arguments {
            if let Some(values) = values {
                check_lengths(n_rows, n_classes, n_classes, &[(argument, values.len())])?;
            }
        }
        check_weights("class_weights", options.class_weights)?;
        check_weights("row_weights", options.row_weights)?;
        let terms = options.extension.as_ref().map(|extension| &extension.terms);
        Ok(Weights::new(
            options.class_weights,
            options.row_weights,
            terms,
            n_classes,
        ))
    }

    fn count_targets(
        &self,
        weights: &Weights<'_>,
        rows: &dyn Classes,
        n_rows: usize,
        targets: Values<'_>,
    ) -> Result<(usize, f64), Error> {
        let n_classes = weights.n_classes();
        let mut counted = (0, 0.0);
        for row in 0..n_rows {
            let Some(_) = rows.class(row) else { continue };
            let start = row * n_classes;
            let are_right = targets.all_are_within(start..start + n_classes, LARGEST_WEIGHT);
            for class in 0..if are_right { 0 } else { n_classes } {
                let value = targets.get(start + class).unwrap_or(f64::NAN);
                if !is_weight(value) {
                    return Err(Error::TargetOutOfRange { row, class, value });
                }
            }
            counted.0 += 1;
            counted.1 += weights.counted(row, 0);
        }
        Ok(counted)
    }

    fn of_rows(&self, weights: &Weights<'_>, rows: &dyn Classes, n_rows: usize) -> f64 {
        let mut weight = 0.0;
        for row in 0..n_rows {
            if let Some(class) = rows.class(row) {
                weight += weights.counted(row, class);
            }
        }
        weight
    }

    fn counted(&self, weights: &Weights<'_>, row: usize, class: usize) -> f64 {
        weights.counted(row, class)
    }

    fn total_f32(&self, weights: &Weights<'_>, row: usize, class: usize) -> Pair<f32> {
        Pair::from_f64(self.total_f64(weights, row, class))
    }

    fn total_f64(&self, weights: &Weights<'_>, row: usize, class: usize) -> Pair<f64> {
        weights.total(row, class).unwrap_or(Pair::exactly(1.0))
    }
}

/// Checks weights of rows or classes.
fn check_weights(argument: &'static str, weights: Option<Values<'_>>) -> Result<(), Error> {
    let weights = weights.iter().flat_map(Values::iter).enumerate();
    for (index, value) in weights {
        if !is_weight(value) {
            return Err(Error::WeightOutOfRange {
                argument,
                index,
                value,
            });
        }
    }
    Ok(())
}
