//! Rows that are not ordinary.

use super::{Case, Tier};
use crate::Float;

/// Rows with masked classes (-inf), NaN and +inf, in the first, a middle and the last place of
/// rows of several widths, with the label on and off the odd place.
///
/// Tries that a masked class is exactly 0 everywhere, that a masked label costs +inf with a
/// finite gradient, and that a row without a softmax is NaN in every output: also where a
/// maximum forgets NaN, where -inf - -inf would make one, and where a whole first block is masked.
pub fn odd<T: Float>() -> Tier<T> {
    let mut tier = Tier::new("odd");
    let finite = |j: usize| (j % 5) as f64 - 2.5;
    for n in [1, 2, 3, 8, 16, 17, 33, 100, 1000] {
        let mut places = vec![0, n / 2, n - 1];
        places.dedup();
        for odd in [f64::NEG_INFINITY, f64::INFINITY, f64::NAN] {
            for &place in &places {
                let mut row: Vec<f64> = (0..n).map(finite).collect();
                row[place] = odd;
                push(&mut tier, &row, &[place, n - 1 - place]);
            }
            push(&mut tier, &vec![odd; n], &[0, n - 1]);

            // All masked but one, which may be odd in another way, at either end.
            for left in [1.5, odd, largest::<T>(), -largest::<T>()] {
                for &place in &places {
                    let mut row = vec![f64::NEG_INFINITY; n];
                    row[place] = left;
                    push(&mut tier, &row, &[place, n - 1 - place]);
                }
            }
        }
        // The first half masked.
        let half: Vec<f64> = (0..n)
            .map(|j| {
                if j < n / 2 {
                    f64::NEG_INFINITY
                } else {
                    finite(j)
                }
            })
            .collect();
        push(&mut tier, &half, &[0, n - 1]);
        // +inf and NaN, and NaN beside -inf.
        let mut row: Vec<f64> = (0..n).map(finite).collect();
        row[0] = f64::NAN;
        row[n - 1] = f64::INFINITY;
        push(&mut tier, &row, &[0, n - 1]);
    }
    tier
}

fn largest<T: Float>() -> f64 {
    T::MAX.into()
}

fn push<T: Float>(tier: &mut Tier<T>, row: &[f64], labels: &[usize]) {
    let logits: Vec<T> = row.iter().map(|&z| T::round(z)).collect();
    for &label in labels {
        tier.cases.push(Case {
            logits: logits.clone(),
            label,
        });
    }
}
