//! The commands that have more to them than opening files and printing a report.

mod calibrate;
mod report;

pub(crate) use calibrate::{apply, calibrate};
pub(crate) use report::report;
