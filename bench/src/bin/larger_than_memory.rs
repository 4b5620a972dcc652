//! Times `surprisal eval` on a file that is larger than the memory it may have, beside the same
//! evaluation of rows that are in memory.
//!
//! ```text
//! cargo build --release --locked
//! cargo run --release --locked -p surprisal-bench --bin larger_than_memory -- \
//!     target/release/surprisal FOLDER RUNS
//! ```
//!
//! In FOLDER a file of 6 GB is made, and removed at the end: rows of 32000 classes in bf16. The
//! program evaluates it RUNS times under `ulimit -v 1000000`; between any two runs the sixth of its
//! rows that it repeats is evaluated in memory, by the library and by the kernel alone. Of all three
//! the rates are printed in GB of logits a second, best and median, and the share that the
//! file has of either: on one thread, and on one a core.

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    thread,
    time::Instant,
};

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::{ThreadPoolBuilder, prelude::*};
use serde_json::Value;
use surprisal::{Bf16, CrossEntropy, Denominator};
use surprisal_bench::finish;
use surprisal_host::{Batch, Labels, Number, Objective, Role, Rows, Sink};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CLASSES: usize = 32_000;

/// Rows in memory: 1 GB of logits, which no cache holds.
const ROWS: usize = 15_625;

/// How often the file repeats them.
const COPIES: usize = 6;

/// GB of the rows in memory.
const SIZE: f64 = 1e-9 * (ROWS * CLASSES * size_of::<Bf16>()) as f64;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    finish(run(&arguments).map_err(|error| -> Box<dyn Error> { error }))
}

fn run(arguments: &[String]) -> Outcome<()> {
    let [program, folder, n_runs] = arguments else {
        return Err("usage: larger_than_memory PROGRAM FOLDER RUNS".into());
    };
    let n_runs: usize = n_runs.parse()?;
    let program = Path::new(program).canonicalize()?;
    let folder = tempfile::tempdir_in(folder)?;
    let files = ["logits.npy", "labels.npy"].map(|name| folder.path().join(name));

    let mut generator = Xoshiro256PlusPlus::seed_from_u64(1);
    let logits: Vec<Bf16> = (0..ROWS * CLASSES)
        .map(|_| logit(generator.random()))
        .collect();
    let labels: Vec<i64> = (0..ROWS)
        .map(|_| (generator.random::<u64>() % CLASSES as u64) as i64)
        .collect();
    write(&files[0], &[COPIES * ROWS, CLASSES], &logits)?;
    write(&files[1], &[COPIES * ROWS], &labels)?;
    let batch = Batch::new(
        Rows::new(Role::Logits, logits, CLASSES)?,
        Labels::from(labels.clone()),
        Objective::default(),
    )?;

    println!("GB/s, best and median of {n_runs} runs; shares of medians and of the best");
    let cores = thread::available_parallelism()?.get();
    for threads in (1..=cores).step_by((cores - 1).max(1)) {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        let (mut file, mut memory, mut kernel) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..n_runs {
            let expected = pool.install(|| {
                kernel.push(rate(1, || losses(batch.logits(), &labels))?.0);
                let (rate, evaluation) = rate(1, || Ok(batch.evaluate(Denominator::Rows)?))?;
                memory.push(rate);
                Outcome::Ok(evaluation.summary.loss_mean)
            })?;
            let (rate, found) = rate(COPIES, || evaluate(&program, threads, &files))?;
            // Sums of six times as many rows are rounded in other places.
            let is_same = expected.is_some_and(|mean| (found - mean).abs() < 1e-9 * mean);
            if !is_same {
                return Err(format!("the mean loss is {found}, not {expected:?}").into());
            }
            file.push(rate);
        }
        println!("{threads} threads");
        let [file, memory, kernel] = [file, memory, kernel].map(best_and_median);
        for (name, rates) in [("file", file), ("memory", memory), ("kernel alone", kernel)] {
            let [best, median] = rates;
            let [of_best, of_median] = [file[0] / best, file[1] / median];
            println!("  {name:<13} {best:6.3} {median:6.3}   {of_median:5.3} {of_best:5.3}");
        }
    }
    Ok(())
}

/// As a language model's: around 0, of either sign, seldom large.
fn logit(random: u64) -> Bf16 {
    let sum: u64 = (0..4).map(|part| (random >> (16 * part)) & 0xffff).sum();
    let value = (sum as f32 / 65_536.0 - 2.0) * 6.0;
    Bf16::from_bits((value.to_bits() >> 16) as u16)
}

fn write<T: Number>(path: &Path, shape: &[usize], values: &[T]) -> Outcome<()> {
    let mut sink = Sink::create(path, shape, &[])?;
    for _ in 0..COPIES {
        sink.write(values)?;
    }
    Ok(sink.finish()?.commit()?)
}

/// GB a second of so many times the rows in memory.
fn rate<T>(copies: usize, run: impl FnOnce() -> Outcome<T>) -> Outcome<(f64, T)> {
    let start = Instant::now();
    let result = run()?;
    let seconds = start.elapsed().as_secs_f64();
    Ok((copies as f64 * SIZE / seconds, result))
}

fn best_and_median(mut rates: Vec<f64>) -> [f64; 2] {
    rates.sort_by(f64::total_cmp);
    [rates[rates.len() - 1], rates[rates.len() / 2]]
}

/// The kernel, row by row on the threads of the pool.
fn losses(logits: &Rows<Bf16>, labels: &[i64]) -> Outcome<()> {
    let mut losses = vec![0.0; labels.len()];
    let rows = losses.par_chunks_mut(1).zip(labels.par_chunks(1));
    rows.enumerate().try_for_each(|(row, (loss, label))| {
        let logits = logits.slice(row..row + 1);
        CrossEntropy::new().losses(logits, CLASSES, label, loss)
    })?;
    Ok(())
}

/// The mean loss of the file by the program, which has 1 GB.
fn evaluate(program: &Path, threads: usize, files: &[PathBuf]) -> Outcome<f64> {
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 1000000; exec \"$0\" \"$@\""])
        .arg(program)
        .args(["eval", "--format=json", "--threads", &threads.to_string()])
        .args(files)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let report: Value = serde_json::from_slice(&output.stdout)?;
    Ok(report["loss_mean"]
        .as_f64()
        .ok_or("there is no mean loss")?)
}
