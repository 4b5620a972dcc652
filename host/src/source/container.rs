//! Files that hold several arrays by name, and the choice of one of them.

use std::{fmt::Write, io};

use thiserror::Error;

use super::Layout;
use crate::array::{Role, Shape};

/// Why an array cannot be taken from a file that holds arrays by name.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// The system cannot read it.
    #[error("{0}")]
    Read(io::Error),
    /// The file is not what its format asks for.
    #[error("is no sound {format} file: {reason}")]
    Broken {
        /// The format.
        format: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// What the file does is allowed by its format, but nothing that is read here.
    #[error("{0}")]
    Unsupported(String),
    /// The file has a single array, which has no name.
    #[error("holds one array without a name, leave out ':{0}'")]
    NoNames(String),
    /// The name is none of those in the file.
    #[error("has no array '{wanted}', there {there}")]
    NotThere {
        /// The name.
        wanted: String,
        /// What there is.
        there: String,
    },
    /// Nothing in the file can play the part.
    #[error("has no array that could be {role}, there {there}")]
    NoneFits {
        /// The part.
        role: Role,
        /// What there is.
        there: String,
    },
    /// More than one array can play the part.
    #[error("has several arrays that could be {role}, name one as FILE:NAME; there {there}")]
    SeveralFit {
        /// The part.
        role: Role,
        /// What there is.
        there: String,
    },
}

impl ContainerError {
    pub(super) fn broken(format: &'static str, reason: &str) -> Self {
        Self::Broken {
            format,
            reason: one_line(reason),
        }
    }

    pub(super) fn unsupported(what: impl AsRef<str>) -> Self {
        Self::Unsupported(one_line(what.as_ref()))
    }
}

impl From<io::Error> for ContainerError {
    fn from(cause: io::Error) -> Self {
        Self::Read(cause)
    }
}

/// Which of the arrays of a file is meant: the one of that name, or without a name the only one
/// that can play the part.
pub(super) fn choose(
    listing: &[(String, Layout)],
    member: Option<&str>,
    role: Role,
) -> Result<usize, ContainerError> {
    let several = || ContainerError::SeveralFit {
        role,
        there: there(listing),
    };
    if let Some(wanted) = member {
        let mut named = (0..listing.len()).filter(|&index| listing[index].0 == wanted);
        return match (named.next(), named.next()) {
            (Some(index), None) => Ok(index),
            (Some(_), Some(_)) => Err(several()),
            (None, _) => Err(ContainerError::NotThere {
                wanted: one_line(wanted),
                there: there(listing),
            }),
        };
    }
    // What is wrong with the only one is said best where it is checked.
    if listing.len() == 1 {
        return Ok(0);
    }
    let fits = |(_, (_, layout)): &(usize, &(String, Layout))| {
        layout
            .numbers
            .is_some_and(|(number, _)| role.accepts(number))
            && layout.shape.len() == role.rank()
    };
    let mut fitting = listing.iter().enumerate().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some((place, _)), None) => Ok(place),
        (None, _) => Err(ContainerError::NoneFits {
            role,
            there: there(listing),
        }),
        (Some(_), Some(_)) => Err(several()),
    }
}

/// What there is, in words.
fn there(listing: &[(String, Layout)]) -> String {
    const SHOWN: usize = 8;
    if listing.is_empty() {
        return "is none".to_owned();
    }
    let mut text = if listing.len() == 1 { "is" } else { "are" }.to_owned();
    for (index, (name, layout)) in listing.iter().take(SHOWN).enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let (name, type_name) = (one_line(name), one_line(&layout.type_name));
        let _ = write!(text, "{comma} '{name}' {type_name}");
        // A length of 0 is, as a rule, one that only the rows tell.
        if !layout.shape.contains(&0) {
            let _ = write!(text, " {}", Shape(layout.shape.clone()));
        }
    }
    if listing.len() > SHOWN {
        let _ = write!(text, " and {} more", listing.len() - SHOWN);
    }
    text
}

/// A text from a file, which may be as long as the file and hold any character, for a message.
pub(super) fn one_line(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut line = String::new();
    for character in text.trim().chars() {
        if line.len() >= LONGEST {
            line.push_str("...");
            break;
        }
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}
