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
    values: Integers,
}

/// The two types that hold every integer of a file without a change of its value.
#[derive(Clone, Debug)]
pub(crate) enum Integers {
    Signed(Vec<i64>),
    Unsigned(Vec<u64>),
}

/// The label that stands for every ignored one once the labels are checked: no class has it.
pub(crate) const IGNORED: i64 = -1;

impl Integers {
    /// All numbers of a source, which have to be integers.
    pub(crate) fn read(source: Source) -> Result<Self, Error> {
        use NumberType as N;
        Ok(match source.number() {
            N::Int8 => Self::Signed(source.read::<i8, _>()?),
            N::Int16 => Self::Signed(source.read::<i16, _>()?),
            N::Int32 => Self::Signed(source.read::<i32, _>()?),
            N::Int64 => Self::Signed(source.read::<i64, _>()?),
            N::UInt8 => Self::Unsigned(source.read::<u8, _>()?),
            N::UInt16 => Self::Unsigned(source.read::<u16, _>()?),
            N::UInt32 => Self::Unsigned(source.read::<u32, _>()?),
            N::UInt64 => Self::Unsigned(source.read::<u64, _>()?),
            number @ (N::Float16 | N::BFloat16 | N::Float32 | N::Float64) => {
                return Err(Error::NumberType {
                    array: source.name().clone(),
                    found: number.to_string(),
                    needed: Role::Labels.accepted(),
                });
            }
        })
    }

    /// The same numbers in one type.
    pub(crate) fn widened(self) -> Vec<i128> {
        match self {
            Self::Signed(numbers) => numbers.into_iter().map(i128::from).collect(),
            Self::Unsigned(numbers) => numbers.into_iter().map(i128::from).collect(),
        }
    }
}

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
        let name = source.name().clone();
        let values = Integers::read(source)?;
        Ok(Self { name, values })
    }

    /// The labels as messages name them.
    pub fn name(&self) -> &ArrayName {
        &self.name
    }

    /// Number of labels.
    pub fn len(&self) -> usize {
        match &self.values {
            Integers::Signed(labels) => labels.len(),
            Integers::Unsigned(labels) => labels.len(),
        }
    }

    /// The labels, of any of the types.
    pub fn values(&self) -> impl Iterator<Item = i128> {
        let (signed, unsigned) = match &self.values {
            Integers::Signed(labels) => (&labels[..], &[][..]),
            Integers::Unsigned(labels) => (&[][..], &labels[..]),
        };
        let signed = signed.iter().copied().map(i128::from);
        signed.chain(unsigned.iter().copied().map(i128::from))
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
            Integers::Signed(labels) => largest(labels, &loss),
            Integers::Unsigned(labels) => largest(labels, &loss),
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
        logits.check_rows(&self.name, self.len())?;
        let (_, n_classes) = logits.classes;
        let Self { name, values } = self;
        match values {
            Integers::Signed(labels) => classes(labels, n_classes, &objective.ignored_labels),
            Integers::Unsigned(labels) => classes(labels, n_classes, &objective.ignored_labels),
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
            values: Integers::Signed(labels),
        }
    }
}

impl From<Vec<u64>> for Labels {
    fn from(labels: Vec<u64>) -> Self {
        Self {
            name: ArrayName::memory(Role::Labels),
            values: Integers::Unsigned(labels),
        }
    }
}
