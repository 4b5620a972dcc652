//! Hessians and their products.

use super::CrossEntropy;
use crate::{
    door::enter,
    error::Error,
    label::Label,
    logit::Logit,
    operation::hessians::{Form, Hessians},
    row::hessian::Layout,
    shapes::{DIAGONALS, HESSIANS, LOGITS, PACKED, PRODUCTS, VECTORS},
};

impl CrossEntropy<'_> {
    /// Diagonals of the Hessians with respect to the logits: p (1 - p).
    ///
    /// `diagonals` is `[n_rows, n_classes]`. The reduction's denominator divides every Hessian.
    ///
    /// ```
    /// let mut diagonals = [0.0_f32; 2];
    /// surprisal::CrossEntropy::new().hessian_diagonals(&[0.0_f32, -40.0], 2, &[0], &mut diagonals)?;
    /// assert_eq!(diagonals, [4.248354e-18, 4.248354e-18]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn hessian_diagonals<Z: Logit, L: Label>(
        &self,
        logits: &[Z],
        n_classes: usize,
        labels: &[L],
        diagonals: &mut [Z::Element],
    ) -> Result<(), Error> {
        let lengths = [(LOGITS, logits.len()), (DIAGONALS, diagonals.len())];
        enter(self, n_classes, labels, &lengths, |batch| {
            Z::hessians(Hessians {
                batch,
                logits,
                out: diagonals,
                form: Form::Diagonal,
            });
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
    pub fn hessians<Z: Logit, L: Label>(
        &self,
        logits: &[Z],
        n_classes: usize,
        labels: &[L],
        hessians: &mut [Z::Element],
    ) -> Result<(), Error> {
        let lengths = [(LOGITS, logits.len()), (HESSIANS, hessians.len())];
        enter(self, n_classes, labels, &lengths, |batch| {
            Z::hessians(Hessians {
                batch,
                logits,
                out: hessians,
                form: Form::Matrix(Layout::Dense),
            });
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
    pub fn packed_hessians<Z: Logit, L: Label>(
        &self,
        logits: &[Z],
        n_classes: usize,
        labels: &[L],
        packed: &mut [Z::Element],
    ) -> Result<(), Error> {
        let lengths = [(LOGITS, logits.len()), (PACKED, packed.len())];
        enter(self, n_classes, labels, &lengths, |batch| {
            Z::hessians(Hessians {
                batch,
                logits,
                out: packed,
                form: Form::Matrix(Layout::Packed),
            });
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
    ///     .hessian_vector_products(&[3.0_f32, 3.0], 2, &[0], &[1.0, 5.0], &mut products)?;
    /// assert_eq!(products, [-1.0, 1.0]);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn hessian_vector_products<Z: Logit, L: Label>(
        &self,
        logits: &[Z],
        n_classes: usize,
        labels: &[L],
        vectors: &[Z::Element],
        products: &mut [Z::Element],
    ) -> Result<(), Error> {
        let lengths = [
            (LOGITS, logits.len()),
            (VECTORS, vectors.len()),
            (PRODUCTS, products.len()),
        ];
        enter(self, n_classes, labels, &lengths, |batch| {
            Z::hessians(Hessians {
                batch,
                logits,
                out: products,
                form: Form::Products(vectors),
            });
        })
    }
}
