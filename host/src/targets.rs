//! Target probabilities, which take the place of labels.

use std::{ops::Range, path::Path};

use surprisal::{Bf16, F16, Values};

use crate::{
    array::{ArrayName, Role, Shape},
    error::Error,
    number::NumberType,
    rows::Rows,
    source::Source,
};

/// Target probabilities of the classes of every row. Those of 16 bits are widened to `f32`, which
/// changes none; there are as many as logits, so that those of 32 bits stay what they are.
#[derive(Clone, Debug)]
pub enum Targets {
    /// In single precision.
    F32(Rows<f32>),
    /// In double precision.
    F64(Rows<f64>),
}

impl Targets {
    /// Reads a file of target probabilities of any type of float.
    ///
    /// # Errors
    ///
    /// Those of [`Source::open`], and [`Error::ZeroClasses`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let source = Source::open(path, Role::Targets)?;
        match source.number() {
            NumberType::Float16 => Rows::read::<F16>(source).map(Self::F32),
            NumberType::BFloat16 => Rows::read::<Bf16>(source).map(Self::F32),
            NumberType::Float64 => Rows::read::<f64>(source).map(Self::F64),
            // An open source of targets has one of the four types.
            _ => Rows::read::<f32>(source).map(Self::F32),
        }
    }

    /// The target probabilities as messages name them.
    pub fn name(&self) -> &ArrayName {
        match self {
            Self::F32(rows) => rows.name(),
            Self::F64(rows) => rows.name(),
        }
    }

    /// `[rows, classes]`
    pub fn shape(&self) -> Shape {
        match self {
            Self::F32(rows) => rows.shape(),
            Self::F64(rows) => rows.shape(),
        }
    }

    /// The rows in memory.
    pub(crate) fn held(&self) -> Range<usize> {
        match self {
            Self::F32(rows) => rows.held(),
            Self::F64(rows) => rows.held(),
        }
    }

    /// Those of some of the rows in memory.
    pub(crate) fn slice(&self, rows: Range<usize>) -> Values<'_> {
        match self {
            Self::F32(targets) => targets.slice(rows).into(),
            Self::F64(targets) => targets.slice(rows).into(),
        }
    }
}
