//! What an array is called in messages, and what the operations ask of it.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{error::Error, number::NumberType};

/// The part an array plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Scores before the softmax, `[rows, classes]`.
    Logits,
    /// One integer a row, `[rows]`.
    Labels,
    /// One direction a row for Hessian-vector products, `[rows, classes]`.
    Vector,
    /// One weight a class, `[classes]`.
    ClassWeights,
    /// One weight a row, `[rows]`.
    RowWeights,
    /// Target probabilities, `[rows, classes]`.
    Targets,
    /// What a linear classifier computes logits from, `[rows, features]`.
    Features,
    /// One integer a row that tells which rows belong together, `[rows]`.
    Groups,
    /// One name a class, in a file of text.
    Names,
    /// Parameters of a calibration, in a file of JSON.
    Calibration,
}

impl Role {
    /// The name of its command-line argument.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logits => "logits",
            Self::Labels => "labels",
            Self::Vector => "vector",
            Self::ClassWeights => "class-weights",
            Self::RowWeights => "row-weights",
            Self::Targets => "targets",
            Self::Features => "features",
            Self::Groups => "group-by",
            Self::Names => "names",
            Self::Calibration => "calibration",
        }
    }

    /// The number of dimensions it has.
    pub(crate) fn rank(self) -> usize {
        self.dimensions().len()
    }

    /// The names of its dimensions.
    pub(crate) fn dimensions(self) -> &'static [&'static str] {
        match self {
            Self::Logits | Self::Vector | Self::Targets => &["rows", "classes"],
            Self::Labels | Self::RowWeights | Self::Groups => &["rows"],
            Self::ClassWeights | Self::Names | Self::Calibration => &["classes"],
            Self::Features => &["rows", "features"],
        }
    }

    /// Whether numbers of this type can play the part.
    pub(crate) fn accepts(self, number: NumberType) -> bool {
        match self {
            Self::Logits
            | Self::ClassWeights
            | Self::RowWeights
            | Self::Targets
            | Self::Features => number.is_float(),
            Self::Vector => number.is_float() && !number.is_half(),
            Self::Labels | Self::Groups => !number.is_float(),
            Self::Names | Self::Calibration => false,
        }
    }

    /// The types that [`accepts`](Self::accepts) lets through, in words.
    pub(crate) fn accepted(self) -> &'static str {
        match self {
            Self::Logits
            | Self::ClassWeights
            | Self::RowWeights
            | Self::Targets
            | Self::Features => {
                "float16, bfloat16 (type 'V2', as the Python package ml_dtypes saves it), \
                 float32 or float64"
            }
            Self::Vector => "float32 or float64",
            Self::Labels | Self::Groups => "an integer type of 8 to 64 bits",
            Self::Names | Self::Calibration => "text",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An array as messages name it: `labels 'val_labels.npy'`, or `labels` for one from memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrayName {
    role: Role,
    /// Shared, because every error has a name of its own.
    files: Option<Arc<Files>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Files {
    /// What the user wrote, shortened where it was several files.
    written: String,
    paths: Vec<PathBuf>,
}

impl ArrayName {
    /// An array that was read from a file.
    pub fn file(role: Role, path: &Path) -> Self {
        Self::files(role, path.to_string_lossy().into_owned(), vec![path.into()])
    }

    /// An array that was read from files, as the user wrote them.
    pub(crate) fn files(role: Role, written: String, paths: Vec<PathBuf>) -> Self {
        let files = Some(Arc::new(Files { written, paths }));
        Self { role, files }
    }

    /// An array that was made in memory.
    pub fn memory(role: Role) -> Self {
        Self { role, files: None }
    }

    /// The part it plays.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The files it was read from, none for one from memory or from standard input.
    pub fn paths(&self) -> &[PathBuf] {
        self.files.as_ref().map_or(&[], |files| &files.paths)
    }

    /// These files as reports name them.
    pub(crate) fn file_name(&self) -> Option<String> {
        self.files.as_ref().map(|files| files.written.clone())
    }
}

impl fmt::Display for ArrayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.files {
            Some(files) => write!(f, "{} {}", self.role, Quoted(Path::new(&files.written))),
            None => write!(f, "{}", self.role),
        }
    }
}

/// How many rows and classes there are, and the arrays that say so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent<'a> {
    pub(crate) rows: (&'a ArrayName, usize),
    pub(crate) classes: (&'a ArrayName, usize),
}

impl Extent<'_> {
    /// Refuses an array that has not one entry a row.
    pub(crate) fn check_rows(&self, array: &ArrayName, found: usize) -> Result<(), Error> {
        Self::check(array, "rows", found, self.rows)
    }

    /// Refuses an array that has not one entry a class.
    pub(crate) fn check_classes(&self, array: &ArrayName, found: usize) -> Result<(), Error> {
        Self::check(array, "classes", found, self.classes)
    }

    fn check(
        array: &ArrayName,
        dimension: &'static str,
        found: usize,
        (of, needed): (&ArrayName, usize),
    ) -> Result<(), Error> {
        if found == needed {
            return Ok(());
        }
        Err(Error::CountDiffers {
            array: array.clone(),
            dimension,
            found,
            of: of.clone(),
            needed,
        })
    }
}

/// A path in quotes and on one line, whatever characters it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'a>(pub(crate) &'a Path);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("'")?;
        for character in self.0.to_string_lossy().chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        f.write_str("'")
    }
}

/// A shape as NumPy users write it: `[1797, 10]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape(pub Vec<u64>);

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A header may name thousands of dimensions; a message shows the first few.
        const SHOWN: usize = 8;
        f.write_str("[")?;
        for (index, dimension) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}{dimension}", if index == 0 { "" } else { ", " })?;
        }
        f.write_str(if self.0.len() > SHOWN { ", ...]" } else { "]" })
    }
}
