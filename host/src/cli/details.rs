//! What `eval` says beyond its summary.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use surprisal_host::{ClassNames, DetailOptions, Error, Groups, Reliability, Summary};

#[derive(Debug, Args)]
pub(crate) struct DetailArgs {
    /// Also calibration: how often rows are right that are so and so confident, the expected and the
    /// maximum calibration error, and the Brier score
    #[arg(long)]
    calibration: bool,

    /// Bins of the confidence, of equal width
    #[arg(long, value_name = "N", default_value_t = Reliability::BINS, requires = "calibration")]
    bins: NonZeroUsize,

    /// Also count, mean loss and accuracy of the rows of each class
    #[arg(long)]
    by_class: bool,

    /// The same by group: one integer a row [rows], such as a split, a language or a source
    #[arg(long, value_name = "GROUPS.npy")]
    group_by: Option<PathBuf>,

    /// How many of the most surprising rows are shown
    #[arg(long, value_name = "K", default_value_t = Summary::HARDEST)]
    pub(crate) top: usize,

    /// Names of the classes: text, one a line, that of class 0 first
    #[arg(long, value_name = "NAMES.txt")]
    names: Option<PathBuf>,
}

/// The files that they name.
pub(crate) struct DetailFiles {
    pub(crate) names: Option<ClassNames>,
    pub(crate) groups: Option<Groups>,
}

impl DetailArgs {
    /// Whether there is more to be said than a summary says.
    pub(crate) fn are_asked_for(&self) -> bool {
        let Self {
            calibration,
            by_class,
            group_by,
            top,
            names,
            ..
        } = self;
        let more_rows = *top != Summary::HARDEST;
        *calibration || *by_class || more_rows || group_by.is_some() || names.is_some()
    }

    pub(crate) fn open(&self) -> Result<DetailFiles, Error> {
        Ok(DetailFiles {
            names: self.names.as_deref().map(ClassNames::open).transpose()?,
            groups: self.group_by.as_deref().map(Groups::open).transpose()?,
        })
    }

    pub(crate) fn options<'a>(&self, files: &'a DetailFiles) -> DetailOptions<'a> {
        DetailOptions {
            bins: self.calibration.then_some(self.bins),
            by_class: self.by_class,
            names: files.names.as_ref(),
            groups: files.groups.as_ref(),
        }
    }
}
