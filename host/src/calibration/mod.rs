//! Calibration: logits whose probabilities say how often a prediction is right.
//!
//! Logits x of a model that is done are mapped to z, class by class, with few parameters that have
//! the least loss on rows that the model was not trained on (C. Guo et al., On calibration of modern
//! neural networks, 2017):
//!
//! ```text
//! temperature      z_c = x_c / T               1 parameter
//! bias             z_c = x_c + b_c             C
//! vector           z_c = s_c x_c + b_c         2 C
//! ```
//!
//! In 1 / T, s and b the loss is convex. Of the latter two, `l2` / 2 times the squared distance to
//! s = 1, b = 0 is added to the sum of losses, without which rare classes seldom have a minimum. It
//! is found by Newton's method: exact gradients and products of the kernel's Hessians, systems
//! solved by conjugate gradients, and a line search that takes whole steps near the minimum.
//!
//! # What has no minimum
//!
//! Is recognised, see [`Ending`]: a temperature falls to 0 where every label has the largest logit,
//! and rises without end where labels are no likelier for a larger logit; without a penalty scales
//! of a class grow for ever whose own logit tells it from all others. A bias without a penalty of a
//! class that labels no row is `-inf`: the class is masked.

mod apply;
mod ending;
mod newton;
mod options;
mod parameters;
mod problem;
mod quality;
mod search;
mod separable;
mod split;

pub use ending::Ending;
pub use options::{CalibrationOptions, Method};
pub use parameters::Calibration;
pub use quality::Quality;
pub(crate) use split::Split;

use crate::{batch::Batch, error::Error, fit::refuse_others, number::Logit};
use problem::Scaling;

/// What calibrating has come to.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// What to apply to logits; `None` where it did not converge.
    pub calibration: Option<Calibration>,
    /// Why it ended.
    pub ending: Ending,
    /// Steps of Newton's method.
    pub iterations: usize,
    /// Products of the Hessian with a vector.
    pub products: usize,
    /// The weighted losses of the rows that were fitted, in nats.
    pub loss: f64,
    /// What they are penalised with.
    pub penalty: f64,
    /// Euclidean norm of the gradient of the objective with respect to the parameters, of which that
    /// of a temperature T is 1 / T.
    pub gradient_norm: f64,
    /// Rows that were fitted.
    pub rows_fitted: usize,
    /// Rows that were held out. Where none were, what follows is about the rows that were fitted.
    pub rows_held_out: usize,
    /// The logits as they were, on the rows that were held out.
    pub before: Quality,
    /// The calibrated logits, on the same rows; `None` where there is no calibration.
    pub after: Option<Quality>,
}

impl<Z: Logit> Batch<Z> {
    /// Fits parameters to some of the rows and measures them on the others.
    ///
    /// Ignored labels, weights, label smoothing and the backend are those of the batch's objective; it
    /// can have no other option. Logits are computed on in `f64`; those of the rows that count are
    /// copied as they are, which [`Stream::calibrate`](crate::Stream::calibrate) does without.
    ///
    /// ```
    /// use surprisal_host::{Batch, CalibrationOptions, Calibration, Labels, Method, Objective, Role, Rows};
    ///
    /// # fn main() -> Result<(), surprisal_host::Error> {
    /// // Four rows with odds of e^2 to 1, of which three are right: odds of 3 to 1.
    /// let logits = Rows::new(Role::Logits, [2.0_f64, 0.0].repeat(4), 2)?;
    /// let labels = Labels::from(vec![0_i64, 0, 0, 1]);
    /// let batch = Batch::new(logits, labels, Objective::default())?;
    /// let options = CalibrationOptions { holdout: 0.0, ..CalibrationOptions::new(Method::Temperature) };
    /// let calibrated = batch.calibrate(&options)?;
    ///
    /// let Some(Calibration::Temperature { temperature, .. }) = calibrated.calibration else {
    ///     panic!("{}", calibrated.ending);
    /// };
    /// assert!((temperature - 2.0 / 3.0_f64.ln()).abs() < 1e-8);
    /// assert!(calibrated.after.unwrap().expected_calibration_error.unwrap() < 1e-8);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OptionOutOfRange`] and [`Error::NothingToFit`], the latter also where no row is left
    /// to fit or to measure; [`Error::LogitNotFinite`]; [`Error::Kernel`] for an option of the loss
    /// that a calibration does not have.
    pub fn calibrate(&self, options: &CalibrationOptions) -> Result<Calibrated, Error> {
        let mut split = self.split(options)?;
        split.take(self)?;
        self.calibrate_split(split, options)
    }

    /// Which rows are to be fitted, and which are held out, where the options are sound.
    pub(crate) fn split(&self, options: &CalibrationOptions) -> Result<Split<Z>, Error> {
        options.check()?;
        refuse_others(self.objective(), "calibrate")?;
        Split::draw(self, options)
    }

    /// Fits and measures the two parts of this batch, of which all logits have been taken.
    pub(crate) fn calibrate_split(
        &self,
        split: Split<Z>,
        options: &CalibrationOptions,
    ) -> Result<Calibrated, Error> {
        let (fitted, held_out) = split.batches(self)?;
        let scaling = Scaling::new(fitted, options);
        let solution = scaling.solve()?;
        let measured = held_out.as_ref().unwrap_or(scaling.batch());
        let converged = solution.ending == Ending::Converged;
        let calibration = converged.then(|| scaling.parameters(&solution.point.coefficients));
        let as_it_is = Calibration::Temperature {
            classes: self.n_classes(),
            temperature: 1.0,
        };
        let after = match &calibration {
            Some(calibration) => Some(Quality::of(measured, calibration)?),
            None => None,
        };
        Ok(Calibrated {
            calibration,
            ending: solution.ending,
            iterations: solution.iterations,
            products: solution.products,
            loss: solution.point.loss,
            penalty: solution.point.penalty,
            gradient_norm: crate::newton::norm(&solution.point.gradient),
            rows_fitted: scaling.batch().n_rows(),
            rows_held_out: held_out.as_ref().map_or(0, Batch::n_rows),
            before: Quality::of(measured, &as_it_is)?,
            after,
        })
    }
}
