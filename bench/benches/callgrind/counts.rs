//! The counts, as callgrind has written them, against the committed figures.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use surprisal_bench::{COMPILER, figures::Figures};

use crate::LOGITS;

/// Set to anything, it has the counts written as the new figures.
const WRITE: &str = "SURPRISAL_WRITE_FIGURES";

const FIGURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/callgrind/figures.csv");

/// Looks at every count, after all have been made.
///
/// A count of zero comes of callgrind not finding the counted function in a binary without
/// symbols; the runner reports it as it would any other.
///
/// # Panics
///
/// If there are no counts, one is zero, or one does not fit its figure.
pub(crate) fn check() {
    let counted = counted();
    assert!(
        !counted.counts.is_empty(),
        "callgrind has written no counts to {}",
        directory().display()
    );
    for ((operation, case), &count) in &counted.counts {
        assert!(
            count > 0.0,
            "nothing was counted in {operation} {case}: is the binary stripped?"
        );
    }

    if env::var_os(WRITE).is_some() {
        fs::write(FIGURES, counted.to_string()).expect("the figures can be written");
        return;
    }
    let figures = fs::read_to_string(FIGURES).expect("the figures can be read");
    let figures: Figures = figures
        .parse()
        .expect("the figures are as they were written");
    let misfits = figures.misfits(&counted);
    assert!(
        misfits.is_empty(),
        "instruction counts do not fit the committed figures:\n{}\n\
         Where this is meant, {WRITE}=1 .ci/run counts writes new figures.",
        misfits.join("\n")
    );
}

/// The counts of the last run: `GROUP/FUNCTION.CASE/callgrind.FUNCTION.CASE.out`.
fn counted() -> Figures {
    let files = files().expect("the counts can be read");
    let counts = files.iter().map(|file| {
        let directory = file.parent().and_then(Path::file_name).expect("it has one");
        let name = directory.to_string_lossy();
        let (operation, case) = name.split_once('.').expect("FUNCTION.CASE");
        let text = fs::read_to_string(file).expect("the count can be read");
        let count = instructions(&text).expect("callgrind gives a total");
        let of_a_logit = count as f64 / LOGITS as f64;
        ((operation.to_owned(), case.to_owned()), of_a_logit)
    });
    Figures {
        compiler: format!("{COMPILER}, {}", env::consts::ARCH),
        counts: counts.collect(),
    }
}

/// Where the runner keeps the counts of this bench, unless it is told otherwise.
fn directory() -> PathBuf {
    // The target directory has two children that do not depend on the profile.
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let package = Path::new("gungraun")
        .join(env!("CARGO_PKG_NAME"))
        .join("callgrind");
    scratch.with_file_name(package)
}

fn files() -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut directories = vec![directory()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "out") {
                files.push(path);
            }
        }
    }
    Ok(files)
}

/// The first of the totals in a file of callgrind: instructions executed.
fn instructions(text: &str) -> Option<u64> {
    let totals = text.lines().find_map(|line| line.strip_prefix("totals:"))?;
    totals.split_whitespace().next()?.parse().ok()
}
