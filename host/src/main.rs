//! The program `surprisal`: cross-entropy of files of logits, and fits that minimise it.
#![forbid(unsafe_code)]

mod cli;
mod commands;

use std::{
    io::{self, BufWriter, ErrorKind, IsTerminal, Write},
    process::ExitCode,
};

use cli::{Cli, Command, EvalArgs, FitArgs, Format, HessianForm, LogitsCommand, Output};
use rayon::ThreadPoolBuilder;
use surprisal::{Denominator, Reduction};
use surprisal_host::{
    Batch, Curvature, Details, Error, Evaluation, Features, Finished, FitReport, Form, Labels,
    Logit, Logits, Number, Outcome, OutputReport, Progress, Regression, Report, Role, Rows, Sink,
};

fn main() -> ExitCode {
    match run(&Cli::read()) {
        Ok(status) => status,
        Err(error) => {
            // Where standard error is closed, the exit status has to do.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command) -> Result<ExitCode, Error> {
    let threads = ThreadPoolBuilder::new().num_threads(command.threads());
    let pool = threads.build().map_err(Error::Threads)?;
    pool.install(|| match command {
        Command::OfLogits(command) => open(command).map(|()| ExitCode::SUCCESS),
        Command::Fit(args) => fit(args),
        Command::Calibrate(args) => commands::calibrate(args),
        Command::Apply(args) => commands::apply(args),
        Command::Compare(args) => commands::compare(args),
        Command::Completions(args) => commands::completions(args),
        Command::Man(args) => commands::man(args),
    })
}

/// Opens logits: their type is that of everything that follows.
macro_rules! with_logits {
    ($path:expr, |$logits:ident| $then:expr) => {
        match Logits::open($path)? {
            Logits::F16($logits) => $then,
            Logits::Bf16($logits) => $then,
            Logits::F32($logits) => $then,
            Logits::F64($logits) => $then,
        }
    };
}
use with_logits;

fn open(command: &LogitsCommand) -> Result<(), Error> {
    with_logits!(&command.input().logits, |logits| execute(command, logits))
}

fn execute<Z: Logit>(command: &LogitsCommand, logits: Rows<Z>) -> Result<(), Error> {
    let input = command.input();
    let labels = input.labels.as_deref().map(Labels::open).transpose()?;
    let batch = Batch::new(logits, labels, input.objective()?)?;
    let reduction = command.reduction();
    match command {
        LogitsCommand::Eval(args) => evaluate(&batch, reduction, args),
        LogitsCommand::Report(args) => commands::report(&batch, reduction, args),
        LogitsCommand::Grad(args) => differentiate(&batch, Form::Gradient, reduction, &args.output),
        LogitsCommand::Hessian(args) => {
            let form = match args.form {
                HessianForm::Diagonal => Form::HessianDiagonal,
                HessianForm::Packed => Form::HessianPacked,
                HessianForm::Dense => Form::HessianDense,
                HessianForm::Trace => Form::Curvature(Curvature::Trace),
                HessianForm::FrobeniusNorm => Form::Curvature(Curvature::FrobeniusNorm),
                HessianForm::Eigenvalues => Form::Curvature(Curvature::Eigenvalues),
                HessianForm::Ldl => Form::Curvature(Curvature::Ldl),
                HessianForm::Cholesky => Form::Curvature(Curvature::Cholesky),
            };
            differentiate(&batch, form, reduction, &args.output)
        }
        LogitsCommand::Newton(args) => {
            let step = match args.damping {
                Some(damping) => Curvature::LevenbergMarquardtStep(damping),
                None => Curvature::NewtonStep,
            };
            differentiate(&batch, Form::Curvature(step), reduction, &args.output)
        }
        LogitsCommand::Solve(args) => {
            let vectors = Rows::open(&args.vector, Role::Vector)?;
            let solve = Curvature::DampedSolve(args.damping, &vectors);
            differentiate(&batch, Form::Curvature(solve), reduction, &args.output)
        }
        LogitsCommand::Hvp(args) => {
            let vectors = Rows::open(&args.vector, Role::Vector)?;
            let form = Form::HessianVectorProduct(&vectors);
            differentiate(&batch, form, reduction, &args.output)
        }
    }
}

fn evaluate<Z: Logit>(
    batch: &Batch<Z>,
    reduction: Reduction,
    args: &EvalArgs,
) -> Result<(), Error> {
    let sink = match &args.losses {
        Some(path) => Some(Sink::create(path, &[batch.n_rows()], &batch.inputs())?),
        None => None,
    };
    let denominator = match reduction {
        Reduction::Mean(denominator) => denominator,
        _ => Denominator::default(),
    };
    let files = args.details.open()?;
    let Evaluation {
        losses,
        mut summary,
    } = batch.evaluate(denominator)?;
    let mut details = Details::default();
    if args.details.are_asked_for() {
        let (predictions, names) = (batch.predictions()?, files.names.as_ref());
        details = batch.details(&losses, &predictions, &args.details.options(&files))?;
        summary.hardest = batch.hardest(&losses, &predictions, args.details.top, names)?;
    }
    let output = match sink {
        Some(mut sink) => {
            sink.write(&losses)?;
            Some(sink.finish()?)
        }
        None => None,
    };
    let mut report = Report::new(batch, reduction, summary);
    report.details = details;
    print(|output| match args.format {
        Format::Table => report.write_table(output),
        Format::Json => report.write_json(output),
    })?;
    // Last, because a report that could not be printed is an error, after which no file appears.
    output.map_or(Ok(()), Finished::commit)
}

fn differentiate<Z: Logit>(
    batch: &Batch<Z>,
    form: Form<'_, Z::Element>,
    reduction: Reduction,
    output: &Output,
) -> Result<(), Error> {
    let derivative = batch.derivative(form, reduction)?;
    let (inputs, shape) = (derivative.inputs(), derivative.shape());
    let mut sink = Sink::create(&output.out, shape, &inputs)?;
    derivative.compute(|numbers| sink.write(numbers))?;
    let written = sink.finish()?;
    let report = OutputReport::new(&inputs, &output.out, Z::Element::TYPE, shape);
    say(output.said.format, &report)?;
    written.commit()
}

/// Says what was written, where that is asked for.
fn say(format: Option<Format>, report: &OutputReport) -> Result<(), Error> {
    match format {
        None => Ok(()),
        Some(Format::Table) => print(|output| report.write_table(output)),
        Some(Format::Json) => print(|output| report.write_json(output)),
    }
}

fn fit(args: &FitArgs) -> Result<ExitCode, Error> {
    let (features, labels) = (Features::open(&args.features)?, Labels::open(&args.labels)?);
    let regression = Regression::new(features, labels, args.common.objective()?, args.options())?;
    let sink = match &args.output {
        Some(path) => Some(Sink::create(
            path,
            &regression.shape(),
            &regression.inputs(),
        )?),
        None => None,
    };
    let is_watched = io::stderr().is_terminal();
    let fit = regression.fit(|progress| {
        if is_watched {
            show(progress);
        }
    })?;
    let output = match sink {
        Some(mut sink) => {
            sink.write(&fit.coefficients)?;
            Some(sink.finish()?)
        }
        None => None,
    };
    let report = FitReport::new(&regression, &fit);
    print(|output| match args.common.format {
        Format::Table => report.write_table(output),
        Format::Json => report.write_json(output),
    })?;
    output.map_or(Ok(()), Finished::commit)?;
    if fit.outcome == Outcome::Converged {
        return Ok(ExitCode::SUCCESS);
    }
    let _ = writeln!(io::stderr(), "not converged: {}", fit.outcome);
    Ok(ExitCode::from(1))
}

/// A line an iteration. Where standard error is closed nobody misses it.
fn show(progress: &Progress) {
    let Progress {
        iterations,
        products,
        objective,
        gradient_norm,
    } = progress;
    let _ = writeln!(
        io::stderr(),
        "iteration {iterations}: objective {objective:.9}, gradient norm {gradient_norm:.3e}, \
         {products} Hessian products"
    );
}

/// Prints to standard output. A reader that has seen enough and closed its end is no error.
fn print(
    report: impl FnOnce(&mut BufWriter<io::StdoutLock<'_>>) -> io::Result<()>,
) -> Result<(), Error> {
    let mut output = BufWriter::new(io::stdout().lock());
    let printed = report(&mut output);
    match printed.and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Print(error)),
        _ => Ok(()),
    }
}
