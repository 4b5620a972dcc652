//! Losses, gradients and probabilities of rows, of which a wide one is work for several threads.
//!
//! The kernel computes a wide row in blocks of classes, whose states merge in order; so the blocks
//! can be anywhere, and the bits are those of the whole row. Rows are cut by their width alone,
//! also where there are rows enough for all threads: a piece of a row goes to another thread only
//! if that one is idle, so there is nothing to decide, and nothing that depends on the threads.
//!
//! That is the plain loss. Options other than ignored labels need a row as a whole.

use std::ops::Range;

use rayon::prelude::*;
use surprisal::{Error, Reduction, RowState};

use crate::{batch::Batch, blocks::BLOCK_NUMBERS, number::Logit};

/// Classes of a piece of a row: whole blocks of the kernel, and as much as a block of rows is.
const PIECE: usize = BLOCK_NUMBERS;

const _: () = assert!(
    PIECE.is_multiple_of(RowState::<f32>::BLOCK_LEN)
        && PIECE.is_multiple_of(RowState::<f64>::BLOCK_LEN)
);

impl<Z: Logit> Batch<Z> {
    /// Losses of some of the rows.
    pub(crate) fn losses(
        &self,
        rows: Range<usize>,
        losses: &mut [Z::Element],
    ) -> Result<(), Error> {
        let n = self.n_classes();
        let loss_of_rows = self.loss(rows.clone());
        if !self.in_pieces() {
            let (logits, labels) = (self.logits().slice(rows.clone()), self.classes(rows));
            return loss_of_rows.losses(logits, n, labels, losses);
        }
        for (row, loss) in rows.zip(losses.chunks_mut(1)) {
            // States know nothing of labels, nor that one is ignored.
            let Some(class) = self.class(row) else {
                loss.fill(Z::Element::default());
                continue;
            };
            let label_logit = self.logits().slice(row..row + 1)[class].to_element();
            loss_of_rows.losses_of_states(&[self.state(row)?], &[label_logit], loss)?;
        }
        Ok(())
    }

    /// Gradients of some of the rows, under a reduction that does not depend on which rows these
    /// are.
    pub(crate) fn gradients(
        &self,
        reduction: Reduction,
        rows: Range<usize>,
        gradients: &mut [Z::Element],
    ) -> Result<(), Error> {
        let n = self.n_classes();
        let loss = self.loss(rows.clone()).reduction(reduction);
        if !self.in_pieces() {
            let (logits, labels) = (self.logits().slice(rows.clone()), self.classes(rows));
            return loss.gradients(logits, n, labels, None, gradients);
        }
        for (row, gradients) in rows.zip(gradients.chunks_exact_mut(n)) {
            let states = [match self.class(row) {
                Some(_) => self.state(row)?,
                None => RowState::EMPTY,
            }];
            let labels = self.classes(row..row + 1);
            let pieces = self.logits().slice(row..row + 1).par_chunks(PIECE);
            pieces
                .zip(gradients.par_chunks_mut(PIECE))
                .enumerate()
                .try_for_each(|(piece, (logits, gradients))| {
                    let (n, first_class) = (logits.len(), piece * PIECE);
                    loss.gradients_of_states(
                        &states,
                        logits,
                        n,
                        first_class,
                        labels,
                        None,
                        gradients,
                    )
                })?;
        }
        Ok(())
    }

    /// The probability of a class, whatever the label of the row.
    pub(crate) fn probability(&self, row: usize, class: usize) -> Result<Z::Element, Error> {
        let (loss, logits) = (self.loss(row..row + 1), self.logits().slice(row..row + 1));
        if !self.in_pieces() {
            let mut probabilities = vec![Z::Element::default(); logits.len()];
            loss.probabilities(logits, logits.len(), &mut probabilities)?;
            return Ok(probabilities[class]);
        }
        let mut probability = [Z::Element::default()];
        // The gradient with respect to a logit that is not the label's; the label's is the next.
        loss.gradients_of_states(
            &[self.state(row)?],
            &logits[class..=class],
            1,
            class,
            &[class + 1],
            None,
            &mut probability,
        )?;
        Ok(probability[0])
    }

    /// Whether rows are wide enough to be cut, and the loss allows it.
    fn in_pieces(&self) -> bool {
        self.n_classes() > PIECE && self.objective().is_plain()
    }

    /// The state of a whole row, from those of the kernel's blocks.
    fn state(&self, row: usize) -> Result<RowState<Z::Element>, Error> {
        let loss = self.loss(row..row + 1);
        let block_len = RowState::<Z::Element>::BLOCK_LEN;
        let row = self.logits().slice(row..row + 1);
        let mut states = vec![RowState::EMPTY; row.len().div_ceil(block_len)];
        row.par_chunks(PIECE)
            .zip(states.par_chunks_mut(PIECE / block_len))
            .try_for_each(|(logits, states)| {
                // Whole blocks are rows of a matrix; the last one of the row may be shorter.
                let n_whole = logits.len() / block_len;
                let (whole, rest) = logits.split_at(n_whole * block_len);
                let (states_of_whole, state_of_rest) = states.split_at_mut(n_whole);
                loss.row_states(whole, block_len, states_of_whole)?;
                if rest.is_empty() {
                    return Ok(());
                }
                loss.row_states(rest, rest.len(), state_of_rest)
            })?;
        let mut whole = [RowState::EMPTY];
        for next in states.chunks(1) {
            loss.merge_row_states(&mut whole, next)?;
        }
        Ok(whole[0])
    }
}

#[cfg(test)]
mod tests {
    use rayon::ThreadPoolBuilder;

    use super::*;
    use surprisal::CrossEntropy;

    use crate::{array::Role, labels::Labels, objective::Objective, rows::Rows};

    /// States show an order of merging that results, which are rounded once more, rarely do.
    #[test]
    fn states_are_those_of_whole_rows() {
        let loss = CrossEntropy::new();
        for n_classes in [1, 4095, 4096, 4097, PIECE + 1, 5 * PIECE + 4099] {
            // Blocks of many magnitudes: sums of alike ones are exact in any order.
            let values: Vec<f32> = (0..n_classes)
                .map(|class| ((class * 7919) % 100_003) as f32 / 2500.0 - (class / 999) as f32)
                .collect();
            let mut whole = [RowState::EMPTY];
            loss.row_states(&values, n_classes, &mut whole).unwrap();

            let rows = Rows::new(Role::Logits, values, n_classes).unwrap();
            let batch = Batch::new(rows, Labels::from(vec![0_i64]), Objective::default()).unwrap();
            for threads in [1, 3] {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build();
                let state = pool.unwrap().install(|| batch.state(0));
                assert_eq!(state, Ok(whole[0]), "{n_classes} classes");
            }
        }
    }
}
