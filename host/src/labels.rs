//! Labels as they are in their file, and the classes they name.

use std::path::Path;

use surprisal::{CrossEntropy, Label};

use crate::{
    array::{ArrayName, Extent, Role},
    error::Error,
    number::NumberType,
    objective::Objective,
    source::Source,
};

/// One label a row, of any integer type.
#[derive(Clone, Debug)]
pub struct Labels {
    name: ArrayName,
    values: Values,
}

/// The two types that hold every label without a change of its value.
#[derive(Clone, Debug)]
enum Values {
    Signed(Vec<i64>),
    Unsigned(Vec<u64>),
}

/// The label that stands for every ignored one once the labels are checked: no class has it.
pub(crate) const IGNORED: i64 = -1;

impl Labels {
    /// Reads a file of labels.
    ///
    /// # Errors
    ///
    /// Those of [`Source::open`], and [`Error::Read`] where reading fails.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::read(Source::open(path, Role::Labels)?)
    }

    /// Reads labels that have been opened, for example in several files.
    ///
    /// # Errors
    ///
    /// Those of reading, and [`Error::NumberType`] for a source that was not opened as labels.
    pub fn read(source: Source) -> Result<Self, Error> {
        use NumberType as N;
        let name = source.name().clone();
        let values = match source.number() {
            N::Int8 => Values::Signed(source.read::<i8, _>()?),
            N::Int16 => Values::Signed(source.read::<i16, _>()?),
            N::Int32 => Values::Signed(source.read::<i32, _>()?),
            N::Int64 => Values::Signed(source.read::<i64, _>()?),
            N::UInt8 => Values::Unsigned(source.read::<u8, _>()?),
            N::UInt16 => Values::Unsigned(source.read::<u16, _>()?),
            N::UInt32 => Values::Unsigned(source.read::<u32, _>()?),
            N::UInt64 => Values::Unsigned(source.read::<u64, _>()?),
            number @ (N::Float16 | N::BFloat16 | N::Float32 | N::Float64) => {
                return Err(Error::NumberType {
                    array: name,
                    found: number.to_string(),
                    needed: Role::Labels.accepted(),
                });
            }
        };
        Ok(Self { name, values })
    }

    /// The labels as messages name them.
    pub fn name(&self) -> &ArrayName {
        &self.name
    }

    /// Number of labels.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Signed(labels) => labels.len(),
            Values::Unsigned(labels) => labels.len(),
        }
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many classes there have to be for the labels that are not ignored; `None` where all are.
    /// At least one: a label below 0 is none of any number of classes.
    pub(crate) fn n_classes(&self, objective: &Objective) -> Option<usize> {
        let loss = CrossEntropy::new().ignore_labels(&objective.ignored_labels);
        let largest = match &self.values {
            Values::Signed(labels) => largest(labels, &loss),
            Values::Unsigned(labels) => largest(labels, &loss),
        };
        let n_classes = largest?.max(0) + 1;
        Some(usize::try_from(n_classes).unwrap_or(usize::MAX))
    }

    /// The class of every row of the logits, [`IGNORED`] where the label is ignored; the first label
    /// that is neither is the error.
    pub(crate) fn classes(
        self,
        logits: Extent<'_>,
        objective: &Objective,
    ) -> Result<Vec<i64>, Error> {
        let ((of, n_rows), (_, n_classes)) = (logits.rows, logits.classes);
        if self.len() != n_rows {
            return Err(Error::CountDiffers {
                found: self.len(),
                array: self.name,
                dimension: "rows",
                of: of.clone(),
                needed: n_rows,
            });
        }
        let Self { name, values } = self;
        match values {
            Values::Signed(labels) => classes(labels, n_classes, &objective.ignored_labels),
            Values::Unsigned(labels) => classes(labels, n_classes, &objective.ignored_labels),
        }
        .map_err(|(row, label)| Error::LabelOutOfRange {
            labels: name,
            row,
            label,
            n_classes,
        })
    }
}

fn largest<L: Label>(labels: &[L], loss: &CrossEntropy<'_>) -> Option<i128> {
    let counted = labels.iter().filter(|&&label| !loss.ignores(label));
    counted.map(|label| label.value()).max()
}

fn classes<L: Label>(
    labels: Vec<L>,
    n_classes: usize,
    ignored: &[i64],
) -> Result<Vec<i64>, (usize, i128)> {
    let loss = CrossEntropy::new().ignore_labels(ignored);
    labels
        .into_iter()
        .enumerate()
        .map(|(row, label)| match label.class(n_classes) {
            _ if loss.ignores(label) => Ok(IGNORED),
            // No slice is longer than `i64::MAX`, so no class is beyond it.
            Some(class) => Ok(class as i64),
            None => Err((row, label.value())),
        })
        .collect()
}

impl From<Vec<i64>> for Labels {
    fn from(labels: Vec<i64>) -> Self {
        Self {
            name: ArrayName::memory(Role::Labels),
            values: Values::Signed(labels),
        }
    }
}

impl From<Vec<u64>> for Labels {
    fn from(labels: Vec<u64>) -> Self {
        Self {
            name: ArrayName::memory(Role::Labels),
            values: Values::Unsigned(labels),
        }
    }
}
