//! `calibrate` and `apply`.

use std::{io, io::Write, process::ExitCode};

use surprisal_host::{
    ArrayName, Batch, Calibration, CalibrationReport, Ending, Error, Finished, Labels, Logit,
    Number, OutputReport, Role, Rows, Sink,
};

use crate::{
    cli::{ApplyArgs, CalibrateArgs, Format},
    print, say, with_logits,
};

pub(crate) fn calibrate(args: &CalibrateArgs) -> Result<ExitCode, Error> {
    with_logits!(&args.logits, |logits| calibrate_on(args, logits))
}

fn calibrate_on<Z: Logit>(args: &CalibrateArgs, logits: Rows<Z>) -> Result<ExitCode, Error> {
    let (labels, options) = (Labels::open(&args.labels)?, args.options());
    let batch = Batch::new(logits, labels, args.common.objective()?)?;
    let sink = match &args.output {
        Some(path) => Some(Sink::plain(path, &batch.inputs())?),
        None => None,
    };
    let calibrated = batch.calibrate(&options)?;
    let output = match (sink, &calibrated.calibration) {
        (Some(mut sink), Some(calibration)) => {
            sink.write(calibration.to_json().as_bytes())?;
            Some(sink.finish()?)
        }
        _ => None,
    };
    let report = CalibrationReport::new(&batch, &options, &calibrated);
    print(|output| match args.common.format {
        Format::Table => report.write_table(output),
        Format::Json => report.write_json(output),
    })?;
    output.map_or(Ok(()), Finished::commit)?;
    if calibrated.ending == Ending::Converged {
        return Ok(ExitCode::SUCCESS);
    }
    let _ = writeln!(io::stderr(), "not calibrated: {}", calibrated.ending);
    Ok(ExitCode::from(1))
}

pub(crate) fn apply(args: &ApplyArgs) -> Result<ExitCode, Error> {
    let calibration = Calibration::open(&args.parameters)?;
    with_logits!(&args.logits, |logits| apply_to(args, &calibration, &logits))
}

fn apply_to<Z: Logit>(
    args: &ApplyArgs,
    calibration: &Calibration,
    logits: &Rows<Z>,
) -> Result<ExitCode, Error> {
    let parameters = ArrayName::file(Role::Calibration, &args.parameters);
    let inputs = [&parameters, logits.name()];
    let shape = [logits.n_rows(), logits.n_classes()];
    let mut sink = Sink::create(&args.out, &shape, &inputs)?;
    if calibration.n_classes() != logits.n_classes() {
        return Err(Error::CountDiffers {
            array: parameters.clone(),
            dimension: "classes",
            found: calibration.n_classes(),
            of: logits.name().clone(),
            needed: logits.n_classes(),
        });
    }
    calibration.apply(logits, |part| sink.write(part))?;
    let written = sink.finish()?;
    let report = OutputReport::new(&inputs, &args.out, Z::Element::TYPE, &shape);
    say(args.said.format, &report)?;
    written.commit()?;
    Ok(ExitCode::SUCCESS)
}
