//! From losses of rows to one number, with what it is a mean of.

/// What a mean is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Denominator {
    /// The total weight of the counted rows, as PyTorch divides: the sum of their row weights times
    /// the class weights of their labels, or times 1 for rows of target probabilities. Without
    /// weights this is the number of rows.
    #[default]
    Weight,
    /// The number of counted rows.
    Rows,
    /// A number given by the caller, from 1e-30 to 1e30. For gradient accumulation, and for
    /// batches that are handed over in parts.
    Given(f64),
}

/// How the losses of rows make up the objective, and so what its derivatives are multiplied by.
///
/// `losses` writes the loss of every row whatever the reduction; gradients, Hessians and their
/// products are those of the reduced objective.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Reduction {
    /// Every row is an objective of its own.
    #[default]
    None,
    /// The sum over rows; its per-row derivatives equal those of `None`.
    Sum,
    /// The sum over rows divided by a denominator, and so are its derivatives.
    Mean(Denominator),
}

/// Sum of the losses of a batch together with everything a mean can be divided by.
///
/// Totals of parts of a batch [`merge`](Self::merge); merging fixed parts in order gives the
/// same bits whoever computed the parts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Total {
    /// Sum of the losses of the counted rows, in nats. NaN or infinite as soon as one of
    /// them is.
    pub sum: f64,
    /// Total weight of the counted rows.
    pub weight: f64,
    /// Rows that are not ignored, those that are not finite included.
    pub rows_counted: usize,
    /// Rows whose label is ignored.
    pub rows_ignored: usize,
    /// Counted rows whose loss is infinite or NaN.
    pub rows_non_finite: usize,
}

impl Total {
    /// Adds the loss of one counted row, which its weight has multiplied.
    #[inline]
    pub fn add_row(&mut self, loss: f64, weight: f64) {
        self.sum += loss;
        self.weight += weight;
        self.rows_counted += 1;
        self.rows_non_finite += usize::from(!loss.is_finite());
    }

    /// Counts one ignored row.
    #[inline]
    pub fn add_ignored(&mut self) {
        self.rows_ignored += 1;
    }

    /// Adds the total of the rows that follow.
    #[must_use]
    pub fn merge(self, next: Self) -> Self {
        Self {
            sum: self.sum + next.sum,
            weight: self.weight + next.weight,
            rows_counted: self.rows_counted + next.rows_counted,
            rows_ignored: self.rows_ignored + next.rows_ignored,
            rows_non_finite: self.rows_non_finite + next.rows_non_finite,
        }
    }

    /// The number to divide by; `None` where no row was counted, or none with any weight.
    pub fn denominator(&self, denominator: Denominator) -> Option<f64> {
        match denominator {
            _ if self.rows_counted == 0 => None,
            Denominator::Weight => Some(self.weight).filter(|&weight| weight != 0.0),
            Denominator::Rows => Some(self.rows_counted as f64),
            Denominator::Given(given) => Some(given),
        }
    }

    /// Mean loss in nats; `None` where there is no [`denominator`](Self::denominator), so never a NaN out of 0 / 0.
    pub fn mean(&self, denominator: Denominator) -> Option<f64> {
        Some(self.sum / self.denominator(denominator)?)
    }
}
