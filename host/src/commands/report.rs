//! `report`.

use std::{fs, path::Path};

use surprisal::{Denominator, Reduction};
use surprisal_host::{Batch, Error, Finished, Logit, Page, Sink};

use crate::{
    cli::{Format, ReportArgs},
    print,
};

pub(crate) fn report<Z: Logit>(
    batch: &Batch<Z>,
    reduction: Reduction,
    args: &ReportArgs,
) -> Result<(), Error> {
    let denominator = match reduction {
        Reduction::Mean(denominator) => denominator,
        _ => Denominator::default(),
    };
    let page = Page::new(batch, &args.options(denominator)?)?;
    let write = |path: &Path, text: &str| -> Result<Finished, Error> {
        let mut sink = Sink::plain(path, &batch.inputs())?;
        sink.write(text.as_bytes())?;
        sink.finish()
    };
    let mut outputs = Vec::new();
    if let Some(path) = &args.out {
        outputs.push(write(path, &page.html())?);
    }
    if let Some(folder) = &args.svg {
        fs::create_dir_all(folder).map_err(|cause| Error::Write {
            path: folder.clone(),
            cause,
        })?;
        for plot in page.plots() {
            let path = folder.join(plot.name).with_extension("svg");
            outputs.push(write(&path, &plot.svg)?);
        }
    }
    match args.format {
        Some(Format::Table) => print(|output| page.report.write_table(output))?,
        Some(Format::Json) => print(|output| page.write_json(output))?,
        None => (),
    }
    // Last, because a report that could not be printed is an error, after which no file appears.
    outputs.into_iter().try_for_each(Finished::commit)
}
