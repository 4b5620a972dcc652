//! Weights of classes or of rows.

use std::path::Path;

use crate::{
    array::{ArrayName, Role},
    error::Error,
    source::Source,
};

/// One weight a class or one a row. Numbers of fewer bits are widened, which changes none.
#[derive(Clone, Debug)]
pub struct Weights {
    name: ArrayName,
    values: Vec<f64>,
}

impl Weights {
    /// Takes the weights from memory. `role` names the array in messages.
    pub fn new(role: Role, values: Vec<f64>) -> Self {
        Self {
            name: ArrayName::memory(role),
            values,
        }
    }

    /// Reads a file of weights of any type of float.
    ///
    /// # Errors
    ///
    /// Those of [`Source::open`], and [`Error::Read`] where reading fails.
    pub fn open(path: &Path, role: Role) -> Result<Self, Error> {
        let source = Source::open(path, role)?;
        let name = source.name().clone();
        Ok(Self {
            name,
            values: source.read_floats()?,
        })
    }

    /// The weights as messages name them.
    pub fn name(&self) -> &ArrayName {
        &self.name
    }

    /// All of them.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}
