//! `compare`.

use std::process::ExitCode;

use surprisal_host::{
    Comparison, ComparisonReport, Error, Labels, Logit, Objective, Scores, Source, Stream,
};

use crate::{
    cli::{CompareArgs, Format},
    print,
    watch::Watch,
    with_logits,
};

pub(crate) fn compare(args: &CompareArgs) -> Result<ExitCode, Error> {
    let (labels, objective) = (args.labels.read()?, args.common.objective()?);
    let scores = |logits: Result<Source, Error>| -> Result<Scores, Error> {
        with_logits!(logits?, score(&labels, &objective))
    };
    let [a, b] = args.logits().map(scores);
    let (a, b) = (a?, b?);
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

fn score<Z: Logit>(
    labels: &Labels,
    objective: &Objective,
    logits: Source,
) -> Result<Scores, Error> {
    let stream = Stream::<Z>::new(logits, labels.clone(), objective.clone(), None)?;
    let watch = Watch::new(stream.n_rows());
    stream.scores(|rows| watch.advance(rows))
}
