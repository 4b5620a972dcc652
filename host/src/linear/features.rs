//! Features of rows.

use std::path::Path;

use ndarray::ArrayView2;

use crate::{
    array::{ArrayName, Role},
    error::Error,
    number::NumberType,
    source::Source,
};

/// Features `[rows, features]` in row-major order, all of them finite, also those of rows that do
/// not count. They are computed in `f64`, to which all types of float are widened unchanged.
#[derive(Clone, Debug)]
pub struct Features {
    name: ArrayName,
    number: NumberType,
    values: Vec<f64>,
    shape: [usize; 2],
}

impl Features {
    /// Takes the features from memory.
    ///
    /// # Errors
    ///
    /// [`Error::Kernel`] where the values are not `n_rows` times `n_features`, and
    /// [`Error::FeatureNotFinite`].
    pub fn new(values: Vec<f64>, n_rows: usize, n_features: usize) -> Result<Self, Error> {
        let expected = n_rows.saturating_mul(n_features);
        if values.len() != expected {
            return Err(Error::Kernel(surprisal::Error::LengthMismatch {
                argument: Role::Features.name(),
                expected,
                actual: values.len(),
            }));
        }
        let features = Self {
            name: ArrayName::memory(Role::Features),
            number: NumberType::Float64,
            values,
            shape: [n_rows, n_features],
        };
        features.check()
    }

    /// Reads a file of features of any type of float.
    ///
    /// # Errors
    ///
    /// Those of [`Source::open`], [`Error::Read`] where reading fails, and
    /// [`Error::FeatureNotFinite`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::read(Source::open(path, Role::Features)?)
    }

    /// Reads features that have been opened, for example in several files.
    ///
    /// # Errors
    ///
    /// Those of reading, [`Error::NumberType`] for a source of integers, [`Error::Rank`] for one that
    /// has not two dimensions, and [`Error::FeatureNotFinite`].
    pub fn read(source: Source) -> Result<Self, Error> {
        let &[n_rows, n_features] = &source.shape().0[..] else {
            return Err(Error::Rank {
                array: source.name().clone(),
                found: source.shape().clone(),
                needed: Role::Features.dimensions(),
            });
        };
        // Memory can address each dimension of an open source.
        let shape = [n_rows, n_features].map(|length| length as usize);
        let features = Self {
            name: source.name().clone(),
            number: source.number(),
            values: source.read_floats()?,
            shape,
        };
        features.check()
    }

    fn check(self) -> Result<Self, Error> {
        let n_features = self.n_features();
        match self.values.iter().position(|value| !value.is_finite()) {
            None => Ok(self),
            Some(index) => Err(Error::FeatureNotFinite {
                array: self.name,
                row: index / n_features,
                column: index % n_features,
                value: self.values[index],
            }),
        }
    }

    /// The features as messages name them.
    pub fn name(&self) -> &ArrayName {
        &self.name
    }

    /// The type that they had.
    pub fn number(&self) -> NumberType {
        self.number
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.shape[0]
    }

    /// Number of features of a row.
    pub fn n_features(&self) -> usize {
        self.shape[1]
    }

    /// As a matrix.
    pub(super) fn view(&self) -> ArrayView2<'_, f64> {
        ArrayView2::from_shape(self.shape, &self.values).expect("features are as many as they say")
    }

    /// All of them.
    pub(crate) fn into_values(self) -> Vec<f64> {
        self.values
    }
}
