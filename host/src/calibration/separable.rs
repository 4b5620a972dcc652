//! Rows that no parameters fit best.

use super::{Ending, Method, problem::Scaling};
use crate::{error::Error, linear::matrix::Matrix, number::Logit, ranking};

impl<Z: Logit> Scaling<Z> {
    /// Why there is no minimum, where the logits themselves tell. Of scales and biases together there
    /// are sets without one that this does not see, which the steps of Newton's method show.
    pub(super) fn has_no_minimum(&self) -> Result<Option<Ending>, Error> {
        Ok(match self.options().method {
            // Where all logits are alike, that is at 1 / T = 0, the loss must fall. It is convex in
            // 1 / T, so the minimum is at a T above 0 then, or at none.
            Method::Temperature if self.at(Matrix::zeros((1, 1)))?.gradient[(0, 0)] >= 0.0 => {
                Some(Ending::TemperatureToInfinity)
            }
            _ if self.is_smoothed() => None,
            Method::Temperature => self
                .labels_are_largest()
                .then_some(Ending::TemperatureToZero),
            Method::Vector if self.options().penalty() == 0.0 => (0..self.batch().n_classes())
                .find(|&class| self.is_separable(class))
                .map(|class| Ending::Separable { class }),
            Method::Vector | Method::Bias => None,
        })
    }

    /// Whether no row has a logit that is larger than that of its label.
    fn labels_are_largest(&self) -> bool {
        (0..self.batch().n_rows()).all(|row| {
            let logits = self.batch().logits().slice(row..row + 1);
            let largest = logits[ranking::largest(logits)].to_element();
            self.batch()
                .class(row)
                .is_none_or(|label| logits[label].to_element() >= largest)
        })
    }

    /// Whether a number is between the logits of a class at its own rows and at all others.
    fn is_separable(&self, class: usize) -> bool {
        if self.is_masked(class) {
            return false;
        }
        // Least and largest: at rows of the class, and at others.
        let mut ranges = [(f64::INFINITY, f64::NEG_INFINITY); 2];
        for row in 0..self.batch().n_rows() {
            let logits = self.batch().logits().slice(row..row + 1);
            let logit: f64 = logits[class].to_element().into();
            if logit != f64::NEG_INFINITY {
                let is_other = self.batch().class(row) != Some(class);
                let (least, largest) = &mut ranges[usize::from(is_other)];
                *least = least.min(logit);
                *largest = largest.max(logit);
            }
        }
        let [own, others] = ranges;
        own.0 > others.1 || own.1 < others.0
    }
}
