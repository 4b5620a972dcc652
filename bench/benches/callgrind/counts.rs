//! The counts, as callgrind has written them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Looks at every count, after all have been made.
///
/// A count of zero comes of callgrind not finding the counted function in a binary without
/// symbols; the runner reports it as it would any other.
///
/// # Panics
///
/// If there are no counts, or one is zero.
pub(crate) fn check() {
    let files = files().expect("the counts can be read");
    assert!(
        !files.is_empty(),
        "callgrind has written no counts to {}",
        directory().display()
    );
    for file in files {
        let text = fs::read_to_string(&file).expect("the count can be read");
        let instructions = instructions(&text);
        assert!(
            instructions.is_some_and(|count| count > 0),
            "nothing was counted in {}: is the binary stripped?",
            file.display()
        );
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

/// The counts of the last run: `GROUP/FUNCTION.ID/callgrind.FUNCTION.ID.out`.
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
