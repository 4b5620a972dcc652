//! Files that are broken, lying or unsuitable. Each is one line on standard error, status 2, and
//! no output. The comment on each case says what it tries.

use std::fs;

use crate::{npy, program::Folder};

/// Runs every command on the folder: each must refuse with the same line, write no output, and
/// leave one that is there as it was.
#[track_caller]
fn refused(logits: &[u8], labels: &[u8], message: &str) {
    let folder = Folder::with(logits, labels)
        .file("vector.npy", logits)
        .file("existing.npy", b"precious");
    for (command, output) in [
        (&["eval"][..], "--losses"),
        (&["grad"], "--out"),
        (&["hessian", "--form", "packed"], "--out"),
        (&["hvp", "--vector", "vector.npy"], "--out"),
    ] {
        for file in ["new.npy", "existing.npy"] {
            let rest = ["logits.npy", "labels.npy", output, file];
            folder.run(&[command, &rest].concat()).fails_with(message);
            assert_eq!(
                folder.names(),
                ["existing.npy", "labels.npy", "logits.npy", "vector.npy"]
            );
            assert_eq!(fs::read(folder.path("existing.npy")).unwrap(), b"precious");
        }
    }
}

#[track_caller]
pub(crate) fn bad_logits(bytes: &[u8], message: &str) {
    refused(
        bytes,
        &npy::i64s(&[0, 1]),
        &format!("logits 'logits.npy': {message}"),
    );
}

#[track_caller]
pub(crate) fn bad_labels(bytes: &[u8], message: &str) {
    refused(
        &two_rows(),
        bytes,
        &format!("labels 'labels.npy': {message}"),
    );
}

fn two_rows() -> Vec<u8> {
    npy::f32s(2, &[1.0, 0.0, -1.0, 0.5, 0.25, 0.0])
}

fn f32_file(shape: &str, data: usize) -> Vec<u8> {
    npy::file(1, "<f4", "False", shape, &vec![0; data])
}

#[test]
fn files_that_are_not_there_or_no_files() {
    let folder = Folder::with(&two_rows(), &npy::i64s(&[0, 1]));
    // A name with a typo.
    folder
        .run(&["eval", "logit.npy", "labels.npy"])
        .fails_with("logits 'logit.npy': No such file or directory (os error 2)");
    folder
        .run(&["eval", "logits.npy", "lables.npy"])
        .fails_with("labels 'lables.npy': No such file or directory (os error 2)");
    // A folder without an array, and one in which not every array is a shard of the logits.
    fs::create_dir(folder.path("empty")).unwrap();
    folder.run(&["eval", "empty", "labels.npy"]).fails_with(
        "logits 'empty': is a folder without a file that ends in npy, npz, safetensors, parquet, \
         arrow, feather, ipc, csv, tsv",
    );
    folder.run(&["eval", ".", "labels.npy"]).fails_with(
        "logits './labels.npy': holds numbers of type '<i8', needs float16, bfloat16 (type 'V2', \
         as the Python package ml_dtypes saves it), float32 or float64",
    );
    // A pattern that nothing matches.
    folder
        .run(&["eval", "x*.npy", "labels.npy"])
        .fails_with("logits 'x*.npy': No such file or directory (os error 2)");
    // A name that would break the one line in two.
    folder
        .run(&["eval", "a\nb", "labels.npy"])
        .fails_with("logits 'a\\nb': No such file or directory (os error 2)");
}

#[cfg(unix)]
#[test]
fn a_device_is_not_read() {
    let folder = Folder::with(&two_rows(), &npy::i64s(&[0, 1]));
    // Endless zeros.
    folder
        .run(&["eval", "/dev/zero", "labels.npy"])
        .fails_with("logits '/dev/zero': is not a regular file");
}

#[test]
fn beginnings_that_are_no_header() {
    // Nothing at all.
    bad_logits(b"", "is empty, not an npy file");
    // Text.
    bad_logits(
        b"1.0,2.0\n",
        "is not an npy file: it starts with \"1.0,2.\"",
    );
    // The magic string cut short.
    bad_logits(
        b"\x93NUM",
        "is not an npy file: it starts with \"\\x93NUM\"",
    );
    // Nothing after the magic string, after the version, and within the header.
    for length in [6, 7, 8, 9, 10, 40] {
        bad_logits(&two_rows()[..length], "ends inside its npy header");
    }
    // Versions that do not exist.
    bad_logits(
        &npy::file(4, "<f4", "False", "2, 3", &[0; 24]),
        "is npy version 4.0, versions 1.0, 2.0 and 3.0 are known",
    );
    // A header of 4 GiB in a file of a few bytes.
    bad_logits(
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{",
        "claims an npy header of 4294967295 bytes, at most 65536 are read",
    );
    // The longest that is read, and a byte more.
    bad_logits(
        b"\x93NUMPY\x02\x00\x00\x00\x01\x00{",
        "ends inside its npy header",
    );
    bad_logits(
        b"\x93NUMPY\x02\x00\x01\x00\x01\x00{",
        "claims an npy header of 65537 bytes, at most 65536 are read",
    );
}

#[test]
fn headers_that_are_no_dictionary_of_an_array() {
    let header = |text: &str| npy::with_header(1, text.as_bytes(), &[0; 24]);
    // Nesting as deep as the header is long, against readers that recurse.
    bad_logits(
        &header(&"[".repeat(60000)),
        "has an npy header that has no '{' at byte 0",
    );
    bad_logits(
        &header(&format!("{{'shape': {}", "(".repeat(60000))),
        "has an npy header that has no dimension at byte 11",
    );
    // Bytes that are no text.
    bad_logits(
        &npy::with_header(3, &[0xff; 64], &[]),
        "has an npy header that has no '{' at byte 0",
    );
    // Keys that lack, repeat or surprise.
    bad_logits(
        &header("{'descr': '<f4', 'shape': (2, 3)}"),
        "has an npy header that lacks the key 'fortran_order'",
    );
    bad_logits(
        &header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'shape': (4, 3)}"),
        "has an npy header that has the key 'shape' twice",
    );
    bad_logits(
        &header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': 1}"),
        "has an npy header that has an unknown key at byte 58",
    );
    // Dimensions that are negative, words, or beyond 64 bits.
    bad_logits(
        &header("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3)}"),
        "has an npy header that has no dimension at byte 51",
    );
    bad_logits(
        &header("{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551616, 3)}"),
        "has an npy header that has a dimension of more than 64 bits at byte 51",
    );
    // Named fields.
    bad_logits(
        &header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}"),
        "has an npy header that describes records with fields, an array of plain numbers is needed",
    );
}

#[test]
fn shapes_that_the_file_does_not_hold() {
    // One number less, one byte less, and one byte more.
    bad_logits(
        &f32_file("2, 3", 20),
        "is truncated: shape [2, 3] needs 24 bytes of data, there are 20",
    );
    bad_logits(
        &f32_file("2, 3", 23),
        "is truncated: shape [2, 3] needs 24 bytes of data, there are 23",
    );
    bad_logits(
        &f32_file("2, 3", 25),
        "is longer than its array: shape [2, 3] needs 24 bytes of data, there are 25",
    );
    // 4 TB claimed by a file of 100 bytes: nothing is allocated.
    bad_logits(
        &f32_file("1000000, 1000000", 24),
        "is truncated: shape [1000000, 1000000] needs 4000000000000 bytes of data, there are 24",
    );
    // A product that wraps to 2 * 3 numbers in 64 bits, and one that wraps to 0.
    bad_logits(
        &f32_file("9223372036854775811, 2", 24),
        "shape [9223372036854775811, 2] is more than memory can address",
    );
    bad_logits(
        &f32_file("4294967296, 4294967296", 0),
        "shape [4294967296, 4294967296] is more than memory can address",
    );
    // Few enough numbers, too many bytes.
    bad_logits(
        &f32_file("4611686018427387904, 1", 0),
        "shape [4611686018427387904, 1] is more than memory can address",
    );
    // No numbers at all, hiding a dimension that overflows everything that multiplies.
    bad_logits(
        &f32_file("0, 18446744073709551615", 0),
        "shape [0, 18446744073709551615] is more than memory can address",
    );
}

#[test]
fn arrays_that_cannot_be_logits() {
    // Columns first.
    bad_logits(
        &npy::file(1, "<f4", "True", "2, 3", &[0; 24]),
        "is in Fortran order, needs C order; in Python, save numpy.ascontiguousarray(array)",
    );
    // No, one, three and eight dimensions, and a thousand.
    bad_logits(
        &f32_file("", 4),
        "has shape [], needs 2 dimensions [rows, classes]",
    );
    bad_logits(
        &f32_file("6,", 24),
        "has shape [6], needs 2 dimensions [rows, classes]",
    );
    bad_logits(
        &f32_file("2, 1, 3", 24),
        "has shape [2, 1, 3], needs 2 dimensions [rows, classes]",
    );
    bad_logits(
        &f32_file(&"1, ".repeat(8), 4),
        "has shape [1, 1, 1, 1, 1, 1, 1, 1], needs 2 dimensions [rows, classes]",
    );
    bad_logits(
        &f32_file(&"1, ".repeat(1000), 4),
        "has shape [1, 1, 1, 1, 1, 1, 1, 1, ...], needs 2 dimensions [rows, classes]",
    );
    // Types: integers, complex numbers, text, objects, quadruple precision, numbers without a
    // byte order, bytes as many as no type here has or that no order is given for, nonsense.
    for descr in [
        "<i4", "<c8", "<U3", "|O", "<f16", "|f4", "=f4", "f4", "|f2", "=f2", "f2", "<V1", "|V1",
        "<V3", "<V4", "<V20", "=V2", "V2", "zz", "",
    ] {
        bad_logits(
            &npy::file(1, descr, "False", "2, 3", &[0; 24]),
            &format!(
                "holds numbers of type '{descr}', needs float16, bfloat16 (type 'V2', as the \
                 Python package ml_dtypes saves it), float32 or float64"
            ),
        );
    }
    // Rows without classes.
    bad_logits(
        &f32_file("2, 0", 0),
        "has shape [2, 0]: 0 classes, at least 1 is needed",
    );
    bad_logits(
        &f32_file("0, 0", 0),
        "has shape [0, 0]: 0 classes, at least 1 is needed",
    );
}

#[test]
fn arrays_that_cannot_be_labels() {
    // One-hot rows.
    bad_labels(
        &npy::file(1, "<i8", "False", "2, 3", &[0; 48]),
        "has shape [2, 3], needs 1 dimension [rows]",
    );
    // Types: floats, truth values.
    for descr in ["<f8", "|b1"] {
        bad_labels(
            &npy::file(1, descr, "False", "2,", &[0; 16]),
            &format!("holds numbers of type '{descr}', needs an integer type of 8 to 64 bits"),
        );
    }
    // One more and one less than there are rows.
    bad_labels(
        &npy::i64s(&[0, 1, 2]),
        "number of rows is 3, that of logits 'logits.npy' is 2",
    );
    bad_labels(
        &npy::i64s(&[0]),
        "number of rows is 1, that of logits 'logits.npy' is 2",
    );
    // Cut short.
    bad_labels(
        &npy::file(1, "<i8", "False", "2,", &[0; 15]),
        "is truncated: shape [2] needs 16 bytes of data, there are 15",
    );
}

#[test]
fn labels_that_are_no_class() {
    // One beyond the last, one before the first, and the ends of their types.
    for (label, row, labels) in [
        (3, 1, [0, 3]),
        (-1, 0, [-1, 0]),
        (i64::MAX, 0, [i64::MAX, 5]),
        (i64::MIN, 1, [-100, i64::MIN]),
    ] {
        bad_labels(
            &npy::i64s(&labels),
            &format!("row {row} has label {label}, outside 0..3 and not ignored"),
        );
    }
    bad_labels(
        &npy::file(1, "<u8", "False", "2,", &[0xff; 16]),
        "row 0 has label 18446744073709551615, outside 0..3 and not ignored",
    );
}

#[test]
fn a_label_in_a_late_block_stops_everything_before_the_first_output() {
    let n_rows = 5000;
    let mut labels = vec![0; n_rows];
    labels[4999] = 7;
    refused(
        &npy::f32s(n_rows, &vec![0.5; n_rows * 7]),
        &npy::i64s(&labels),
        "labels 'labels.npy': row 4999 has label 7, outside 0..7 and not ignored",
    );
}

#[test]
fn vectors_that_do_not_fit() {
    let beside = |logits: &[u8], vector: &[u8], message: &str| {
        let folder = Folder::with(logits, &npy::i64s(&[0, 1])).file("v.npy", vector);
        let arguments = [
            "hvp",
            "logits.npy",
            "labels.npy",
            "--vector",
            "v.npy",
            "--out",
            "out.npy",
        ];
        folder
            .run(&arguments)
            .fails_with(&format!("vector 'v.npy': {message}"));
        assert_eq!(folder.names(), ["labels.npy", "logits.npy", "v.npy"]);
    };
    let run = |vector: &[u8], message: &str| beside(&two_rows(), vector, message);
    // One vector for all rows, other rows, other classes, the transpose.
    run(
        &f32_file("3,", 12),
        "has shape [3], needs 2 dimensions [rows, classes]",
    );
    run(
        &f32_file("1, 3", 12),
        "has shape [1, 3], the logits have [2, 3]",
    );
    run(
        &f32_file("2, 2", 16),
        "has shape [2, 2], the logits have [2, 3]",
    );
    run(
        &f32_file("3, 2", 24),
        "has shape [3, 2], the logits have [2, 3]",
    );
    // Another type of float, which would be rounded without a word.
    run(
        &npy::f64s(2, &[0.0; 6]),
        "holds float64, these logits need float32",
    );
    // Logits of 16 bits need what they are computed in, not what they are.
    for descr in ["<f2", "<V2"] {
        let half = npy::file(1, descr, "False", "2, 3", &[0; 12]);
        beside(
            &half,
            &half,
            &format!("holds numbers of type '{descr}', needs float32 or float64"),
        );
        beside(
            &half,
            &npy::f64s(2, &[0.0; 6]),
            "holds float64, these logits need float32",
        );
    }
    // And the faults of any file.
    run(
        &f32_file("2, 3", 4),
        "is truncated: shape [2, 3] needs 24 bytes of data, there are 4",
    );
    run(b"", "is empty, not an npy file");
}
