//! Which classes are taken for which.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Prediction;
use crate::{batch::Batch, number::Logit};

/// Rows of one class that are predicted as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// The class that labels them.
    pub label: usize,
    /// The class that they are taken for.
    pub predicted: usize,
    /// How many there are.
    pub rows: usize,
}

impl<Z: Logit> Batch<Z> {
    /// Pairs of classes by the number of rows that take one for the other, most first; of as many,
    /// in the order of the classes.
    pub fn confusions(&self, predictions: &[Prediction], most: usize) -> Vec<Confusion> {
        let mut pairs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (row, prediction) in predictions.iter().enumerate() {
            if let Some(label) = self.class(row)
                && !prediction.confidence.is_nan()
                && label != prediction.class
            {
                *pairs.entry((label, prediction.class)).or_default() += 1;
            }
        }
        let mut pairs: Vec<_> = pairs
            .into_iter()
            .map(|((label, predicted), rows)| Confusion {
                label,
                predicted,
                rows,
            })
            .collect();
        // A stable sort keeps the order of the classes.
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.rows));
        pairs.truncate(most);
        pairs
    }
}
