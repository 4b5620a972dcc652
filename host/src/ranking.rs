//! Where a class stands among the logits of its row. Of equal logits the first is the larger.

use rayon::prelude::*;

use crate::{blocks::BLOCK_NUMBERS, number::Logit};

/// How many classes come before `class`.
pub(crate) fn rank<Z: Logit>(row: &[Z], class: usize) -> usize {
    let own = row[class].to_element();
    let (before, after) = row.split_at(class);
    count(before, |other| other >= own) + count(after, |other| other > own)
}

/// How many logits are wanted.
fn count<Z: Logit>(logits: &[Z], wanted: impl Fn(Z::Element) -> bool + Sync) -> usize {
    let in_piece = |piece: &[Z]| piece.iter().filter(|z| wanted(z.to_element())).count();
    // To narrow rows even asking for threads costs more than counting.
    if logits.len() <= BLOCK_NUMBERS {
        return in_piece(logits);
    }
    logits.par_chunks(BLOCK_NUMBERS).map(in_piece).sum()
}

/// The class with the largest logit.
pub(crate) fn largest<Z: Logit>(row: &[Z]) -> usize {
    (0..row.len())
        .into_par_iter()
        .with_min_len(BLOCK_NUMBERS)
        // Threads that start at class 0 change nothing: it is the first of all.
        .reduce(
            || 0,
            |best, class| {
                if row[class].to_element() > row[best].to_element() {
                    class
                } else {
                    best
                }
            },
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_first() {
        let row = [1.0, 3.0, 3.0, 2.0, 1.0];
        assert_eq!(
            [0, 1, 2, 3, 4].map(|class| rank(&row, class)),
            [3, 0, 1, 2, 4]
        );
        assert_eq!(largest(&row), 1);
        assert_eq!(largest(&[f64::NEG_INFINITY; 3]), 0);
        assert_eq!(rank(&[0.0_f32], 0), 0);
    }
}
