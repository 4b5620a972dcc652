//! Files of bytes of the fuzzer's: read, written as npy, and read again.

use std::{fs, path::Path, sync::LazyLock};

use surprisal_host::{Error, Labels, Logits, Number, Role, Rows, Sink};
use tempfile::TempDir;

/// Reads a file of these bytes as logits and as labels. It must be refused in one line, or be what
/// its npy file is read as.
pub fn check(bytes: &[u8], ending: &str) {
    // One of the process, in a folder that `run` removes.
    static FOLDER: LazyLock<TempDir> =
        LazyLock::new(|| tempfile::tempdir().expect("there is room for a folder"));
    let folder = FOLDER.path();
    let file = folder.join("file").with_extension(ending);
    fs::write(&file, bytes).expect("there is room for the file");
    let again = folder.join("again.npy");
    let errors = open(&file, &again);
    // Several arrays: the message says how one of them is named.
    if errors.iter().any(|error| error.contains("FILE:NAME")) {
        for name in NAMES {
            let mut place = file.as_os_str().to_owned();
            place.push(name);
            open(Path::new(&place), &again);
        }
    }
}

/// Names of arrays in seeds and dictionaries.
const NAMES: [&str; 3] = [":x", ":f32", ":i64"];

/// Opens a place as logits and as labels; the messages of errors.
fn open(place: &Path, again: &Path) -> Vec<String> {
    let logits = Logits::open(place).map(|logits| match logits {
        Logits::F16(rows) => same_again(&rows, again, |number| number.to_bits().into()),
        Logits::Bf16(rows) => same_again(&rows, again, |number| number.to_bits().into()),
        Logits::F32(rows) => same_again(&rows, again, |number| number.to_bits().into()),
        Logits::F64(rows) => same_again(&rows, again, |number| number.to_bits()),
    });
    let labels = Labels::open(place).map(|labels| same_labels_again(&labels, again));
    let errors = [logits.err(), labels.err()].into_iter().flatten();
    errors.map(|error| message(&error)).collect()
}

fn same_again<T: Number>(rows: &Rows<T>, again: &Path, bits: impl Fn(T) -> u64) {
    let shape = [rows.n_rows(), rows.n_classes()];
    let numbers = rows.slice(0..rows.n_rows());
    write(again, &shape, numbers);
    let read = Rows::<T>::open(again, Role::Logits).expect("what was written is read");
    assert_eq!([read.n_rows(), read.n_classes()], shape);
    let all = |numbers: &[T]| {
        numbers
            .iter()
            .map(|&number| bits(number))
            .collect::<Vec<_>>()
    };
    assert_eq!(all(read.slice(0..shape[0])), all(numbers));
}

fn same_labels_again(labels: &Labels, again: &Path) {
    let values: Vec<i128> = labels.values().collect();
    match values.iter().map(|&label| i64::try_from(label)).collect() {
        Ok::<Vec<i64>, _>(values) => write(again, &[values.len()], &values),
        Err(_) => {
            let values: Vec<u64> = values.iter().map(|&label| label as u64).collect();
            write(again, &[values.len()], &values);
        }
    }
    let read = Labels::open(again).expect("what was written is read");
    assert_eq!(read.values().collect::<Vec<_>>(), values);
}

fn write<T: Number>(path: &Path, shape: &[usize], numbers: &[T]) {
    let mut sink = Sink::create(path, shape, &[]).expect("the folder can be written");
    sink.write(numbers).expect("there is room for the file");
    let finished = sink.finish().expect("there is room for the file");
    finished.commit().expect("the folder can be written");
}

/// The message of an error: one line, without characters that a terminal obeys, and not without
/// end.
fn message(error: &Error) -> String {
    const LONGEST: usize = 4096;
    let message = error.to_string();
    let is_one_line = !message.is_empty() && !message.chars().any(char::is_control);
    assert!(is_one_line && message.len() < LONGEST, "{message:?}");
    message
}
