//! `report`.

use std::{fs, path::Path};

use surprisal::{Denominator, Reduction};
use surprisal_host::{ArrayName, Error, Finished, Logit, Sink, Stream};

use crate::{
    cli::{Format, ReportArgs},
    print,
    watch::Watch,
};

pub(crate) fn report<Z: Logit>(
    stream: Stream<Z>,
    reduction: Reduction,
    args: &ReportArgs,
) -> Result<(), Error> {
    let denominator = match reduction {
        Reduction::Mean(denominator) => denominator,
        _ => Denominator::default(),
    };
    let options = args.options(denominator)?;
    let inputs: Vec<ArrayName> = stream.inputs().into_iter().cloned().collect();
    let inputs: Vec<&ArrayName> = inputs.iter().collect();
    let watch = Watch::new(stream.n_rows());
    let page = stream.page(&options, |rows| watch.advance(rows))?;
    drop(watch);
    let write = |path: &Path, text: &str| -> Result<Finished, Error> {
        let mut sink = Sink::plain(path, &inputs)?;
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
