//! Rows by class and by group.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;
use surprisal::{Denominator, Total};

use super::{ClassNames, Prediction};
use crate::{
    array::{ArrayName, Role},
    batch::Batch,
    error::Error,
    labels::Integers,
    number::Logit,
    source::Source,
};

/// What some of the rows that count have together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many there are.
    pub rows: usize,
    /// Their mean loss in nats, divided by their weight; `None` where they have none.
    pub loss_mean: Option<f64>,
    /// The share of them that is predicted right; `None` without labels.
    pub accuracy: Option<f64>,
}

/// The rows of one label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassShare {
    /// The class.
    pub class: usize,
    /// Its name, where classes have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What its rows have together.
    #[serde(flatten)]
    pub share: Share,
}

/// The rows of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupShare {
    /// The number that its rows have in common.
    pub group: i128,
    /// What they have together.
    #[serde(flatten)]
    pub share: Share,
}

/// One integer a row: a split, a language, a source.
#[derive(Clone, Debug)]
pub struct Groups {
    name: ArrayName,
    values: Vec<i128>,
}

impl Groups {
    /// Takes the groups from memory.
    pub fn new(values: Vec<i128>) -> Self {
        Self {
            name: ArrayName::memory(Role::Groups),
            values,
        }
    }

    /// Reads a file of integers of any type.
    ///
    /// # Errors
    ///
    /// Those of [`Source::open`], and [`Error::Read`] where reading fails.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let source = Source::open(path, Role::Groups)?;
        let name = source.name().clone();
        let values = Integers::read(source)?.widened();
        Ok(Self { name, values })
    }
}

#[derive(Default)]
struct Sums {
    total: Total,
    right: usize,
}

impl<Z: Logit> Batch<Z> {
    /// The classes that label a row that counts, in ascending order. `losses` and `predictions` are
    /// those of this batch, one a row.
    pub fn by_class(
        &self,
        losses: &[Z::Element],
        predictions: &[Prediction],
        names: Option<&ClassNames>,
    ) -> Vec<ClassShare> {
        let shares = self.shares(losses, predictions, |row| self.class(row));
        let named = |(class, share)| ClassShare {
            class,
            name: names.map(|names| names.of(class).to_owned()),
            share,
        };
        shares.map(named).collect()
    }

    /// The groups that have a row that counts, in ascending order.
    ///
    /// # Errors
    ///
    /// [`Error::CountDiffers`] where there is not a group a row.
    pub fn by_group(
        &self,
        losses: &[Z::Element],
        predictions: &[Prediction],
        groups: &Groups,
    ) -> Result<Vec<GroupShare>, Error> {
        let extent = self.logits().extent();
        extent.check_rows(&groups.name, groups.values.len())?;
        let group = |row: usize| self.counts(row).then(|| groups.values[row]);
        let shares = self.shares(losses, predictions, group);
        Ok(shares
            .map(|(group, share)| GroupShare { group, share })
            .collect())
    }

    fn shares<K: Ord>(
        &self,
        losses: &[Z::Element],
        predictions: &[Prediction],
        key: impl Fn(usize) -> Option<K>,
    ) -> impl Iterator<Item = (K, Share)> {
        let mut sums: BTreeMap<K, Sums> = BTreeMap::new();
        for (row, (&loss, prediction)) in losses.iter().zip(predictions).enumerate() {
            if let Some(key) = key(row) {
                let sums = sums.entry(key).or_default();
                self.count(row, loss.into(), &mut sums.total);
                sums.right += usize::from(self.is_right(row, prediction));
            }
        }
        let is_labelled = self.labels().is_some();
        sums.into_iter().map(move |(key, Sums { total, right })| {
            let rows = total.rows_counted;
            let share = Share {
                rows,
                loss_mean: total.mean(Denominator::Weight),
                accuracy: is_labelled.then(|| right as f64 / rows as f64),
            };
            (key, share)
        })
    }
}
