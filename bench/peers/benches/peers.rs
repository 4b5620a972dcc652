//! The kernel beside other Rust packages, one thread each.
//!
//! ```text
//! cargo bench --manifest-path bench/peers/Cargo.toml
//! cargo bench --manifest-path bench/peers/Cargo.toml -- --test    checked once, untimed
//! ```

use std::{
    env, io,
    process::{Command, ExitCode},
    time::Duration,
};

use criterion::{Criterion, criterion_group};
use rayon::ThreadPoolBuilder;
use surprisal::Backend;
use surprisal_bench::{Kernel, Race, Size, Task};
use surprisal_peers::{Burn, ByHand, Candle};

/// Has the C library of Linux keep freed memory for the next allocation. It would give it back to
/// the system, and contenders that allocate their results would spend most of their time in page
/// faults.
const KEEP_MEMORY: [(&str, &str); 2] = [
    ("MALLOC_MMAP_MAX_", "0"),
    ("MALLOC_TRIM_THRESHOLD_", "1000000000000"),
];

const CLASSES: [usize; 4] = [10, 100, 1000, 32_000];

fn peers(criterion: &mut Criterion) {
    // Candle works on all threads of rayon; the others here have one.
    let one = ThreadPoolBuilder::new().num_threads(1).build_global();
    one.expect("nobody has used rayon before");
    for n_classes in CLASSES {
        for with_gradient in [false, true] {
            let task = Task::loss(with_gradient);
            let mut race = Race::new(criterion, "peers", task, Size::LastLevel, n_classes);
            let backend = Backend::detect();
            race.enter(Kernel { backend, task });
            race.enter(Candle::new(with_gradient));
            race.enter(Burn::new(with_gradient));
            race.enter(ByHand::new(with_gradient));
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
        .without_plots();
    targets = peers
}

fn main() -> io::Result<ExitCode> {
    // The C library reads its settings when a process starts.
    if env::var_os(KEEP_MEMORY[0].0).is_none() {
        let mut again = Command::new(env::current_exe()?);
        let status = again
            .args(env::args_os().skip(1))
            .envs(KEEP_MEMORY)
            .status()?;
        return Ok(if status.success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
    Ok(ExitCode::SUCCESS)
}
