//! One call: its options, the sizes of its arrays, and where they lie.

use surprisal::CrossEntropy;

use crate::{
    array::Array,
    kept::{Kept, Tagged},
    labels::{Checked, Labels},
    options::Options,
    spans::Spans,
    status::{self, Refusal},
};

/// A call of a subject: of the loss under its options, or of a value that was made before.
#[derive(Debug)]
pub(crate) struct Call<S> {
    subject: S,
    n_rows: usize,
    n_classes: usize,
    stride: usize,
    has_targets: bool,
    spans: Spans,
}

/// The shape of an array.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// `[n_rows]`.
    Rows,
    /// `[n_rows, n_classes]`.
    Matrix,
    /// `[n_rows, row_stride]`.
    Strided,
    /// `[n_rows, n_classes (n_classes + 1) / 2]`.
    Packed,
    /// `[n_rows, n_classes, n_classes]`.
    Dense,
    /// Of so many elements.
    Given(usize),
}

impl Call<CrossEntropy<'_>> {
    /// Reads the options.
    ///
    /// # Safety
    ///
    /// As [`Options::read`] and [`Options::to_kernel`].
    pub(crate) unsafe fn new(
        options: *const Options,
        n_rows: usize,
        n_classes: usize,
    ) -> Result<Self, Refusal> {
        let mut spans = Spans::new();
        // SAFETY: the caller's promise.
        let given = unsafe { Options::read(options)? };
        let (mut stride, mut has_targets) = (n_classes, false);
        let subject = match given {
            None => CrossEntropy::new(),
            Some(given) => {
                if given.row_stride != 0 {
                    stride = given.row_stride;
                }
                has_targets = !given.target_probabilities_f32.is_null()
                    || !given.target_probabilities_f64.is_null();
                // SAFETY: the caller's promise.
                unsafe { given.to_kernel(&mut spans, n_rows, n_classes)? }
            }
        };
        Ok(Self {
            subject,
            n_rows,
            n_classes,
            stride,
            has_targets,
            spans,
        })
    }

    /// One label a row. Beside target probabilities they may be absent.
    pub(crate) fn labels(&mut self, labels: Labels) -> Result<Checked, Refusal> {
        let absent = self.has_targets && labels.data.is_null();
        let (labels, span) = labels.check(if absent { 0 } else { self.n_rows })?;
        self.spans.add(span);
        Ok(labels)
    }
}

impl<V: Tagged> Call<&Kept<V>> {
    /// Of a value that the caller keeps, in one row.
    ///
    /// # Safety
    ///
    /// As [`Kept::read`].
    pub(crate) unsafe fn of(name: &'static str, kept: *const Kept<V>) -> Result<Self, Refusal> {
        let mut spans = Spans::new();
        // SAFETY: the caller's promise.
        let subject = unsafe { Kept::read(name, kept, &mut spans)? };
        Ok(Self {
            subject,
            n_rows: 1,
            n_classes: subject.n_classes(),
            stride: subject.n_classes(),
            has_targets: false,
            spans,
        })
    }
}

impl<S> Call<S> {
    pub(crate) const fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The same call of another number of rows.
    pub(crate) fn of_rows(self, n_rows: usize) -> Self {
        Self { n_rows, ..self }
    }

    fn len(&self, name: &'static str, shape: Shape) -> Result<usize, Refusal> {
        let n = self.n_classes;
        let row = match shape {
            Shape::Rows => Some(1),
            Shape::Matrix => Some(n),
            Shape::Strided => Some(self.stride),
            Shape::Packed if n.is_multiple_of(2) => (n / 2).checked_mul(n.wrapping_add(1)),
            Shape::Packed => n.checked_mul(n / 2 + 1),
            Shape::Dense => n.checked_mul(n),
            Shape::Given(len) => return Ok(len),
        };
        let len = if self.n_rows == 0 {
            Some(0)
        } else {
            row.and_then(|row| row.checked_mul(self.n_rows))
        };
        len.ok_or_else(|| Refusal::of(status::SIZE_OVERFLOW, name))
    }

    /// An array that is only read.
    pub(crate) fn reads<T>(
        &mut self,
        name: &'static str,
        start: *const T,
        shape: Shape,
    ) -> Result<Array<T>, Refusal> {
        let array = Array::new(name, start.cast_mut(), self.len(name, shape)?)?;
        self.spans.add(array.span(name, false));
        Ok(array)
    }

    /// The same of one that may be absent, which a null pointer says.
    pub(crate) fn may_read<T>(
        &mut self,
        name: &'static str,
        start: *const T,
        shape: Shape,
    ) -> Result<Option<Array<T>>, Refusal> {
        if start.is_null() {
            return Ok(None);
        }
        self.reads(name, start, shape).map(Some)
    }

    /// An array that is written.
    pub(crate) fn writes<T>(
        &mut self,
        name: &'static str,
        start: *mut T,
        shape: Shape,
    ) -> Result<Array<T>, Refusal> {
        let array = Array::new(name, start, self.len(name, shape)?)?;
        self.spans.add(array.span(name, true));
        Ok(array)
    }

    /// One number or structure that is written.
    pub(crate) fn writes_one<T>(
        &mut self,
        name: &'static str,
        start: *mut T,
    ) -> Result<Array<T>, Refusal> {
        self.writes(name, start, Shape::Given(1))
    }

    /// The subject and the number of classes, once every array is known and none that is written
    /// overlaps another.
    pub(crate) fn close(self) -> Result<(S, usize), Refusal> {
        self.spans.check()?;
        Ok((self.subject, self.n_classes))
    }
}
