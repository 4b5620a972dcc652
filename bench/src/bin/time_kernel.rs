//! Times the kernel on arrays that another program has written, for `bench/peers/compare.py`.
//!
//! ```text
//! time_kernel LOGITS LABELS CLASSES RUNS LOSSES
//! ```
//!
//! LOGITS and LABELS are files of little-endian `f32` and `u32`. After one run to warm up, losses
//! are computed RUNS times, then losses with gradients, on one thread. The times are printed as
//! JSON, in nanoseconds; the losses go to the file LOSSES, as `f32`.

use std::{env, error::Error, fs, hint::black_box, process::ExitCode};

use serde_json::json;
use surprisal::Backend;
use surprisal_bench::{Buffers, Contender, Inputs, Kernel, Task, finish, numbers, times};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    finish(time_kernel(&arguments))
}

fn time_kernel(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [logits, labels, n_classes, n_runs, losses] = arguments else {
        return Err("usage: time_kernel LOGITS LABELS CLASSES RUNS LOSSES".into());
    };
    let n_runs = n_runs.parse()?;
    let inputs = Inputs {
        logits: numbers(logits, f32::from_le_bytes)?,
        labels: numbers(labels, u32::from_le_bytes)?,
        vectors: Vec::new(),
        n_classes: n_classes.parse()?,
    };
    inputs.check()?;

    let backend = Backend::detect();
    let [loss, with_gradient] = [Task::Loss, Task::LossWithGradient].map(|task| {
        let mut buffers = Buffers::new(task, &inputs);
        let mut kernel = Kernel { backend, task };
        let times = times(n_runs, || {
            kernel.run(black_box(&inputs), black_box(&mut buffers));
        });
        (times, buffers.losses)
    });
    let bytes: Vec<u8> = loss.1.iter().flat_map(|loss| loss.to_le_bytes()).collect();
    fs::write(losses, bytes)?;
    let report = json!({
        "backend": backend.name(),
        "loss": loss.0,
        "loss and gradient": with_gradient.0,
    });
    println!("{report}");
    Ok(())
}
