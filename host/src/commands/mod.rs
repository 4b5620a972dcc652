//! The commands that have more to them than opening files and printing a report.

mod calibrate;

pub(crate) use calibrate::{apply, calibrate};
