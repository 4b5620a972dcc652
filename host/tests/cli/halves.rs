//! Logits of 16 bits give, bit for bit, what the same numbers give as f32.
//!
//! The numbers are every tenth row of the digits, rounded and widened by NumPy 2.4.6 and
//! ml_dtypes 0.6.0, where bfloat16 comes from:
//!
//! ```python
//! import numpy as np, ml_dtypes
//! x = np.load("host/data/digits_logits.npy")[::10]
//! for name, half in ("f16", np.float16), ("bf16", ml_dtypes.bfloat16):
//!     np.save(f"host/data/digits_{name}.npy", x.astype(half))
//!     np.save(f"host/data/digits_{name}_widened.npy", x.astype(half).astype(np.float32))
//! ```

use std::fs;

use serde_json::Value;

use crate::{
    bad_input::{bad_labels, bad_logits},
    npy::{self, Array, DataSet},
    program::Folder,
};

/// Every command, with its outputs: what `eval` prints, and all files that are written.
fn outputs(folder: &Folder) -> (Value, Vec<Vec<u8>>) {
    let json = folder.json(&["--losses", "losses.npy"]);
    let mut files = vec![fs::read(folder.path("losses.npy")).unwrap()];
    for command in [
        &["grad"][..],
        &["grad", "--reduction", "mean"],
        &["hessian", "--form", "diagonal"],
        &["hessian", "--form", "packed"],
        &["hessian", "--form", "dense"],
        &["hvp", "--vector", "vector.npy"],
    ] {
        let rest = ["logits.npy", "labels.npy", "--out", "out.npy"];
        folder.run(&[command, &rest].concat()).success();
        let output = Array::read(&folder.path("out.npy"));
        assert_eq!(output.descr, "<f4", "{command:?}");
        assert!(!output.data.is_empty(), "{command:?}");
        files.push(fs::read(folder.path("out.npy")).unwrap());
    }
    (json, files)
}

/// Compares files of the same logits, one of which holds them as f32.
#[track_caller]
fn same(half: &[u8], dtype: &str, widened: &[u8], labels: &[i64], n_classes: usize) {
    let vector: Vec<f32> = (0..labels.len() * n_classes)
        .map(|i| ((i * 7919) % 1000) as f32 / 100.0 - 4.0)
        .collect();
    let folder = |logits| {
        Folder::with(logits, &npy::i64s(labels))
            .file("vector.npy", &npy::f32s(labels.len(), &vector))
    };
    let (mut actual, actual_files) = outputs(&folder(half));
    let (expected, expected_files) = outputs(&folder(widened));
    assert_eq!(actual["dtype"], dtype);
    assert_eq!(expected["dtype"], "float32");
    actual["dtype"] = "float32".into();
    assert_eq!(actual, expected);
    assert!(actual_files == expected_files, "{dtype}");
}

/// The same file with the bytes of each number swapped.
fn swapped(array: &Array, descr: &str) -> Vec<u8> {
    let data: Vec<u8> = array.data.chunks(2).flat_map(|x| [x[1], x[0]]).collect();
    let [n_rows, n_classes] = array.shape[..] else {
        panic!("rows and classes");
    };
    npy::file(1, descr, "False", &format!("{n_rows}, {n_classes}"), &data)
}

#[test]
fn digits() {
    let mut labels: Vec<i64> = DataSet::read("digits").labels;
    labels = labels.into_iter().step_by(10).collect();
    labels[7] = -100;
    for (name, dtype, descr) in [("f16", "float16", "<f2"), ("bf16", "bfloat16", "<V2")] {
        let path = npy::data(&format!("digits_{name}.npy"));
        let array = Array::read(&path);
        assert_eq!(
            (array.descr.as_str(), &array.shape[..]),
            (descr, &[180, 10][..])
        );
        let half = fs::read(path).unwrap();
        let widened = fs::read(npy::data(&format!("digits_{name}_widened.npy"))).unwrap();
        same(&half, dtype, &widened, &labels, 10);

        let big = swapped(&array, &descr.replace('<', ">"));
        same(&big, dtype, &widened, &labels, 10);
    }
}

#[test]
fn bfloat16_without_a_byte_order_is_little_endian() {
    let logits = [1.0_f32, -3.5, 0.25, 0.0];
    let data: Vec<u8> = logits
        .iter()
        .flat_map(|x| x.to_le_bytes()[2..].to_vec())
        .collect();
    let half = npy::file(1, "|V2", "False", "2, 2", &data);
    same(&half, "bfloat16", &npy::f32s(2, &logits), &[0, 1], 2);
}

/// Masked classes, NaN, infinities, the largest and the smallest numbers of both types.
#[test]
fn odd_numbers() {
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    // Bit patterns of IEEE 754: sign, 5 bits of exponent biased by 15, 10 of the significand.
    let f16 = [
        (0x7bff, 65504.0),
        (0xfbff, -65504.0),
        (0x0400, 2.0_f32.powi(-14)),
        (0x03ff, 1023.0 * 2.0_f32.powi(-24)),
        (0x8001, -(2.0_f32.powi(-24))),
        (0x8000, -0.0),
        (0xfc00, -inf),
        (0x3c01, 1.0 + 2.0_f32.powi(-10)),
        (0x7c00, inf),
        (0x0000, 0.0),
        (0x7e00, nan),
        (0x4248, 3.140625),
    ];
    // Sign, 8 bits of exponent biased by 127, 7 of the significand.
    let bf16 = [
        (0x7f7f, 255.0 * 2.0_f32.powi(120)),
        (0xff7f, -255.0 * 2.0_f32.powi(120)),
        (0x0080, 2.0_f32.powi(-126)),
        (0x007f, 127.0 * 2.0_f32.powi(-126) / 128.0),
        (0x8001, -(2.0_f32.powi(-126) / 128.0)),
        (0x8000, -0.0),
        (0xff80, -inf),
        (0x3f81, 1.0 + 2.0_f32.powi(-7)),
        (0x7f80, inf),
        (0x0000, 0.0),
        (0x7fc0, nan),
        (0x4049, 3.140625),
    ];
    for (dtype, descr, numbers) in [("float16", "<f2", f16), ("bfloat16", "<V2", bf16)] {
        let data: Vec<u8> = numbers
            .iter()
            .flat_map(|&(bits, _)| u16::to_le_bytes(bits))
            .collect();
        let half = npy::file(1, descr, "False", "6, 2", &data);
        let widened = npy::f32s(6, &numbers.map(|(_, value)| value));
        same(&half, dtype, &widened, &[0, 1, 0, 0, 1, 0], 2);
        same(&half, dtype, &widened, &[1, 0, -100, 1, -100, -100], 2);
    }
}

#[test]
fn files_that_lie() {
    for descr in ["<f2", ">f2", "<V2", ">V2", "|V2"] {
        let bad = |order: &str, shape: &str, data: usize, message: &str| {
            bad_logits(&npy::file(1, descr, order, shape, &vec![0; data]), message);
        };
        // Half a number less, one byte more, and numbers of 32 bits under this name.
        bad(
            "False",
            "2, 3",
            11,
            "is truncated: shape [2, 3] needs 12 bytes of data, there are 11",
        );
        for data in [13, 24] {
            let message = format!(
                "is longer than its array: shape [2, 3] needs 12 bytes of data, there are {data}"
            );
            bad("False", "2, 3", data, &message);
        }
        // 2 TB claimed by a file of 100 bytes, and more bytes than there are addresses.
        bad(
            "False",
            "1000000, 1000000",
            12,
            "is truncated: shape [1000000, 1000000] needs 2000000000000 bytes of data, there are 12",
        );
        bad(
            "False",
            "4611686018427387904, 1",
            0,
            "shape [4611686018427387904, 1] is more than memory can address",
        );
        bad(
            "True",
            "2, 3",
            12,
            "is in Fortran order, needs C order; in Python, save numpy.ascontiguousarray(array)",
        );
        bad(
            "False",
            "6,",
            12,
            "has shape [6], needs 2 dimensions [rows, classes]",
        );
        bad(
            "False",
            "2, 0",
            0,
            "has shape [2, 0]: 0 classes, at least 1 is needed",
        );
        // Labels have to be integers, whatever number of bytes.
        bad_labels(
            &npy::file(1, descr, "False", "2,", &[0; 4]),
            &format!("holds numbers of type '{descr}', needs an integer type of 8 to 64 bits"),
        );
    }
}
