//! The program `surprisal`: cross-entropy of files of logits.
#![forbid(unsafe_code)]

mod cli;

use std::{
    io::{self, BufWriter, ErrorKind, Write},
    process::ExitCode,
};

use clap::Parser;
use cli::{Cli, Command, EvalArgs, Format, HessianForm, Output};
use rayon::ThreadPoolBuilder;
use surprisal_host::{
    Batch, Error, Evaluation, Finished, Form, Labels, Logit, Logits, Report, Role, Rows, Sink,
};

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
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
    let batch = Batch::new(logits, Labels::open(&input.labels)?, input.loss())?;
    match command {
        Command::Eval(args) => evaluate(&batch, args),
        Command::Grad(args) => differentiate(&batch, Form::Gradient, &args.output),
        Command::Hessian(args) => {
            let form = match args.form {
                HessianForm::Diagonal => Form::HessianDiagonal,
                HessianForm::Packed => Form::HessianPacked,
                HessianForm::Dense => Form::HessianDense,
            };
            differentiate(&batch, form, &args.output)
        }
        Command::Hvp(args) => {
            let vectors = Rows::open(&args.vector, Role::Vector)?;
            differentiate(&batch, Form::HessianVectorProduct(&vectors), &args.output)
        }
    }
}

fn evaluate<Z: Logit>(batch: &Batch<Z>, args: &EvalArgs) -> Result<(), Error> {
    let sink = match &args.losses {
        Some(path) => Some(Sink::create(path, &[batch.n_rows()], &batch.inputs())?),
        None => None,
    };
    let Evaluation { losses, summary } = batch.evaluate()?;
    let output = match sink {
        Some(mut sink) => {
            sink.write(&losses)?;
            Some(sink.finish()?)
        }
        None => None,
    };
    let report = Report::new(batch, args.input.backend(), args.reduction.into(), summary);
    print(&report, args.format)?;
    // Last, because a report that could not be printed is an error, after which no file appears.
    output.map_or(Ok(()), Finished::commit)
}

fn differentiate<Z: Logit>(
    batch: &Batch<Z>,
    form: Form<'_, Z::Element>,
    output: &Output,
) -> Result<(), Error> {
    let derivative = batch.derivative(form, output.reduction.into())?;
    let mut sink = Sink::create(&output.out, derivative.shape(), &derivative.inputs())?;
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
