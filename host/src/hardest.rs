//! The rows with the largest losses.

/// How many are kept unless another number is asked for.
pub(crate) const KEPT: usize = 10;

/// Rows with their losses, the largest first; of equal losses the earlier row first.
#[derive(Clone, Debug)]
pub(crate) struct Hardest {
    kept: usize,
    rows: Vec<(usize, f64)>,
}

impl Default for Hardest {
    fn default() -> Self {
        Self::new(KEPT)
    }
}

impl Hardest {
    /// Of none yet, with so many to keep.
    pub(crate) fn new(kept: usize) -> Self {
        Self {
            kept,
            rows: Vec::new(),
        }
    }

    /// Offers a row that comes after all that were offered. A NaN is no loss and never kept.
    pub(crate) fn offer(&mut self, row: usize, loss: f64) {
        let is_full = self.rows.len() == self.kept;
        let is_less = || self.rows.last().is_none_or(|&(_, least)| least >= loss);
        if loss.is_nan() || is_full && is_less() {
            return;
        }
        self.rows.truncate(self.kept - 1);
        let place = self.rows.partition_point(|&(_, kept)| kept >= loss);
        self.rows.insert(place, (row, loss));
    }

    /// Offers the rows of a part that comes after all that were offered.
    pub(crate) fn merge(mut self, next: Self) -> Self {
        for (row, loss) in next.rows {
            self.offer(row, loss);
        }
        self
    }

    pub(crate) fn rows(&self) -> &[(usize, f64)] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_merge_to_the_ten_of_a_stable_sort() {
        let infinite = f64::INFINITY;
        let losses = [
            3.0,
            1.0,
            infinite,
            3.0,
            f64::NAN,
            0.0,
            7.0,
            3.0,
            1.0,
            2.0,
            0.5,
            infinite,
            0.0,
            3.0,
        ];
        let mut sorted: Vec<_> = losses
            .into_iter()
            .enumerate()
            .filter(|(_, loss)| !loss.is_nan())
            .collect();
        sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
        sorted.truncate(KEPT);

        for cut in 0..=losses.len() {
            let (mut first, mut second) = (Hardest::default(), Hardest::default());
            for (row, &loss) in losses.iter().enumerate() {
                if row < cut {
                    first.offer(row, loss);
                } else {
                    second.offer(row, loss);
                }
            }
            assert_eq!(first.merge(second).rows(), sorted);
        }
    }
}
