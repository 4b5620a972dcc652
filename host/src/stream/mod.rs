//! Batches larger than memory: the same operations, a window of rows after the other.

mod calibrate;
mod details;
mod form;
mod targets;
mod windows;

use form::FormOfWindow;
pub use form::{StreamDerivative, StreamForm};
use surprisal::{Denominator, Reduction};
use targets::TargetWindows;
pub(crate) use windows::{Windows, rows_per_window, rows_per_window_of};

use crate::{
    array::ArrayName, batch::Batch, error::Error, evaluation::Part, labels::Labels, number::Logit,
    objective::Objective, report::Report, rows::Rows, source::Source,
};

/// A batch whose logits are read while they are computed on, and so are target probabilities and
/// vectors, of which there are as many. Results have the bits of those of a [`Batch`].
///
/// In memory are, at any time, three windows of each of these arrays, of 2^20 numbers a thread (2^22
/// where the logits are mapped) or one row, whichever is more; one part of the output, of 2^22 numbers
/// or one row; a page of a Parquet file; and, for each row of all, 8 bytes for its label and 8 for its
/// weight, where it has one.
/// What else an operation keeps, it says.
///
/// Windows of npy and safetensors files are mapped, so that no number is copied, the others are read.
/// A file that another process cuts short is an error, unless that happens while one of its windows is
/// in memory: then the system ends this process.
///
/// ```
/// use surprisal::{Denominator, Reduction};
/// use surprisal_host::{Labels, Objective, Role, Source, Stream};
///
/// # fn main() -> Result<(), surprisal_host::Error> {
/// # let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
/// let logits = Source::open(folder.join("digits_logits.npy"), Role::Logits)?;
/// let labels = Labels::open(&folder.join("digits_labels.npy"))?;
/// // The type is that of the file, logits.number().
/// let stream = Stream::<f32>::new(logits, labels, Objective::default(), None)?;
/// let mut losses = Vec::new();
/// let report = stream.evaluate(Reduction::Mean(Denominator::Weight), |part| {
///     losses.extend_from_slice(part);
///     Ok(())
/// })?;
/// assert_eq!(losses.len(), report.summary.rows);
/// assert_eq!(format!("{:.6}", report.summary.loss_mean.unwrap()), "0.155122");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Stream<Z: Logit> {
    /// With the window that is computed on.
    batch: Batch<Z>,
    logits: Windows<Z>,
    targets: Option<TargetWindows>,
    rows_per_window: usize,
}

impl<Z: Logit> Stream<Z> {
    /// Checks what [`Batch::new`] does, target probabilities aside, which are checked as they are
    /// read. `targets` are those of a file; those of the objective are in memory.
    ///
    /// # Errors
    ///
    /// Those of [`Batch::new`], [`Error::NumberTypeDiffers`] for logits of another type than `Z`,
    /// and [`Error::ZeroClasses`].
    pub fn new(
        logits: Source,
        labels: impl Into<Option<Labels>>,
        mut objective: Objective,
        targets: Option<Source>,
    ) -> Result<Self, Error> {
        Rows::<Z>::check_type(&logits)?;
        let rows = Rows::<Z>::unread(&logits)?;
        let rows_per_window = rows_per_window_of(&logits, &rows);
        let targets = match targets {
            Some(source) => {
                let (targets, windows) = TargetWindows::start(source, rows_per_window)?;
                objective.targets = Some(targets);
                Some(windows)
            }
            None => None,
        };
        let batch = Batch::new(rows, labels, objective)?;
        let logits = Windows::start(logits, batch.logits(), rows_per_window)?;
        Ok(Self {
            batch,
            logits,
            targets,
            rows_per_window,
        })
    }

    /// Number of rows, ignored ones included.
    pub fn n_rows(&self) -> usize {
        self.batch.n_rows()
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.batch.n_classes()
    }

    /// The names of all arrays: logits, labels, and those of the options.
    pub fn inputs(&self) -> Vec<&ArrayName> {
        self.batch.inputs()
    }

    /// The report of all rows under a reduction; losses are handed on in parts, in order.
    ///
    /// # Errors
    ///
    /// [`Error::OptionOutOfRange`] for a denominator that is none, [`Error::TargetOutOfRange`],
    /// those of reading, and that of `write`, which ends it.
    pub fn evaluate(
        mut self,
        reduction: Reduction,
        mut write: impl FnMut(&[Z::Element]) -> Result<(), Error>,
    ) -> Result<Report, Error> {
        let denominator = match reduction {
            Reduction::Mean(denominator) => denominator,
            _ => Denominator::default(),
        };
        // Refused before anything is computed.
        self.batch.denominator(denominator)?;
        let mut part = Part::default();
        let mut losses = Vec::new();
        while self.advance()? {
            losses.resize(self.batch.logits().held().len(), Z::Element::default());
            part = self.batch.evaluate_held(part, &mut losses)?;
            write(&losses)?;
        }
        let summary = self.batch.summary(part, denominator);
        Ok(Report::new(&self.batch, reduction, summary))
    }

    /// The derivative of the reduced loss, as [`Batch::derivative`] has it.
    ///
    /// ```
    /// use surprisal::Reduction;
    /// use surprisal_host::{Form, Labels, Objective, Role, Sink, Source, Stream, StreamForm};
    ///
    /// # fn main() -> Result<(), surprisal_host::Error> {
    /// # let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/formats");
    /// # let outputs = tempfile::tempdir().unwrap();
    /// # let output = outputs.path().join("products.npy");
    /// let logits = Source::open(folder.join("digits.parquet:f32"), Role::Logits)?;
    /// let labels = Labels::open(&folder.join("digits.parquet:i64"))?;
    /// let vectors = Source::open(folder.join("digits_f32.npy"), Role::Vector)?;
    /// let form = StreamForm::of_vectors(vectors, |vectors| Form::HessianVectorProduct(vectors));
    ///
    /// let stream = Stream::<f32>::new(logits, labels, Objective::default(), None)?;
    /// let products = stream.derivative(form, Reduction::Sum)?;
    /// let mut sink = Sink::create(&output, products.shape(), &products.inputs())?;
    /// products.compute(|numbers| sink.write(numbers))?;
    /// sink.finish()?.commit()?;
    /// # assert_eq!(Source::open(&output, Role::Vector)?.shape().0, [36, 10]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Batch::derivative`], and [`Error::NumberTypeDiffers`] for vectors of another type
    /// than the logits are computed in.
    pub fn derivative(
        self,
        form: StreamForm<Z::Element>,
        reduction: Reduction,
    ) -> Result<StreamDerivative<Z>, Error> {
        let form = FormOfWindow::start(form, self.rows_per_window)?;
        let reduction = self.batch.reduction_of_a_block(reduction)?;
        let derivative = self.batch.derivative_of_rows(form.of_window(), reduction)?;
        let shape = derivative.shape().to_vec();
        Ok(StreamDerivative {
            stream: self,
            form,
            reduction,
            shape,
        })
    }

    /// Puts the next window into the batch; there may be none.
    fn advance(&mut self) -> Result<bool, Error> {
        let (logits, targets) = self.batch.windows_mut();
        if !self.logits.advance(logits)? {
            return Ok(false);
        }
        if let (Some(windows), Some(targets)) = (&mut self.targets, targets) {
            windows.advance(targets)?;
            self.batch.check_targets()?;
        }
        Ok(true)
    }
}
