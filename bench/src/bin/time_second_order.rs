//! Times second derivatives on arrays that another program has written, for
//! `bench/peers/second_order.py`.
//!
//! ```text
//! time_second_order LOGITS LABELS VECTORS CLASSES RUNS EIGENVALUES
//! ```
//!
//! LOGITS, LABELS and VECTORS are files of little-endian `f32`, `u32` and `f32`. After one run to
//! warm up, Hessian-vector products are computed RUNS times, then Hessians, then the eigenvalues of
//! the Hessian of the first row, that in `f64`; all on one thread. The times are printed as JSON, in
//! nanoseconds; the eigenvalues go to the file EIGENVALUES, as `f64`.

use std::{env, error::Error, fs, hint::black_box, process::ExitCode};

use serde_json::json;
use surprisal::{Backend, CrossEntropy, RowHessian, row_hessian::Spectrum};
use surprisal_bench::{Buffers, Contender, Inputs, Kernel, Task, finish, numbers, times};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    finish(time_second_order(&arguments))
}

fn time_second_order(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [logits, labels, vectors, n_classes, n_runs, eigenvalues] = arguments else {
        let usage = "time_second_order LOGITS LABELS VECTORS CLASSES RUNS EIGENVALUES";
        return Err(format!("usage: {usage}").into());
    };
    let n_runs = n_runs.parse()?;
    let inputs = Inputs {
        logits: numbers(logits, f32::from_le_bytes)?,
        labels: numbers(labels, u32::from_le_bytes)?,
        vectors: numbers(vectors, f32::from_le_bytes)?,
        n_classes: n_classes.parse()?,
    };
    inputs.check()?;

    let backend = Backend::detect();
    let [product, hessian] = [Task::HessianVectorProduct, Task::Hessian].map(|task| {
        let mut buffers = Buffers::new(task, &inputs);
        let mut kernel = Kernel { backend, task };
        times(n_runs, || {
            kernel.run(black_box(&inputs), black_box(&mut buffers));
        })
    });
    let row: Vec<f64> = inputs.logits[..inputs.n_classes]
        .iter()
        .map(|&z| z.into())
        .collect();
    let mut spectrum = vec![0.0; row.len()];
    let of_spectrum = times(n_runs, || {
        eigenvalues_of(black_box(&row), black_box(&mut spectrum));
    });
    let bytes: Vec<u8> = spectrum.iter().flat_map(|mu| mu.to_le_bytes()).collect();
    fs::write(eigenvalues, bytes)?;
    let report = json!({
        "backend": backend.name(),
        "Hessian-vector product": product,
        "Hessian": hessian,
        "eigenvalues": of_spectrum,
    });
    println!("{report}");
    Ok(())
}

/// All of the Hessian of a row, which do not depend on its label.
fn eigenvalues_of(logits: &[f64], eigenvalues: &mut [f64]) {
    let mut workspace = vec![0.0; RowHessian::<f64>::workspace_len(logits.len())];
    let mut of_spectrum = vec![0.0; Spectrum::<f64>::workspace_len(logits.len())];
    let hessian = CrossEntropy::new().row_hessian(logits, 0, &mut workspace);
    let found = hessian.and_then(|h| h.spectrum(&mut of_spectrum)?.eigenvalues(eigenvalues));
    found.expect("the workspaces fit");
}
