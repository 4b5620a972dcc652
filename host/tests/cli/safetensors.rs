//! Files of the format safetensors, made by hand: the length of a header of JSON, the header, the numbers.

use serde_json::{Map, json};

use crate::{npy, program::Folder};

/// A file of tensors, each with its name, type, shape and bytes.
fn file(tensors: &[(&str, &str, &[usize], &[u8])]) -> Vec<u8> {
    let (mut header, mut data) = (Map::new(), Vec::new());
    for &(name, dtype, shape, bytes) in tensors {
        let from = data.len();
        data.extend_from_slice(bytes);
        let offsets = [from, data.len()];
        let tensor = json!({"dtype": dtype, "shape": shape, "data_offsets": offsets});
        header.insert(name.to_owned(), tensor);
    }
    let header = json!(header).to_string();
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), &data].concat()
}

#[test]
fn labels_of_every_integer_type() {
    let labels = [2_i64, 0, -100, 1];
    let logits = [0.0, 1.0, 2.5, 0.5, 0.0, 0.0, 7.0, 8.0, 9.0, 1.0, 2.0, 4.0];
    let logits = npy::f64s(4, &logits);
    let mean = |folder: &Folder, labels: &str, ignored: &str| {
        let run = folder.run(&["eval", "logits.npy", labels, ignored, "--format=json"]);
        let json = run.json();
        assert_eq!(json["rows_ignored"], 1, "{labels}");
        json["loss_mean"].clone()
    };
    let folder = Folder::with(&logits, &npy::i64s(&labels));
    let expected = mean(&folder, "labels.npy", "--ignore-label=-100");
    for (dtype, size) in [
        ("I8", 1),
        ("U8", 1),
        ("I16", 2),
        ("U16", 2),
        ("I32", 4),
        ("U32", 4),
        ("I64", 8),
        ("U64", 8),
    ] {
        // 156 has the bits of -100 in eight.
        let ignored = if dtype.starts_with('U') { 156 } else { -100 };
        let bytes: Vec<u8> = labels
            .iter()
            .map(|&label| if label < 0 { ignored } else { label })
            .flat_map(|label| label.to_le_bytes()[..size].to_vec())
            .collect();
        let folder = Folder::new()
            .file("logits.npy", &logits)
            .file("y.safetensors", &file(&[("y", dtype, &[4], &bytes)]));
        let ignored = format!("--ignore-label={ignored}");
        assert_eq!(
            mean(&folder, "y.safetensors", &ignored),
            expected,
            "{dtype}"
        );
    }
}

#[test]
fn eight_arrays_are_listed_and_more_are_counted() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let bytes = [0; 8];
    let tensors = names.map(|name| (name, "F32", &[1, 2][..], &bytes[..]));
    for (n_arrays, ending) in [(8, "'h' F32 [1, 2]"), (9, "'h' F32 [1, 2] and 1 more")] {
        let folder = Folder::new().file("x.safetensors", &file(&tensors[..n_arrays]));
        let run = folder.run(&["eval", "x.safetensors", "x.safetensors"]);
        assert_eq!(run.status, Some(2));
        assert!(run.stderr.trim_end().ends_with(ending), "{}", run.stderr);
    }
}
