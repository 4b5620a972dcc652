//! The command line of `report`.

use std::path::PathBuf;

use clap::Args;
use surprisal::Denominator;
use surprisal_host::{ClassNames, Error, PageOptions};

use super::{Format, Input};

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Where the page is written, HTML that needs no other file and no network; an existing file is
    /// replaced once the result is whole
    #[arg(
        long,
        alias = "output",
        value_name = "REPORT.html",
        required_unless_present = "svg"
    )]
    pub(crate) out: Option<PathBuf>,

    /// A folder that the plots are written to, each an SVG file of its own; it is made where it is
    /// missing
    #[arg(long, value_name = "FOLDER")]
    pub(crate) svg: Option<PathBuf>,

    /// Heading of the page
    #[arg(long, value_name = "TEXT", default_value = "Cross-entropy")]
    title: String,

    /// How many of the most surprising rows are shown
    #[arg(long, value_name = "K", default_value = "15")]
    top: usize,

    /// Names of the classes: text, one a line, that of class 0 first
    #[arg(long, value_name = "NAMES.txt")]
    names: Option<PathBuf>,

    /// Also prints what the page shows: the evaluation as a table, or everything as JSON
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,

    #[command(flatten)]
    pub(crate) input: Input,
}

impl ReportArgs {
    pub(crate) fn options(&self, denominator: Denominator) -> Result<PageOptions, Error> {
        Ok(PageOptions {
            title: self.title.clone(),
            top: self.top,
            names: self.names.as_deref().map(ClassNames::open).transpose()?,
            denominator,
        })
    }
}
