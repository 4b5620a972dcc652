//! What classes are called.

use std::{fs, path::Path};

use crate::{
    array::{ArrayName, Extent, Role},
    error::Error,
};

/// One name a class.
#[derive(Clone, Debug)]
pub struct ClassNames {
    name: ArrayName,
    names: Vec<String>,
}

impl ClassNames {
    /// Takes the names from memory.
    pub fn new(names: Vec<String>) -> Self {
        Self {
            name: ArrayName::memory(Role::Names),
            names,
        }
    }

    /// Reads a file of UTF-8 text: one name a line, that of class 0 first.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], also where the file is no such text.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = ArrayName::file(Role::Names, path);
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(cause) => return Err(Error::Read { array: name, cause }),
        };
        let names = text.lines().map(|line| line.trim().to_owned()).collect();
        Ok(Self { name, names })
    }

    /// Refuses another number of names than classes.
    ///
    /// # Errors
    ///
    /// [`Error::CountDiffers`].
    pub(crate) fn check(&self, logits: Extent<'_>) -> Result<(), Error> {
        logits.check_classes(&self.name, self.names.len())
    }

    /// The name of a class.
    pub fn of(&self, class: usize) -> &str {
        &self.names[class]
    }
}
