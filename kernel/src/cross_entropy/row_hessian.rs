//! The Hessian of one row as a value.

use super::CrossEntropy;
use crate::{
    door::enter,
    error::Error,
    label::Label,
    logit::Logit,
    operation::parts::fill,
    row_hessian::{Coefficients, RowHessian},
    shapes::LOGITS,
};

impl CrossEntropy<'_> {
    /// The Hessian of one row as a value that solves, factors and multiplies, in O(n_classes) each.
    ///
    /// The row is a batch of one: `row_weights` has one entry, `target_probabilities` one row, and a
    /// mean is divided by the denominator of this row alone unless one is given. `row_stride` does
    /// not matter. `workspace` has at least [`RowHessian::workspace_len`] elements.
    ///
    /// ```
    /// use surprisal::{CrossEntropy, RowHessian};
    ///
    /// let mut workspace = [0.0; RowHessian::<f64>::workspace_len(2)];
    /// // A confident row: p (1 - p) is 4.2e-18.
    /// let hessian = CrossEntropy::new().row_hessian(&[0.0, -40.0], 0, &mut workspace)?;
    /// assert_eq!(hessian.trace(), 2.0 * 4.248354255291589e-18);
    /// # Ok::<(), surprisal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses). The workspace is untouched then.
    pub fn row_hessian<'w, Z: Logit, L: Label>(
        &self,
        logits: &[Z],
        label: L,
        workspace: &'w mut [Z::Element],
    ) -> Result<RowHessian<'w, Z::Element>, Error> {
        let n_classes = logits.len();
        let expected = RowHessian::<Z::Element>::workspace_len(n_classes);
        let actual = workspace.len();
        let workspace = workspace.get_mut(..expected).ok_or(Error::LengthMismatch {
            argument: "workspace",
            expected,
            actual,
        })?;
        let one_row = Self {
            row_stride: None,
            ..*self
        };
        let mut coefficients = Coefficients::NONE;
        let lengths = [(LOGITS, logits.len())];
        enter(&one_row, n_classes, &[label], &lengths, |batch| {
            coefficients = fill(batch, logits, workspace);
        })?;
        Ok(RowHessian::of(workspace, n_classes, coefficients))
    }
}
