//! The rows with the largest losses, as many as are asked for and by name.

use super::{ClassNames, Prediction};
use crate::{
    batch::Batch,
    error::Error,
    evaluation::{HardRow, RowNames},
    hardest::Hardest,
    number::Logit,
};

impl<Z: Logit> Batch<Z> {
    /// So many rows with the largest losses, the largest first, with the names of their classes where
    /// there are any. `losses` and `predictions` are those of this batch, one a row.
    ///
    /// # Errors
    ///
    /// [`Error::CountDiffers`] where there is not a name a class.
    pub fn hardest(
        &self,
        losses: &[Z::Element],
        predictions: &[Prediction],
        most: usize,
        names: Option<&ClassNames>,
    ) -> Result<Vec<HardRow>, Error> {
        if let Some(names) = names {
            names.check(self.logits().extent())?;
        }
        let mut hardest = Hardest::new(most);
        for (row, &loss) in losses.iter().enumerate() {
            if self.counts(row) {
                hardest.offer(row, loss.into());
            }
        }
        let described = |&(row, loss): &(usize, f64)| {
            let (label, prediction) = (self.class(row), predictions[row]);
            let named = |names: &ClassNames| RowNames {
                label: label.map(|label| names.of(label).to_owned()),
                predicted: names.of(prediction.class).to_owned(),
            };
            HardRow {
                row,
                label,
                loss,
                predicted: prediction.class,
                probability: prediction.confidence,
                names: names.map(named),
            }
        };
        Ok(hardest.rows().iter().map(described).collect())
    }
}
