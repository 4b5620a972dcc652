//! Where a class stands among the logits of its row. Of equal logits the first is the larger.

use rayon::prelude::*;

use crate::{blocks::BLOCK_NUMBERS, number::Logit};

/// How many classes come before `class`, or `enough` if they are more.
pub(crate) fn rank<Z: Logit>(row: &[Z], class: usize, enough: usize) -> usize {
    let own = row[class].to_element();
    let (before, after) = row.split_at(class);
    let before = count(before, |other| other >= own, enough);
    (before + count(after, |other| other > own, enough - before)).min(enough)
}

/// How many logits are wanted, or `enough` if they are more.
fn count<Z: Logit>(
    logits: &[Z],
    wanted: impl Fn(Z::Element) -> bool + Sync,
    enough: usize,
) -> usize {
    /// Logits between two looks at whether it is enough, few enough for a sum of 32 bits.
    const STRIDE: usize = 1 << 10;
    let one_if_wanted = |z: &Z| u32::from(wanted(z.to_element()));
    let in_piece = |piece: &[Z]| {
        let mut found = 0;
        for logits in piece.chunks(STRIDE) {
            if found >= enough {
                break;
            }
            found += logits.iter().map(one_if_wanted).sum::<u32>() as usize;
        }
        found
    };
    // To narrow rows even asking for threads costs more than counting.
    let found = if logits.len() <= BLOCK_NUMBERS {
        in_piece(logits)
    } else {
        let of_pieces = logits.par_chunks(BLOCK_NUMBERS).map(in_piece);
        of_pieces.collect::<Vec<usize>>().into_iter().sum()
    };
    found.min(enough)
}

/// The class with the largest logit.
pub(crate) fn largest<Z: Logit>(row: &[Z]) -> usize {
    let larger = |best: usize, class: usize| {
        if row[class].to_element() > row[best].to_element() {
            class
        } else {
            best
        }
    };
    // Every piece starts from class 0: the first of all, it hides no class that is larger.
    let of_pieces: Vec<usize> = (0..row.len())
        .into_par_iter()
        .fold_chunks(BLOCK_NUMBERS, || 0, larger)
        .collect();
    of_pieces.into_iter().fold(0, larger)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_first() {
        let row = [1.0, 3.0, 3.0, 2.0, 1.0];
        assert_eq!(
            [0, 1, 2, 3, 4].map(|class| rank(&row, class, 5)),
            [3, 0, 1, 2, 4]
        );
        assert_eq!(
            [0, 1, 2, 3, 4].map(|class| rank(&row, class, 2)),
            [2, 0, 1, 2, 2]
        );
        assert_eq!(largest(&row), 1);
        assert_eq!(largest(&[f64::NEG_INFINITY; 3]), 0);
        assert_eq!(rank(&[0.0_f32], 0, 5), 0);
    }

    #[test]
    fn wide_rows_are_ranked_as_narrow_ones() {
        let n_classes = 3 * BLOCK_NUMBERS + 5;
        let mut row = vec![-1.0_f32; n_classes];
        // Ties of two sizes in several pieces, the larger one in the last two.
        for class in [7, BLOCK_NUMBERS - 1, 2 * BLOCK_NUMBERS] {
            row[class] = 1.0;
        }
        for class in [2 * BLOCK_NUMBERS + 1, n_classes - 1] {
            row[class] = 2.0;
        }
        assert_eq!(largest(&row), 2 * BLOCK_NUMBERS + 1);
        for (class, expected) in [
            (2 * BLOCK_NUMBERS + 1, 0),
            (n_classes - 1, 1),
            (7, 2),
            (BLOCK_NUMBERS - 1, 3),
            (2 * BLOCK_NUMBERS, 4),
            (0, 5),
            (n_classes - 2, n_classes - 1),
        ] {
            assert_eq!(rank(&row, class, n_classes), expected, "class {class}");
            assert_eq!(rank(&row, class, 5), expected.min(5), "class {class}");
        }
        assert_eq!(largest(&vec![f32::NEG_INFINITY; n_classes]), 0);
    }
}
