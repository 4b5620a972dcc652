//! The rows with the largest losses.

/// How many are kept.
pub(crate) const KEPT: usize = 10;

/// Rows with their losses, the largest first; of equal losses the earlier row first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hardest {
    rows: Vec<(usize, f64)>,
}

impl Hardest {
    /// Offers a row that comes after all that were offered. A NaN is no loss and never kept.
    pub(crate) fn offer(&mut self, row: usize, loss: f64) {
        let full = self.rows.len() == KEPT;
        if loss.is_nan() || full && self.rows[KEPT - 1].1 >= loss {
            return;
        }
        self.rows.truncate(KEPT - 1);
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
