//! Derivatives of a batch larger than memory.

use std::fmt;

use surprisal::Reduction;

use super::{Stream, windows::Windows};
use crate::{
    array::ArrayName,
    derivative::Form,
    error::Error,
    number::{Float, Logit},
    rows::Rows,
    source::Source,
};

/// A form of the vectors of some rows.
type OfVectors<T> = Box<dyn for<'w> Fn(&'w Rows<T>) -> Form<'w, T>>;

/// What is computed of each row of a [`Stream`].
pub enum StreamForm<T: 'static> {
    /// A form that needs no vectors.
    Plain(Form<'static, T>),
    /// A form with the vectors of a file, `[rows, classes]`, which are read as the logits are.
    OfVectors(Source, OfVectors<T>),
}

impl<T> StreamForm<T> {
    /// A form with the vectors of a file, given its window of them.
    pub fn of_vectors(
        vectors: Source,
        form: impl for<'w> Fn(&'w Rows<T>) -> Form<'w, T> + 'static,
    ) -> Self {
        Self::OfVectors(vectors, Box::new(form))
    }
}

impl<T: fmt::Debug> fmt::Debug for StreamForm<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(form) => f.debug_tuple("Plain").field(form).finish(),
            Self::OfVectors(vectors, _) => f.debug_tuple("OfVectors").field(vectors).finish(),
        }
    }
}

/// The same for the window in memory.
pub(super) enum FormOfWindow<T: 'static> {
    Plain(Form<'static, T>),
    OfVectors {
        form: OfVectors<T>,
        rows: Rows<T>,
        windows: Windows<T>,
    },
}

impl<T: Float> FormOfWindow<T> {
    /// Starts to read the vectors.
    pub(super) fn start(form: StreamForm<T>, rows_per_window: usize) -> Result<Self, Error> {
        let (source, form) = match form {
            StreamForm::Plain(form) => return Ok(Self::Plain(form)),
            StreamForm::OfVectors(source, form) => (source, form),
        };
        Rows::<T>::check_type(&source)?;
        let rows = Rows::unread(&source)?;
        let windows = Windows::start(source, &rows, rows_per_window)?;
        Ok(Self::OfVectors {
            form,
            rows,
            windows,
        })
    }

    pub(super) fn of_window(&self) -> Form<'_, T> {
        match self {
            Self::Plain(form) => *form,
            Self::OfVectors { form, rows, .. } => form(rows),
        }
    }

    fn advance(&mut self) -> Result<bool, Error> {
        match self {
            Self::Plain(_) => Ok(false),
            Self::OfVectors { rows, windows, .. } => windows.advance(rows),
        }
    }

    fn vectors(&self) -> Option<&ArrayName> {
        match self {
            Self::Plain(_) => None,
            Self::OfVectors { rows, .. } => Some(rows.name()),
        }
    }
}

/// A derivative of the reduced loss of a [`Stream`], ready to be computed.
pub struct StreamDerivative<Z: Logit> {
    pub(super) stream: Stream<Z>,
    pub(super) form: FormOfWindow<Z::Element>,
    /// As it is for a block.
    pub(super) reduction: Reduction,
    pub(super) shape: Vec<usize>,
}

impl<Z: Logit> StreamDerivative<Z> {
    /// The shape of the whole array, rows first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The names of all arrays that go into it.
    pub fn inputs(&self) -> Vec<&ArrayName> {
        let mut inputs = self.stream.inputs();
        inputs.extend(self.form.vectors());
        inputs
    }

    /// Computes the rows in order and hands them on in parts, as [`Derivative::compute`] does.
    ///
    /// [`Derivative::compute`]: crate::Derivative::compute
    ///
    /// # Errors
    ///
    /// Those of [`Derivative::compute`], those of reading, and [`Error::TargetOutOfRange`].
    pub fn compute(
        mut self,
        mut write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut buffer = Vec::new();
        while self.stream.advance()? {
            self.form.advance()?;
            let form = self.form.of_window();
            let derivative = self.stream.batch.derivative_of_rows(form, self.reduction)?;
            derivative.compute_held(&mut buffer, &mut write)?;
        }
        Ok(())
    }
}

impl<Z: Logit> fmt::Debug for StreamDerivative<Z> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamDerivative")
            .field("stream", &self.stream)
            .field("reduction", &self.reduction)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}
