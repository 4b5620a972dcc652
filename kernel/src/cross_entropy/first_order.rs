//! Losses, gradients and probabilities.

use super::CrossEntropy;
use crate::{
    code::Code,
    door::{enter, enter_unlabelled},
    error::Error,
    label::Label,
    logit::{GradientOf, Logit},
    operation::{
        gradients::{Buffers, Gradients, Written},
        losses::{Losses, Sink},
    },
    reduction::Total,
    shapes::{GRADIENTS, LOGITS, LOSSES, PROBABILITIES, UPSTREAM},
};

impl CrossEntropy<'_> {
    /// Losses of the rows in nats.
    ///
    /// `losses` is `[n_rows]`: log-sum-exp of the row minus the logit of its label.
    ///
    /// ```
    /// let mut losses = [0.0_f32; 2];
    /// surprisal::CrossEntropy::new().losses(&[0.0_f32, -40.0, 1.0, 1.0], 2, &[0, 1], &mut losses)?;
    /// // Nothing cancels: a confident row keeps its loss, where 1 - p would be 0.
    /// assert_eq!(losses, [4.248354e-18, 0.6931472]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As every operation: zero classes, slices whose lengths do not match, labels out of range,
    /// options out of range, a backend that is not available. Nothing has been written then.
    pub fn losses<Z: Logit, L: Label>(
        &self,
        logits: &[Z],
        n_classes: usize,
        labels: &[L],
        losses: &mut [Z::Element],
    ) -> Result<(), Error> {
        let lengths = [(LOGITS, logits.len()), (LOSSES, losses.len())];
        enter(self, n_classes, labels, &lengths, |batch| {
            Z::losses(Losses {
                batch,
                logits,
                sink: Sink::Rows(losses),
            });
        })
    }

    /// Sum, weight and number of the losses, without an output a row.
    ///
    /// Losses are rounded to the element type and summed in f64 in row order.
    ///
    /// ```
    /// use surprisal::{CrossEntropy, Denominator};
    ///
    /// let loss = CrossEntropy::new().ignore_label(-100);
    /// let total = loss.total(&[0.0_f64, 0.0, 3.0, 5.0], 2, &[0, -100])?;
    /// assert_eq!((total.rows_counted, total.rows_ignored), (1, 1));
    /// assert_eq!(total.mean(Denominator::Rows), Some(core::f64::consts::LN_2));
    /// // No row at all has no mean, rather than NaN.
    /// assert_eq!(loss.total(&[3.0_f32, 5.0], 2, &[-100])?.mean(Denominator::Rows), None);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn total<Z: Logit, L: Label>(
        &self,
        logits: &[Z],
        n_classes: usize,
        labels: &[L],
    ) -> Result<Total, Error> {
        let lengths = [(LOGITS, logits.len())];
        let mut total = Total::default();
        enter(self, n_classes, labels, &lengths, |batch| {
            Z::losses(Losses {
                batch,
                logits,
                sink: Sink::Total(&mut total, Code(add_row)),
            });
        })?;
        Ok(total)
    }

    /// Gradients with respect to the logits.
    ///
    /// `gradients` is `[n_rows, n_classes]`: p, minus 1 at the label. Row i is multiplied by
    /// `upstream[i]` where `upstream`, `[n_rows]`, is given, and divided by the reduction's
    /// denominator. Up to a factor of 2^26 (2^60 for `f64`) a probability too small for the type
    /// shows in its gradient; beyond, one that rounds to zero counts as zero.
    ///
    /// ```
    /// let mut gradients = [0.0_f64; 2];
    /// surprisal::CrossEntropy::new().gradients(&[1.0, 1.0], 2, &[1], None, &mut gradients)?;
    /// assert_eq!(gradients, [0.5, -0.5]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn gradients<Z: Logit, L: Label, G: GradientOf<Z>>(
        &self,
        logits: &[Z],
        n_classes: usize,
        labels: &[L],
        upstream: Option<&[Z::Element]>,
        gradients: &mut [G],
    ) -> Result<(), Error> {
        let lengths = [
            (LOGITS, logits.len()),
            (
                UPSTREAM,
                upstream.map_or(self.n_rows(labels.len(), n_classes), <[Z::Element]>::len),
            ),
            (GRADIENTS, gradients.len()),
        ];
        let buffers = G::beside(logits, gradients);
        enter(self, n_classes, labels, &lengths, |batch| {
            Z::gradients(Gradients {
                batch,
                buffers,
                upstream,
                losses: None,
                states: None,
                written: Written::Gradients,
            });
        })
    }

    /// [`gradients`](Self::gradients) in place of the logits.
    ///
    /// ```
    /// let mut logits = [1.0_f32, 1.0];
    /// let upstream = [4.0];
    /// surprisal::CrossEntropy::new().gradients_in_place(&mut logits, 2, &[0], Some(&upstream))?;
    /// assert_eq!(logits, [-2.0, 2.0]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses); the logits are untouched then.
    pub fn gradients_in_place<Z: Logit, L: Label>(
        &self,
        logits: &mut [Z],
        n_classes: usize,
        labels: &[L],
        upstream: Option<&[Z::Element]>,
    ) -> Result<(), Error> {
        let lengths = [
            (LOGITS, logits.len()),
            (
                UPSTREAM,
                upstream.map_or(self.n_rows(labels.len(), n_classes), <[Z::Element]>::len),
            ),
        ];
        let buffers = Buffers::InPlace(logits);
        enter(self, n_classes, labels, &lengths, |batch| {
            Z::gradients(Gradients {
                batch,
                buffers,
                upstream,
                losses: None,
                states: None,
                written: Written::Gradients,
            });
        })
    }

    /// [`losses`](Self::losses) and [`gradients`](Self::gradients) in one pass over the rows,
    /// with the bits of both. `upstream` and the reduction act on the gradients only.
    ///
    /// ```
    /// let (mut losses, mut gradients) = ([0.0_f32; 1], [0.0_f32; 2]);
    /// surprisal::CrossEntropy::new().losses_and_gradients(
    ///     &[100.0_f32, 0.0], 2, &[1], None, &mut losses, &mut gradients,
    /// )?;
    /// assert_eq!((losses, gradients), ([100.0], [1.0, -1.0]));
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn losses_and_gradients<Z: Logit, L: Label, G: GradientOf<Z>>(
        &self,
        logits: &[Z],
        n_classes: usize,
        labels: &[L],
        upstream: Option<&[Z::Element]>,
        losses: &mut [Z::Element],
        gradients: &mut [G],
    ) -> Result<(), Error> {
        let lengths = [
            (LOGITS, logits.len()),
            (
                UPSTREAM,
                upstream.map_or(self.n_rows(labels.len(), n_classes), <[Z::Element]>::len),
            ),
            (LOSSES, losses.len()),
            (GRADIENTS, gradients.len()),
        ];
        let buffers = G::beside(logits, gradients);
        enter(self, n_classes, labels, &lengths, |batch| {
            Z::gradients(Gradients {
                batch,
                buffers,
                upstream,
                losses: Some(losses),
                states: None,
                written: Written::Gradients,
            });
        })
    }

    /// [`losses_and_gradients`](Self::losses_and_gradients), the gradients in place of the
    /// logits.
    ///
    /// ```
    /// let (mut logits, mut losses) = ([0.0_f64, 0.0], [0.0]);
    /// surprisal::CrossEntropy::new()
    ///     .losses_and_gradients_in_place(&mut logits, 2, &[1_u8], None, &mut losses)?;
    /// assert_eq!((losses, logits), ([core::f64::consts::LN_2], [0.5, -0.5]));
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses); the logits are untouched then.
    pub fn losses_and_gradients_in_place<Z: Logit, L: Label>(
        &self,
        logits: &mut [Z],
        n_classes: usize,
        labels: &[L],
        upstream: Option<&[Z::Element]>,
        losses: &mut [Z::Element],
    ) -> Result<(), Error> {
        let lengths = [
            (LOGITS, logits.len()),
            (
                UPSTREAM,
                upstream.map_or(self.n_rows(labels.len(), n_classes), <[Z::Element]>::len),
            ),
            (LOSSES, losses.len()),
        ];
        let buffers = Buffers::InPlace(logits);
        enter(self, n_classes, labels, &lengths, |batch| {
            Z::gradients(Gradients {
                batch,
                buffers,
                upstream,
                losses: Some(losses),
                states: None,
                written: Written::Gradients,
            });
        })
    }

    /// Probabilities, the softmax of every row. They depend on no label and no option.
    ///
    /// `probabilities` is `[n_rows, n_classes]`; the number of rows follows from it.
    ///
    /// ```
    /// let mut probabilities = [0.0_f32; 3];
    /// surprisal::CrossEntropy::new()
    ///     .probabilities(&[7.0_f32, f32::NEG_INFINITY, 7.0], 3, &mut probabilities)?;
    /// assert_eq!(probabilities, [0.5, 0.0, 0.5]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Zero classes, lengths that do not match or are no multiple of `n_classes`, a backend that
    /// is not available.
    pub fn probabilities<Z: Logit>(
        &self,
        logits: &[Z],
        n_classes: usize,
        probabilities: &mut [Z::Element],
    ) -> Result<(), Error> {
        let lengths = [(LOGITS, logits.len()), (PROBABILITIES, probabilities.len())];
        enter_unlabelled(self, n_classes, logits.len(), &lengths, |batch| {
            Z::gradients(Gradients {
                batch,
                buffers: Buffers::Separate {
                    logits,
                    gradients: probabilities,
                },
                upstream: None,
                losses: None,
                states: None,
                written: Written::Probabilities,
            });
        })
    }
}

/// Adds the loss of a row and its weight.
fn add_row(total: &mut Total, loss: impl Into<f64>, weight: f64) {
    total.add_row(loss.into(), weight);
}
