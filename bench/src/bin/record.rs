//! Prints a record of a run of the benches as Markdown.
//!
//! ```text
//! cargo bench -p surprisal-bench -- --save-baseline NAME
//! cargo run -p surprisal-bench --bin record -- NAME > bench/records/NAME.md
//! ```
//!
//! NAME begins with the day: `2026-11-23-zen3`. After it there may be other folders of criterion
//! than the one of this build.

use std::{env, error::Error, path::PathBuf, process::ExitCode};

use surprisal::Backend;
use surprisal_bench::record::{machine, measurements, tables};

fn main() -> ExitCode {
    match record(env::args().skip(1)) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn record(mut arguments: impl Iterator<Item = String>) -> Result<String, Box<dyn Error>> {
    let name = arguments.next().ok_or("usage: record NAME [FOLDER...]")?;
    if !begins_with_a_day(&name) {
        return Err(format!("{name}: a record's name begins with the day, as 2026-11-23").into());
    }
    let mut folders: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    if folders.is_empty() {
        folders.push(criterion_folder()?);
    }
    let mut found = Vec::new();
    for folder in &folders {
        found.extend(measurements(folder, &name)?);
    }
    if found.is_empty() {
        let command = format!("cargo bench -p surprisal-bench -- --save-baseline {name}");
        return Err(format!("nothing was measured under the name {name}: {command}").into());
    }
    let (machine, tables) = (machine(), tables(found, Backend::detect()));
    Ok(format!("# {name}\n\n{machine}{tables}"))
}

fn begins_with_a_day(name: &str) -> bool {
    name.len() >= 10
        && name.bytes().take(10).enumerate().all(|(i, byte)| match i {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// The program is in `target/PROFILE`, criterion's folder in `target`.
fn criterion_folder() -> Result<PathBuf, Box<dyn Error>> {
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("no target folder")?;
    Ok(target.join("criterion"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_with_a_day() {
        assert!(begins_with_a_day("2026-11-23"));
        assert!(begins_with_a_day("2026-11-23-zen3"));
        for name in ["", "2026-11", "zen3-2026-11-23", "2026/11/23", "new"] {
            assert!(!begins_with_a_day(name), "{name}");
        }
    }
}
