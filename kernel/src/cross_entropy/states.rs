//! Losses and gradients of rows whose logits are not all in one place.

use super::CrossEntropy;
use crate::{
    door::{enter_part, enter_unlabelled},
    element::Element,
    error::Error,
    label::Label,
    logit::{GradientOf, Logit},
    operation::{
        gradients::{Gradients, Written},
        states::{Find, Finish, Merge},
    },
    row_state::RowState,
    shapes::{GRADIENTS, LABEL_LOGITS, LOGITS, LOSSES, NEXT, STATES, UPSTREAM, check_lengths},
};

impl CrossEntropy<'_> {
    /// States of consecutive logits of each row, to be merged with those of the others.
    ///
    /// `logits` is `[n_rows, n_columns]`, and `states` `[n_rows]`. See [`RowState`] for an
    /// example, and for which bits come out.
    ///
    /// # Errors
    ///
    /// Options other than labels to ignore, reduction and backend; zero columns, lengths that do
    /// not match, a backend that is not available. Nothing has
    /// been written then.
    pub fn row_states<Z: Logit>(
        &self,
        logits: &[Z],
        n_columns: usize,
        states: &mut [RowState<Z::Element>],
    ) -> Result<(), Error> {
        self.refuse_for_parts("row_states")?;
        check_lengths(
            states.len(),
            n_columns,
            n_columns,
            &[(LOGITS, logits.len())],
        )?;
        enter_unlabelled(self, n_columns, logits.len(), &[], |batch| {
            Z::find_states(Find {
                batch,
                logits,
                states,
            });
        })
    }

    /// Merges the state of each row with that of the logits that follow.
    ///
    /// `states` and `next` are `[n_rows]`.
    ///
    /// # Errors
    ///
    /// Lengths that do not match, a backend that is not available; `states` is untouched then.
    pub fn merge_row_states<T: Element>(
        &self,
        states: &mut [RowState<T>],
        next: &[RowState<T>],
    ) -> Result<(), Error> {
        check_lengths(states.len(), 1, 1, &[(NEXT, next.len())])?;
        let backend = self.chosen_backend()?;
        T::merge_states(Merge {
            backend,
            states,
            next,
        });
        Ok(())
    }

    /// Losses of rows in nats, given the states of whole rows and the logits of their labels.
    ///
    /// `states`, `label_logits` and `losses` are `[n_rows]`.
    ///
    /// # Errors
    ///
    /// Options as for [`row_states`](Self::row_states); lengths that do not match, a backend that is
    /// not available; nothing has been written then.
    pub fn losses_of_states<T: Element>(
        &self,
        states: &[RowState<T>],
        label_logits: &[T],
        losses: &mut [T],
    ) -> Result<(), Error> {
        self.refuse_for_parts("losses_of_states")?;
        let lengths = [(LABEL_LOGITS, label_logits.len()), (LOSSES, losses.len())];
        check_lengths(states.len(), 1, 1, &lengths)?;
        let backend = self.chosen_backend()?;
        T::finish_states(Finish {
            backend,
            states,
            label_logits,
            losses,
        });
        Ok(())
    }

    /// Gradients with respect to consecutive logits of each row, given the states of whole rows.
    ///
    /// `logits` and `gradients` are `[n_rows, n_columns]`, the classes from `first_class` on;
    /// `states`, `labels` and `upstream` are `[n_rows]`. A label names a class of the whole row,
    /// and may be in another part. `upstream` and the reduction act as in
    /// [`gradients`](Self::gradients).
    ///
    /// ```
    /// use surprisal::{CrossEntropy, RowState};
    ///
    /// let loss = CrossEntropy::new();
    /// let logits = [0.0_f64, 0.0, 0.0, 0.0];
    /// let mut states = [RowState::EMPTY];
    /// loss.row_states(&logits, 4, &mut states)?;
    /// // The last two classes of the row, of which class 3 is the label.
    /// let mut gradients = [0.0; 2];
    /// loss.gradients_of_states(&states, &logits[2..], 2, 2, &[3], None, &mut gradients)?;
    /// assert_eq!(gradients, [0.25, -0.75]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Options as for [`row_states`](Self::row_states); zero columns, lengths that do not match,
    /// negative labels that are not ignored, options out of range, a backend that is not available. Nothing has been written then.
    pub fn gradients_of_states<Z: Logit, L: Label, G: GradientOf<Z>>(
        &self,
        states: &[RowState<Z::Element>],
        logits: &[Z],
        n_columns: usize,
        first_class: usize,
        labels: &[L],
        upstream: Option<&[Z::Element]>,
        gradients: &mut [G],
    ) -> Result<(), Error> {
        self.refuse_for_parts("gradients_of_states")?;
        let lengths = [
            (STATES, states.len()),
            (LOGITS, logits.len()),
            (UPSTREAM, upstream.map_or(labels.len(), <[Z::Element]>::len)),
            (GRADIENTS, gradients.len()),
        ];
        let buffers = G::beside(logits, gradients);
        enter_part(self, n_columns, first_class, labels, &lengths, |batch| {
            Z::gradients(Gradients {
                batch,
                buffers,
                upstream,
                losses: None,
                states: Some(states),
                written: Written::Gradients,
            });
        })
    }
}
