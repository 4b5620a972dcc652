//! What an evaluation says beyond its summary, where it is asked for.

use std::num::NonZeroUsize;

use serde::Serialize;

use super::{ClassNames, ClassShare, GroupShare, Groups, Prediction, Reliability};
use crate::{batch::Batch, error::Error, number::Logit};

/// What is asked for. The default is nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct DetailOptions<'a> {
    /// Bins of the confidence, where calibration is asked for.
    pub bins: Option<NonZeroUsize>,
    /// Whether classes are.
    pub by_class: bool,
    /// Names of classes.
    pub names: Option<&'a ClassNames>,
    /// The groups, where they are.
    pub groups: Option<&'a Groups>,
}

/// What there is of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Details {
    /// Confidence against accuracy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Reliability>,
    /// The classes that label a row that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_class: Option<Vec<ClassShare>>,
    /// The groups that have a row that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_group: Option<Vec<GroupShare>>,
}

impl<Z: Logit> Batch<Z> {
    /// Calibration, classes and groups of a batch, whose losses and predictions these are, one a row.
    ///
    /// ```
    /// use surprisal::Denominator;
    /// use surprisal_host::{Batch, DetailOptions, Groups, Labels, Objective, Role, Rows};
    ///
    /// # fn main() -> Result<(), surprisal_host::Error> {
    /// let logits = Rows::new(Role::Logits, vec![1.0_f64, 0.0, 3.0, 0.0, 0.0, 2.0], 2)?;
    /// let batch = Batch::new(logits, Labels::from(vec![0_i64, 1, 1]), Objective::default())?;
    /// let losses = batch.evaluate(Denominator::Rows)?.losses;
    ///
    /// let groups = Groups::new(vec![2023, 2024, 2024]);
    /// let options = DetailOptions { by_class: true, groups: Some(&groups), ..Default::default() };
    /// let details = batch.details(&losses, &batch.predictions()?, &options)?;
    /// let classes = details.by_class.unwrap();
    /// assert_eq!((classes[1].class, classes[1].share.rows), (1, 2));
    /// assert_eq!(classes[1].share.accuracy, Some(0.5));
    /// let by_group = details.by_group.unwrap();
    /// assert_eq!((by_group[0].group, by_group[0].share.rows), (2023, 1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::CountDiffers`] for names and groups that are not as many as classes and rows.
    pub fn details(
        &self,
        losses: &[Z::Element],
        predictions: &[Prediction],
        options: &DetailOptions<'_>,
    ) -> Result<Details, Error> {
        let DetailOptions {
            bins,
            by_class,
            names,
            groups,
        } = *options;
        if let Some(names) = names {
            names.check(self.logits().extent())?;
        }
        let by_group = |groups| self.by_group(losses, predictions, groups);
        Ok(Details {
            calibration: bins.map(|bins| self.reliability(predictions, bins)),
            by_class: by_class.then(|| self.by_class(losses, predictions, names)),
            by_group: groups.map(by_group).transpose()?,
        })
    }
}
