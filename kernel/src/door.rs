//! The one door: shapes, labels and options are checked here, before the first output is
//! written. Behind it nothing can be out of range.

use core::num::NonZeroUsize;

use crate::{
    backend::Backend,
    cross_entropy::CrossEntropy,
    error::Error,
    label::Label,
    reduction::{Denominator, Reduction},
};

/// A batch whose arguments have been checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch<'a, L> {
    /// `None` for operations that need none.
    labels: Option<&'a [L]>,
    n_rows: usize,
    n_classes: NonZeroUsize,
    options: CrossEntropy,
    backend: Backend,
}

/// The shape of an argument as a function of the batch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// `[n_rows]`.
    Rows,
    /// `[n_rows, n_classes]`.
    Matrix,
    /// `[n_rows, n_classes (n_classes + 1) / 2]`.
    Packed,
    /// `[n_rows, n_classes, n_classes]`.
    Dense,
}

impl Shape {
    /// Number of elements, if memory can address as many.
    fn len(self, n_rows: usize, n_classes: usize) -> Option<usize> {
        let row_len = match self {
            Self::Rows => 1,
            Self::Matrix => n_classes,
            Self::Packed if n_classes % 2 == 0 => (n_classes / 2).checked_mul(n_classes + 1)?,
            Self::Packed => n_classes.checked_mul(n_classes / 2 + 1)?,
            Self::Dense => n_classes.checked_mul(n_classes)?,
        };
        n_rows.checked_mul(row_len)
    }
}

/// Checks the lengths of slices, by name, against a number of rows and classes.
pub(crate) fn check_shapes(
    n_rows: usize,
    n_classes: usize,
    arguments: &[(&'static str, Shape, usize)],
) -> Result<NonZeroUsize, Error> {
    let classes = NonZeroUsize::new(n_classes).ok_or(Error::ZeroClasses)?;
    for &(argument, shape, actual) in arguments {
        let expected =
            shape.len(n_rows, n_classes).ok_or(Error::SizeOverflow { n_rows, n_classes })?;
        if actual != expected {
            return Err(Error::LengthMismatch { argument, expected, actual });
        }
    }
    Ok(classes)
}

impl<'a, L: Label> Batch<'a, L> {
    /// Checks everything: the row width, the lengths of `arguments`, every label, the options.
    pub(crate) fn check(
        options: CrossEntropy,
        n_classes: usize,
        labels: &'a [L],
        arguments: &[(&'static str, Shape, usize)],
    ) -> Result<Self, Error> {
        let classes = check_shapes(labels.len(), n_classes, arguments)?;
        let out_of_range =
            |label: &L| !options.ignores(*label) && label.class(n_classes).is_none();
        if let Some((row, label)) = labels.iter().enumerate().find(|(_, label)| out_of_range(label))
        {
            return Err(Error::LabelOutOfRange { row, label: label.value(), n_classes });
        }
        Ok(Self { labels: Some(labels), ..Self::unlabelled(options, labels.len(), classes)? })
    }

    /// A batch without labels, whose shapes have been checked: every row counts.
    pub(crate) fn unlabelled(
        options: CrossEntropy,
        n_rows: usize,
        n_classes: NonZeroUsize,
    ) -> Result<Self, Error> {
        options.check()?;
        Ok(Self { labels: None, n_rows, n_classes, options, backend: options.chosen_backend()? })
    }

    pub(crate) fn backend(&self) -> Backend {
        self.backend
    }

    pub(crate) fn n_classes(&self) -> NonZeroUsize {
        self.n_classes
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The class that the label of a row names, class 0 in a batch without labels; `None` where
    /// the row is ignored.
    #[inline(always)]
    pub(crate) fn class(&self, row: usize) -> Option<usize> {
        let Some(labels) = self.labels else { return Some(0) };
        let label = labels.get(row).filter(|label| !self.options.ignores(**label))?;
        label.class(self.n_classes.get())
    }

    /// What derivatives are divided by; `None` for 1.
    pub(crate) fn denominator(&self) -> Option<f64> {
        match self.options.objective() {
            Reduction::None | Reduction::Sum => None,
            Reduction::Mean(Denominator::Given(given)) => Some(given),
            Reduction::Mean(Denominator::Weight | Denominator::Rows) => {
                // Where no row is counted, no derivative is divided by it.
                Some((0..self.n_rows).filter(|&row| self.class(row).is_some()).count() as f64)
            }
        }
    }
}

/// Rows of a row-major matrix that has passed the door. A row beyond its end is empty, so that
/// nothing can be out of range.
#[inline(always)]
pub(crate) fn row_of<T>(matrix: &[T], width: NonZeroUsize, row: usize) -> &[T] {
    let start = row.wrapping_mul(width.get());
    matrix.get(start..).and_then(|rows| rows.get(..width.get())).unwrap_or_default()
}

/// The same for a matrix to be written.
#[inline(always)]
pub(crate) fn row_of_mut<T>(matrix: &mut [T], width: NonZeroUsize, row: usize) -> &mut [T] {
    let start = row.wrapping_mul(width.get());
    matrix.get_mut(start..).and_then(|rows| rows.get_mut(..width.get())).unwrap_or_default()
}
