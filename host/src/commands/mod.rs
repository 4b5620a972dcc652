//! The commands that have more to them than opening files and printing a report.

mod calibrate;
mod compare;
mod documents;
mod report;

pub(crate) use calibrate::{apply, calibrate};
pub(crate) use compare::compare;
pub(crate) use documents::{completions, man};
pub(crate) use report::report;
