//! The program `surprisal`: cross-entropy of files of logits, and fits that minimise it.
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod watch;

use std::{
    io::{self, BufWriter, ErrorKind, IsTerminal, Write},
    path::Path,
    process::ExitCode,
};

use cli::{Cli, Command, EvalArgs, FitArgs, Format, HessianForm, LogitsCommand, Output};
use rayon::ThreadPoolBuilder;
use surprisal::Reduction;
use surprisal_host::{
    Curvature, Error, Finished, FitReport, Form, Logit, Number, Outcome, OutputReport, Progress,
    Regression, Role, Sink, Source, Stream, StreamForm,
};
use watch::Watch;

fn main() -> ExitCode {
    watch::interruption();
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

/// Calls a function of the type of the logits, which is that of everything that follows, with them
/// as its last argument.
macro_rules! with_logits {
    ($logits:expr, $function:ident($($argument:expr),+)) => {{
        let logits = $logits;
        match logits.number() {
            surprisal_host::NumberType::Float16 => {
                $function::<surprisal::F16>($($argument),+, logits)
            }
            surprisal_host::NumberType::BFloat16 => {
                $function::<surprisal::Bf16>($($argument),+, logits)
            }
            surprisal_host::NumberType::Float64 => $function::<f64>($($argument),+, logits),
            // An open source of logits has one of the four types.
            _ => $function::<f32>($($argument),+, logits),
        }
    }};
}
use with_logits;

fn open(command: &LogitsCommand) -> Result<(), Error> {
    with_logits!(command.input().logits()?, execute(command))
}

fn execute<Z: Logit>(command: &LogitsCommand, logits: Source) -> Result<(), Error> {
    let input = command.input();
    let labels = input.labels()?;
    let stream = Stream::<Z>::new(logits, labels, input.objective()?, input.targets()?)?;
    let reduction = command.reduction();
    let vectors = |path: &Path| Source::open(path, Role::Vector);
    let (form, output) = match command {
        LogitsCommand::Eval(args) => return evaluate(stream, reduction, args),
        LogitsCommand::Report(args) => return commands::report(stream, reduction, args),
        LogitsCommand::Grad(args) => (StreamForm::Plain(Form::Gradient), &args.output),
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
            (StreamForm::Plain(form), &args.output)
        }
        LogitsCommand::Newton(args) => {
            let step = match args.damping {
                Some(damping) => Curvature::LevenbergMarquardtStep(damping),
                None => Curvature::NewtonStep,
            };
            (StreamForm::Plain(Form::Curvature(step)), &args.output)
        }
        LogitsCommand::Solve(args) => {
            let damping = args.damping;
            let form = StreamForm::of_vectors(vectors(&args.vector)?, move |vectors| {
                Form::Curvature(Curvature::DampedSolve(damping, vectors))
            });
            (form, &args.output)
        }
        LogitsCommand::Hvp(args) => {
            let form = StreamForm::of_vectors(vectors(&args.vector)?, |vectors| {
                Form::HessianVectorProduct(vectors)
            });
            (form, &args.output)
        }
    };
    differentiate(stream, form, reduction, output)
}

fn evaluate<Z: Logit>(
    stream: Stream<Z>,
    reduction: Reduction,
    args: &EvalArgs,
) -> Result<(), Error> {
    let mut sink = match &args.losses {
        Some(path) => Some(Sink::create(path, &[stream.n_rows()], &stream.inputs())?),
        None => None,
    };
    let files = args.details.open()?;
    let watch = Watch::new(stream.n_rows());
    let write = |losses: &[Z::Element]| {
        watch.advance(losses.len());
        sink.as_mut().map_or(Ok(()), |sink| sink.write(losses))
    };
    let report = if args.details.are_asked_for() {
        let details = args.details.options(&files);
        stream.evaluate_in_detail(reduction, &details, args.details.top, write)?
    } else {
        stream.evaluate(reduction, write)?
    };
    let output = sink.map(Sink::finish).transpose()?;
    drop(watch);
    print(|output| match args.format {
        Format::Table => report.write_table(output),
        Format::Json => report.write_json(output),
    })?;
    // Last, because a report that could not be printed is an error, after which no file appears.
    output.map_or(Ok(()), Finished::commit)
}

fn differentiate<Z: Logit>(
    stream: Stream<Z>,
    form: StreamForm<Z::Element>,
    reduction: Reduction,
    output: &Output,
) -> Result<(), Error> {
    let watch = Watch::new(stream.n_rows());
    let derivative = stream.derivative(form, reduction)?;
    let row_length = derivative.shape()[1..].iter().product::<usize>();
    let (inputs, shape) = (derivative.inputs(), derivative.shape());
    let mut sink = Sink::create(&output.out, shape, &inputs)?;
    let report = OutputReport::new(&inputs, &output.out, Z::Element::TYPE, shape);
    derivative.compute(|numbers| {
        watch.advance(numbers.len() / row_length);
        sink.write(numbers)
    })?;
    let written = sink.finish()?;
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
    let (features, labels) = (args.features()?, args.labels.read()?);
    let objective = args.minimum.common.objective()?;
    let regression = Regression::new(features, labels, objective, args.options())?;
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
    print(|output| match args.minimum.common.format {
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
