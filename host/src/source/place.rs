//! From what a user writes to the files that are meant: names of arrays, folders, patterns, and
//! standard input.

use std::{
    cmp::Ordering,
    ffi::OsStr,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

use glob::{MatchOptions, glob_with};

use crate::{
    array::{ArrayName, Role},
    error::Error,
};

/// Endings of the files of a folder that are taken for shards.
const ENDINGS: [&str; 9] = [
    "npy",
    "npz",
    "safetensors",
    "parquet",
    "arrow",
    "feather",
    "ipc",
    "csv",
    "tsv",
];

/// A place where an array is: a file, and the name that the array has in it, where one is given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// `-` for standard input.
    pub(super) path: PathBuf,
    pub(super) member: Option<String>,
}

impl Place {
    fn new(path: impl Into<PathBuf>, member: Option<&str>) -> Self {
        Self {
            path: path.into(),
            member: member.map(str::to_owned),
        }
    }

    pub(super) fn is_standard_input(&self) -> bool {
        self.path == Path::new("-")
    }

    /// The array in this place as messages name it: `FILE` or `FILE:NAME`.
    pub(super) fn name(&self, role: Role) -> ArrayName {
        let mut written = self.path.to_string_lossy().into_owned();
        if let Some(member) = &self.member {
            written.push(':');
            written.push_str(member);
        }
        let paths = if self.is_standard_input() {
            Vec::new()
        } else {
            vec![self.path.clone()]
        };
        ArrayName::files(role, written, paths)
    }
}

/// The places that the user means, in order: at least one.
///
/// A file of exactly that name comes first; then, for `PLACE:NAME`, what stands before the last
/// colon. Files of a folder and files that match a pattern come in the order of their names, in
/// which a number counts by its value: `part-2` comes before `part-10`.
pub(super) fn find(written: &Path, role: Role) -> Result<Vec<Place>, Error> {
    let whole = Place::new(written, None);
    if whole.is_standard_input() {
        return Ok(vec![whole]);
    }
    for (path, member) in readings(written) {
        let found = if path.is_dir() {
            shards(path).map_err(|cause| read_error(path, role, cause))?
        } else if path.exists() {
            vec![path.to_owned()]
        } else {
            matches(path).map_err(|cause| read_error(written, role, cause))?
        };
        if !found.is_empty() {
            let places = found.into_iter().map(|path| Place::new(path, member));
            return Ok(places.collect());
        }
        if path.is_dir() {
            return Err(Error::NoShards {
                array: ArrayName::file(role, path),
                endings: ENDINGS.join(", "),
            });
        }
    }
    // Opening it says what is wrong.
    Ok(vec![whole])
}

/// All of several, as one array and as messages name it.
pub(super) fn find_all(
    written: &[impl AsRef<Path>],
    role: Role,
) -> Result<(ArrayName, Vec<Place>), Error> {
    let mut places = Vec::new();
    for written in written {
        places.extend(find(written.as_ref(), role)?);
    }
    let first = written
        .first()
        .map(|first| first.as_ref().to_string_lossy());
    let mut shown = first.unwrap_or_default().into_owned();
    if written.len() > 1 {
        let _ = write!(shown, " and {} more", written.len() - 1);
    }
    let files = places.iter().filter(|place| !place.is_standard_input());
    let paths = files.map(|place| place.path.clone()).collect();
    Ok((ArrayName::files(role, shown, paths), places))
}

/// `written` as a path, and as a path with the name of an array after its last colon.
fn readings(written: &Path) -> impl Iterator<Item = (&Path, Option<&str>)> {
    let split = written.to_str().and_then(|text| text.rsplit_once(':'));
    let with_member = split.filter(|(path, member)| !path.is_empty() && !member.is_empty());
    let with_member = with_member.map(|(path, member)| (Path::new(path), Some(member)));
    std::iter::once((written, None)).chain(with_member)
}

/// The files of a folder that could hold arrays, in order.
fn shards(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let is_shard = |path: &PathBuf| {
        let is_hidden = |name: &OsStr| name.to_string_lossy().starts_with('.');
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        !path.file_name().is_none_or(is_hidden)
            && ENDINGS.iter().any(|&known| ending == known)
            && path.is_file()
    };
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
    Ok(sorted(entries.into_iter().filter(is_shard).collect()))
}

/// The regular files that match a pattern, in order.
fn matches(pattern: &Path) -> io::Result<Vec<PathBuf>> {
    let is_pattern = |text: &&str| text.contains(['*', '?', '[']);
    let Some(pattern) = pattern.to_str().filter(is_pattern) else {
        return Ok(Vec::new());
    };
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let found = glob_with(pattern, options).map_err(io::Error::other)?;
    let paths: Vec<_> = found.collect::<Result<_, _>>().map_err(io::Error::from)?;
    Ok(sorted(
        paths.into_iter().filter(|path| path.is_file()).collect(),
    ))
}

fn sorted(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort_by(|a, b| natural_order(&a.to_string_lossy(), &b.to_string_lossy()));
    paths
}

/// The order of names in which runs of digits count by their value; of equal ones the order of
/// their characters decides.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    while let (Some(first_a), Some(first_b)) = (rest_a.chars().next(), rest_b.chars().next()) {
        let order = if first_a.is_ascii_digit() && first_b.is_ascii_digit() {
            let (number_a, number_b) = (digits(&mut rest_a), digits(&mut rest_b));
            // Without leading zeros the longer number is the larger.
            let by_length = number_a.len().cmp(&number_b.len());
            by_length.then_with(|| number_a.cmp(number_b))
        } else {
            rest_a = &rest_a[first_a.len_utf8()..];
            rest_b = &rest_b[first_b.len_utf8()..];
            first_a.cmp(&first_b)
        };
        if order.is_ne() {
            return order;
        }
    }
    rest_a.len().cmp(&rest_b.len()).then_with(|| a.cmp(b))
}

/// Takes the number that `rest` starts with, without leading zeros.
fn digits<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let (number, after) = rest.split_at(end.unwrap_or(rest.len()));
    *rest = after;
    number.trim_start_matches('0')
}

fn read_error(path: &Path, role: Role, cause: io::Error) -> Error {
    Error::Read {
        array: ArrayName::file(role, path),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_by_their_value() {
        let mut names = [
            "a10", "a9", "b1", "a", "a09b", "a9b", "a010", "a9a", "é1", "a1-10", "a1-9",
        ];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(
            names,
            [
                "a", "a1-9", "a1-10", "a9", "a9a", "a09b", "a9b", "a010", "a10", "b1", "é1"
            ]
        );
    }

    #[test]
    fn the_name_of_an_array_stands_after_the_last_colon() {
        let of = |text: &'static str| readings(Path::new(text)).collect::<Vec<_>>();
        assert_eq!(of("a.npy"), [(Path::new("a.npy"), None)]);
        assert_eq!(
            of("c:a.npz:x"),
            [
                (Path::new("c:a.npz:x"), None),
                (Path::new("c:a.npz"), Some("x"))
            ]
        );
        assert_eq!(of("a.npz:").len(), 1);
        assert_eq!(of(":x").len(), 1);
    }
}
