//! The program `surprisal`: cross-entropy of files of logits.
#![forbid(unsafe_code)]

mod cli;

use std::{
    io::{self, BufWriter, ErrorKind, Write},
    path::Path,
    process::ExitCode,
};

use cli::{Cli, Command, EvalArgs, Format, HessianForm};
use rayon::ThreadPoolBuilder;
use surprisal::{Denominator, Reduction};
use surprisal_host::{
    Batch, Error, Evaluation, Finished, Form, Labels, Logit, Logits, Report, Role, Rows, Sink,
};

fn main() -> ExitCode {
    match run(&Cli::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is closed, the exit status has to do.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Opens the logits: their type is that of everything that follows.
fn run(command: &Command) -> Result<(), Error> {
    let input = command.input();
    let threads = ThreadPoolBuilder::new().num_threads(input.threads.into());
    let pool = threads.build().map_err(Error::Threads)?;
    pool.install(|| match Logits::open(&input.logits)? {
        Logits::F16(logits) => execute(command, logits),
        Logits::Bf16(logits) => execute(command, logits),
        Logits::F32(logits) => execute(command, logits),
        Logits::F64(logits) => execute(command, logits),
    })
}

fn execute<Z: Logit>(command: &Command, logits: Rows<Z>) -> Result<(), Error> {
    let input = command.input();
    let labels = input.labels.as_deref().map(Labels::open).transpose()?;
    let batch = Batch::new(logits, labels, input.objective()?)?;
    let reduction = command.reduction();
    match command {
        Command::Eval(args) => evaluate(&batch, reduction, args),
        Command::Grad(args) => differentiate(&batch, Form::Gradient, reduction, &args.output.out),
        Command::Hessian(args) => {
            let form = match args.form {
                HessianForm::Diagonal => Form::HessianDiagonal,
                HessianForm::Packed => Form::HessianPacked,
                HessianForm::Dense => Form::HessianDense,
            };
            differentiate(&batch, form, reduction, &args.output.out)
        }
        Command::Hvp(args) => {
            let vectors = Rows::open(&args.vector, Role::Vector)?;
            let form = Form::HessianVectorProduct(&vectors);
            differentiate(&batch, form, reduction, &args.output.out)
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
    let Evaluation { losses, summary } = batch.evaluate(denominator)?;
    let output = match sink {
        Some(mut sink) => {
            sink.write(&losses)?;
            Some(sink.finish()?)
        }
        None => None,
    };
    let report = Report::new(batch, reduction, summary);
    print(&report, args.format)?;
    // Last, because a report that could not be printed is an error, after which no file appears.
    output.map_or(Ok(()), Finished::commit)
}

fn differentiate<Z: Logit>(
    batch: &Batch<Z>,
    form: Form<'_, Z::Element>,
    reduction: Reduction,
    path: &Path,
) -> Result<(), Error> {
    let derivative = batch.derivative(form, reduction)?;
    let mut sink = Sink::create(path, derivative.shape(), &derivative.inputs())?;
    derivative.compute(|numbers| sink.write(numbers))?;
    sink.finish()?.commit()
}

/// Prints to standard output. A reader that has seen enough and closed its end is no error.
fn print(report: &Report, format: Format) -> Result<(), Error> {
    let mut output = BufWriter::new(io::stdout().lock());
    let printed = match format {
        Format::Table => report.write_table(&mut output),
        Format::Json => report.write_json(&mut output),
    };
    match printed.and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Print(error)),
        _ => Ok(()),
    }
}
