//! Where the entries of a symmetric matrix stand.

/// Where the entries of a row of a symmetric matrix stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `[C, C]`, row-major.
    Dense,
    /// Lower triangle by rows, C (C + 1) / 2.
    Packed,
}

impl Layout {
    /// Number of entries of row i of a matrix of `n_classes` rows.
    pub(crate) fn row_len(self, n_classes: usize, i: usize) -> usize {
        match self {
            Self::Dense => n_classes,
            Self::Packed => n_classes.min(i + 1),
        }
    }

    /// Where row i starts. The door has made sure that none overflows.
    pub(crate) fn row_start(self, n_classes: usize, i: usize) -> usize {
        match self {
            Self::Dense => n_classes.wrapping_mul(i),
            // One of two consecutive numbers is even.
            Self::Packed if i.is_multiple_of(2) => (i / 2).wrapping_mul(i + 1),
            Self::Packed => i.wrapping_mul(i / 2 + 1),
        }
    }

    /// Number of entries of the matrix.
    pub(crate) fn len(self, n_classes: usize) -> usize {
        self.row_start(n_classes, n_classes)
    }
}
