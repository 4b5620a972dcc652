//! The options of the loss, and every operation as a method of them.

use crate::{
    backend::Backend,
    door::{Shape, enter, enter_unlabelled},
    element::Element,
    error::Error,
    label::Label,
    operation::{
        gradients::{Buffers, Gradients},
        hessians::Hessians,
        losses::{Losses, Sink},
        probabilities::Probabilities,
    },
    reduction::{Denominator, Reduction, Total},
    row::hessian::Layout,
};

/// Categorical cross-entropy from logits: the options of the loss.
///
/// A plain value. Each operation takes `logits`, row-major `[n_rows, n_classes]`, with one label
/// a row, and writes into the caller's slices. The number of rows is the number of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CrossEntropy {
    ignore_label: Option<i128>,
    reduction: Reduction,
    backend: Option<Backend>,
}

impl CrossEntropy {
    /// The plain loss: no label ignored, nothing reduced, the fastest backend.
    pub const fn new() -> Self {
        Self { ignore_label: None, reduction: Reduction::None, backend: None }
    }

    /// Rows with this label count nowhere: each of their outputs is exactly zero.
    #[must_use]
    pub fn ignore_label(mut self, label: impl Label) -> Self {
        self.ignore_label = Some(label.value());
        self
    }

    /// The objective whose derivatives are computed.
    #[must_use]
    pub const fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// Runs on this backend instead of the fastest one.
    #[must_use]
    pub const fn backend(mut self, backend: Backend) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Whether rows with this label are ignored.
    #[inline]
    pub fn ignores(&self, label: impl Label) -> bool {
        self.ignore_label == Some(label.value())
    }

    /// What derivatives are divided by, given the number of counted rows; `None` for 1.
    pub(crate) fn denominator(&self, rows_counted: usize) -> Result<Option<f64>, Error> {
        match self.reduction {
            Reduction::None | Reduction::Sum => Ok(None),
            // Where no row is counted, no derivative is divided.
            Reduction::Mean(Denominator::Weight | Denominator::Rows) => {
                Ok(Some(rows_counted as f64))
            }
            Reduction::Mean(Denominator::Given(value)) => {
                if value > 0.0 && value.is_finite() {
                    return Ok(Some(value));
                }
                Err(Error::OptionOutOfRange {
                    option: "Denominator::Given",
                    value,
                    allowed: "positive and finite",
                })
            }
        }
    }

    /// The backend to run on.
    pub(crate) fn chosen_backend(&self) -> Result<Backend, Error> {
        let backend = self.backend.unwrap_or_else(Backend::detect);
        if backend.is_available() { Ok(backend) } else { Err(Error::BackendUnavailable { backend }) }
    }

    /// Losses of the rows in nats.
    ///
    /// `losses` is `[n_rows]`: log-sum-exp of the row minus the logit of its label.
    ///
    /// ```
    /// let mut losses = [0.0_f32; 2];
    /// surprisal::CrossEntropy::new().losses(&[0.0, -40.0, 1.0, 1.0], 2, &[0, 1], &mut losses)?;
    /// // Nothing cancels: a confident row keeps its loss, where 1 - p would be 0.
    /// assert_eq!(losses, [4.248354e-18, 0.6931472]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As every operation: zero classes, slices whose lengths do not match, labels out of range,
    /// options out of range, a backend that is not available. Nothing has been written then.
    pub fn losses<T: Element, L: Label>(
        &self,
        logits: &[T],
        n_classes: usize,
        labels: &[L],
        losses: &mut [T],
    ) -> Result<(), Error> {
        let shapes =
            [("logits", Shape::Matrix, logits.len()), ("losses", Shape::Rows, losses.len())];
        enter(*self, n_classes, labels, &shapes, |batch| {
            T::losses(Losses { batch, logits, sink: Sink::Rows(losses) });
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
    pub fn total<T: Element, L: Label>(
        &self,
        logits: &[T],
        n_classes: usize,
        labels: &[L],
    ) -> Result<Total, Error> {
        let shapes = [("logits", Shape::Matrix, logits.len())];
        let mut total = Total::default();
        enter(*self, n_classes, labels, &shapes, |batch| {
            T::losses(Losses { batch, logits, sink: Sink::Total(&mut total) });
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
    pub fn gradients<T: Element, L: Label>(
        &self,
        logits: &[T],
        n_classes: usize,
        labels: &[L],
        upstream: Option<&[T]>,
        gradients: &mut [T],
    ) -> Result<(), Error> {
        let shapes = [
            ("logits", Shape::Matrix, logits.len()),
            ("upstream", Shape::Rows, upstream.map_or(labels.len(), <[T]>::len)),
            ("gradients", Shape::Matrix, gradients.len()),
        ];
        let buffers = Buffers::Separate { logits, gradients };
        enter(*self, n_classes, labels, &shapes, |batch| {
            T::gradients(Gradients { batch, buffers, upstream, losses: None });
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
    pub fn gradients_in_place<T: Element, L: Label>(
        &self,
        logits: &mut [T],
        n_classes: usize,
        labels: &[L],
        upstream: Option<&[T]>,
    ) -> Result<(), Error> {
        let shapes = [
            ("logits", Shape::Matrix, logits.len()),
            ("upstream", Shape::Rows, upstream.map_or(labels.len(), <[T]>::len)),
        ];
        let buffers = Buffers::InPlace(logits);
        enter(*self, n_classes, labels, &shapes, |batch| {
            T::gradients(Gradients { batch, buffers, upstream, losses: None });
        })
    }

    /// [`losses`](Self::losses) and [`gradients`](Self::gradients) in one pass over the rows,
    /// with the bits of both. `upstream` and the reduction act on the gradients only.
    ///
    /// ```
    /// let (mut losses, mut gradients) = ([0.0_f32; 1], [0.0_f32; 2]);
    /// surprisal::CrossEntropy::new().losses_and_gradients(
    ///     &[100.0, 0.0], 2, &[1], None, &mut losses, &mut gradients,
    /// )?;
    /// assert_eq!((losses, gradients), ([100.0], [1.0, -1.0]));
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn losses_and_gradients<T: Element, L: Label>(
        &self,
        logits: &[T],
        n_classes: usize,
        labels: &[L],
        upstream: Option<&[T]>,
        losses: &mut [T],
        gradients: &mut [T],
    ) -> Result<(), Error> {
        let shapes = [
            ("logits", Shape::Matrix, logits.len()),
            ("upstream", Shape::Rows, upstream.map_or(labels.len(), <[T]>::len)),
            ("losses", Shape::Rows, losses.len()),
            ("gradients", Shape::Matrix, gradients.len()),
        ];
        let buffers = Buffers::Separate { logits, gradients };
        enter(*self, n_classes, labels, &shapes, |batch| {
            T::gradients(Gradients { batch, buffers, upstream, losses: Some(losses) });
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
    pub fn losses_and_gradients_in_place<T: Element, L: Label>(
        &self,
        logits: &mut [T],
        n_classes: usize,
        labels: &[L],
        upstream: Option<&[T]>,
        losses: &mut [T],
    ) -> Result<(), Error> {
        let shapes = [
            ("logits", Shape::Matrix, logits.len()),
            ("upstream", Shape::Rows, upstream.map_or(labels.len(), <[T]>::len)),
            ("losses", Shape::Rows, losses.len()),
        ];
        let buffers = Buffers::InPlace(logits);
        enter(*self, n_classes, labels, &shapes, |batch| {
            T::gradients(Gradients { batch, buffers, upstream, losses: Some(losses) });
        })
    }

    /// Probabilities, the softmax of every row. They depend on no label and no option.
    ///
    /// `probabilities` is `[n_rows, n_classes]`; the number of rows follows from it.
    ///
    /// ```
    /// let mut probabilities = [0.0_f32; 3];
    /// surprisal::CrossEntropy::new()
    ///     .probabilities(&[7.0, f32::NEG_INFINITY, 7.0], 3, &mut probabilities)?;
    /// assert_eq!(probabilities, [0.5, 0.0, 0.5]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Zero classes, lengths that do not match or are no multiple of `n_classes`, a backend that
    /// is not available.
    pub fn probabilities<T: Element>(
        &self,
        logits: &[T],
        n_classes: usize,
        probabilities: &mut [T],
    ) -> Result<(), Error> {
        let shapes = [
            ("logits", Shape::Matrix, logits.len()),
            ("probabilities", Shape::Matrix, probabilities.len()),
        ];
        enter_unlabelled(*self, n_classes, logits.len(), &shapes, |batch| {
            T::probabilities(Probabilities { batch, logits, out: probabilities });
        })
    }

    /// Diagonals of the Hessians with respect to the logits: p (1 - p).
    ///
    /// `diagonals` is `[n_rows, n_classes]`. The reduction's denominator divides every Hessian.
    ///
    /// ```
    /// let mut diagonals = [0.0_f32; 2];
    /// surprisal::CrossEntropy::new().hessian_diagonals(&[0.0, -40.0], 2, &[0], &mut diagonals)?;
    /// assert_eq!(diagonals, [4.248354e-18, 4.248354e-18]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn hessian_diagonals<T: Element, L: Label>(
        &self,
        logits: &[T],
        n_classes: usize,
        labels: &[L],
        diagonals: &mut [T],
    ) -> Result<(), Error> {
        let shapes = [
            ("logits", Shape::Matrix, logits.len()),
            ("diagonals", Shape::Matrix, diagonals.len()),
        ];
        enter(*self, n_classes, labels, &shapes, |batch| {
            T::hessian_diagonals(Hessians { batch, logits, out: diagonals });
        })
    }

    /// Hessians of the rows with respect to their logits: diag p - p p^T, symmetric to the bit.
    ///
    /// `hessians` is `[n_rows, n_classes, n_classes]`.
    ///
    /// ```
    /// let mut hessian = [0.0_f64; 4];
    /// surprisal::CrossEntropy::new().hessians(&[3.0, 3.0], 2, &[0], &mut hessian)?;
    /// assert_eq!(hessian, [0.25, -0.25, -0.25, 0.25]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn hessians<T: Element, L: Label>(
        &self,
        logits: &[T],
        n_classes: usize,
        labels: &[L],
        hessians: &mut [T],
    ) -> Result<(), Error> {
        let shapes =
            [("logits", Shape::Matrix, logits.len()), ("hessians", Shape::Dense, hessians.len())];
        enter(*self, n_classes, labels, &shapes, |batch| {
            T::hessian_matrices(Hessians { batch, logits, out: hessians }, Layout::Dense);
        })
    }

    /// Lower triangles of [`hessians`](Self::hessians), packed by rows, with the same bits.
    ///
    /// `packed` is `[n_rows, n_classes (n_classes + 1) / 2]`; entry (i, j), j <= i, of a row
    /// stands at i (i + 1) / 2 + j.
    ///
    /// ```
    /// let mut packed = [0.0_f64; 3];
    /// surprisal::CrossEntropy::new().packed_hessians(&[3.0, 3.0], 2, &[0], &mut packed)?;
    /// assert_eq!(packed, [0.25, -0.25, 0.25]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn packed_hessians<T: Element, L: Label>(
        &self,
        logits: &[T],
        n_classes: usize,
        labels: &[L],
        packed: &mut [T],
    ) -> Result<(), Error> {
        let shapes =
            [("logits", Shape::Matrix, logits.len()), ("packed", Shape::Packed, packed.len())];
        enter(*self, n_classes, labels, &shapes, |batch| {
            T::hessian_matrices(Hessians { batch, logits, out: packed }, Layout::Packed);
        })
    }

    /// Products of the Hessians with a vector a row, in O(n_classes) each.
    ///
    /// `vectors` and `products` are `[n_rows, n_classes]`. A product whose vector is constant is
    /// exactly zero. An entry errs by a few units of roundoff of
    /// p_i (|v_i - v_a| + sum p_j |v_j - v_a|), where a is the most probable class.
    ///
    /// ```
    /// let mut products = [0.0_f32; 2];
    /// surprisal::CrossEntropy::new()
    ///     .hessian_vector_products(&[3.0, 3.0], 2, &[0], &[1.0, 5.0], &mut products)?;
    /// assert_eq!(products, [-1.0, 1.0]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn hessian_vector_products<T: Element, L: Label>(
        &self,
        logits: &[T],
        n_classes: usize,
        labels: &[L],
        vectors: &[T],
        products: &mut [T],
    ) -> Result<(), Error> {
        let shapes = [
            ("logits", Shape::Matrix, logits.len()),
            ("vectors", Shape::Matrix, vectors.len()),
            ("products", Shape::Matrix, products.len()),
        ];
        enter(*self, n_classes, labels, &shapes, |batch| {
            T::hessian_vector_products(Hessians { batch, logits, out: products }, vectors);
        })
    }
}
