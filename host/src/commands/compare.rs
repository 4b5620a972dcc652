//! `compare`.

use std::{path::Path, process::ExitCode};

use surprisal_host::{Batch, Comparison, ComparisonReport, Error, Labels, Objective, Scores};

use crate::{
    cli::{CompareArgs, Format},
    print, with_logits,
};

pub(crate) fn compare(args: &CompareArgs) -> Result<ExitCode, Error> {
    let (labels, objective) = (Labels::open(&args.labels)?, args.common.objective()?);
    let scores = |path: &Path| -> Result<Scores, Error> {
        let (labels, objective): (Labels, Objective) = (labels.clone(), objective.clone());
        with_logits!(path, |logits| Batch::new(logits, labels, objective)?
            .scores())
    };
    let (a, b) = (scores(&args.a)?, scores(&args.b)?);
    let options = args.options();
    let comparison = Comparison::new(&a, &b, &options)?;
    let labels = Some(labels.name());
    let report = ComparisonReport::new([&a, &b], labels, &objective, &options, comparison);
    print(|output| match args.common.format {
        Format::Table => report.write_table(output),
        Format::Json => report.write_json(output),
    })?;
    Ok(ExitCode::SUCCESS)
}
