//! One call: its options, the sizes of its arrays, and where they lie.

use surprisal::CrossEntropy;

use crate::{
    array::{Array, Span},
    labels::{Checked, Labels},
    options::Options,
    status::{self, Refusal},
};

/// The most arrays that a call has: those of the options and five arguments.
const MOST_SPANS: usize = 12;

/// Where the arrays of a call lie.
#[derive(Debug)]
pub(crate) struct Spans {
    spans: [Span; MOST_SPANS],
    len: usize,
}

impl Spans {
    fn new() -> Self {
        Self {
            spans: [Span::EMPTY; MOST_SPANS],
            len: 0,
        }
    }

    pub(crate) fn add(&mut self, span: Span) {
        if let Some(free) = self.spans.get_mut(self.len) {
            *free = span;
            self.len += 1;
        }
    }

    /// Refuses an output that overlaps another array.
    fn check(&self) -> Result<(), Refusal> {
        let mut rest = self.spans.iter();
        while let Some(span) = rest.next() {
            for other in rest.clone() {
                span.check_overlap(other)?;
            }
        }
        Ok(())
    }
}

/// A call whose options have been read.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    options: CrossEntropy<'a>,
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
}

impl<'a> Call<'a> {
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
        let options = match given {
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
            options,
            n_rows,
            n_classes,
            stride,
            has_targets,
            spans,
        })
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

    /// One structure that is written.
    pub(crate) fn writes_one<T>(
        &mut self,
        name: &'static str,
        start: *mut T,
    ) -> Result<Array<T>, Refusal> {
        let array = Array::new(name, start, 1)?;
        self.spans.add(array.span(name, true));
        Ok(array)
    }

    /// One label a row. Beside target probabilities they may be absent.
    pub(crate) fn labels(&mut self, labels: Labels) -> Result<Checked, Refusal> {
        let absent = self.has_targets && labels.data.is_null();
        let (labels, span) = labels.check(if absent { 0 } else { self.n_rows })?;
        self.spans.add(span);
        Ok(labels)
    }

    /// The options and the number of classes, once every array is known and none that is written
    /// overlaps another.
    pub(crate) fn close(self) -> Result<(CrossEntropy<'a>, usize), Refusal> {
        self.spans.check()?;
        Ok((self.options, self.n_classes))
    }
}
