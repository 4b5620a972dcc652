//! `calibrate` and `apply`.

use std::{io, io::Write, process::ExitCode};

use surprisal_host::{
    ArrayName, Calibration, Error, Finished, Logit, Number, OutputReport, Role, Sink, Source,
    Stream,
};

use crate::{
    cli::{ApplyArgs, CalibrateArgs, Format},
    print, say,
    watch::Watch,
    with_logits,
};

pub(crate) fn calibrate(args: &CalibrateArgs) -> Result<ExitCode, Error> {
    with_logits!(args.logits.open()?, calibrate_on(args))
}

fn calibrate_on<Z: Logit>(args: &CalibrateArgs, logits: Source) -> Result<ExitCode, Error> {
    let objective = args.minimum.common.objective()?;
    let stream = Stream::<Z>::new(logits, args.labels.read()?, objective, None)?;
    let sink = match &args.output {
        Some(path) => Some(Sink::plain(path, &stream.inputs())?),
        None => None,
    };
    let watch = Watch::new(stream.n_rows());
    let report = stream.calibrate(&args.options(), |rows| watch.advance(rows))?;
    drop(watch);
    let output = match (sink, &report.calibration) {
        (Some(mut sink), Some(calibration)) => {
            sink.write(calibration.to_json().as_bytes())?;
            Some(sink.finish()?)
        }
        _ => None,
    };
    print(|output| match args.minimum.common.format {
        Format::Table => report.write_table(output),
        Format::Json => report.write_json(output),
    })?;
    output.map_or(Ok(()), Finished::commit)?;
    if report.calibration.is_some() {
        return Ok(ExitCode::SUCCESS);
    }
    let _ = writeln!(io::stderr(), "not calibrated: {}", report.outcome);
    Ok(ExitCode::from(1))
}

pub(crate) fn apply(args: &ApplyArgs) -> Result<ExitCode, Error> {
    let calibration = Calibration::open(&args.parameters)?;
    with_logits!(args.logits.open()?, apply_to(args, &calibration))
}

fn apply_to<Z: Logit>(
    args: &ApplyArgs,
    calibration: &Calibration,
    logits: Source,
) -> Result<ExitCode, Error> {
    let parameters = ArrayName::file(Role::Calibration, &args.parameters);
    let name = logits.name().clone();
    let inputs = [&parameters, &name];
    // An open source of logits has two dimensions, and memory can address each.
    let [n_rows, n_classes] = [0, 1].map(|index| logits.shape().0[index] as usize);
    let mut sink = Sink::create(&args.out, &[n_rows, n_classes], &inputs)?;
    if calibration.n_classes() != n_classes {
        return Err(Error::CountDiffers {
            array: parameters.clone(),
            dimension: "classes",
            found: calibration.n_classes(),
            of: name.clone(),
            needed: n_classes,
        });
    }
    let watch = Watch::new(n_rows);
    calibration.apply_to_source::<Z>(logits, |part| {
        watch.advance(part.len() / n_classes);
        sink.write(part)
    })?;
    drop(watch);
    let written = sink.finish()?;
    let report = OutputReport::new(&inputs, &args.out, Z::Element::TYPE, &[n_rows, n_classes]);
    say(args.said.format, &report)?;
    written.commit()?;
    Ok(ExitCode::SUCCESS)
}
