//! What the programs share that a peer's script starts.

use std::{error::Error, process::ExitCode, time::Instant};

/// Nanoseconds of each run, after one that is not counted.
pub fn times(n_runs: usize, mut run: impl FnMut()) -> Vec<f64> {
    run();
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_nanos() as f64
    };
    (0..n_runs).map(time).collect()
}

/// The status of a program, with its error printed.
pub fn finish(outcome: Result<(), Box<dyn Error>>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
