//! Files in the npy format, written and read by hand: nothing here is shared with the program.

use std::{fs, path::Path};

/// A file of version 1.0, 2.0 or 3.0. `shape` is what stands between the parentheses.
pub(crate) fn file(version: u8, descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header =
        format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({shape}), }}\n");
    with_header(version, header.as_bytes(), data)
}

/// A file with any bytes for a header.
pub(crate) fn with_header(version: u8, header: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    match version {
        1 => bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes()),
        _ => bytes.extend(u32::try_from(header.len()).unwrap().to_le_bytes()),
    }
    bytes.extend(header);
    bytes.extend(data);
    bytes
}

/// Rows of `f32`, of as many classes as the values fill.
pub(crate) fn f32s(n_rows: usize, values: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    file(
        1,
        "<f4",
        "False",
        &format!("{n_rows}, {}", values.len() / n_rows),
        &data,
    )
}

/// Rows of `f64`, of as many classes as the values fill.
pub(crate) fn f64s(n_rows: usize, values: &[f64]) -> Vec<u8> {
    let data: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    file(
        1,
        "<f8",
        "False",
        &format!("{n_rows}, {}", values.len() / n_rows),
        &data,
    )
}

/// Weights.
pub(crate) fn weights(values: &[f64]) -> Vec<u8> {
    let data: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    file(1, "<f8", "False", &format!("{},", values.len()), &data)
}

/// Labels.
pub(crate) fn i64s(values: &[i64]) -> Vec<u8> {
    let data: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    file(1, "<i8", "False", &format!("{},", values.len()), &data)
}

/// An array as it was read.
#[derive(Debug, PartialEq)]
pub(crate) struct Array {
    pub(crate) descr: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Vec<u8>,
}

impl Array {
    /// Reads a file of version 1.0 in C order.
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
        assert!(header.contains("'fortran_order': False"));
        let between = |start: &str, end: char| {
            let rest = header.split_once(start).unwrap().1;
            rest.split_once(end).unwrap().0.to_owned()
        };
        let shape = between("'shape': (", ')');
        Self {
            descr: between("'descr': '", '\''),
            shape: shape
                .split(", ")
                .map(|n| n.trim_end_matches(',').parse().unwrap())
                .collect(),
            data: bytes[10 + length..].to_vec(),
        }
    }

    pub(crate) fn f32s(&self) -> Vec<f32> {
        assert_eq!(self.descr, "<f4");
        self.data
            .as_chunks()
            .0
            .iter()
            .map(|&bytes| f32::from_le_bytes(bytes))
            .collect()
    }

    pub(crate) fn f64s(&self) -> Vec<f64> {
        assert_eq!(self.descr, "<f8");
        self.data
            .as_chunks()
            .0
            .iter()
            .map(|&bytes| f64::from_le_bytes(bytes))
            .collect()
    }

    pub(crate) fn i64s(&self) -> Vec<i64> {
        assert_eq!(self.descr, "<i8");
        self.data
            .as_chunks()
            .0
            .iter()
            .map(|&bytes| i64::from_le_bytes(bytes))
            .collect()
    }
}

/// The numbers of one of the data sets in `host/data`.
pub(crate) struct DataSet {
    pub(crate) n_classes: usize,
    pub(crate) logits: Vec<f32>,
    pub(crate) labels: Vec<i64>,
}

impl DataSet {
    pub(crate) fn read(name: &str) -> Self {
        let logits = Array::read(&data(&format!("{name}_logits.npy")));
        let labels = Array::read(&data(&format!("{name}_labels.npy"))).i64s();
        Self {
            n_classes: logits.shape[1],
            logits: logits.f32s(),
            labels,
        }
    }
}

/// A file in `host/data`.
pub(crate) fn data(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}
