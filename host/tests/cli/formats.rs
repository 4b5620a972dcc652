//! The same numbers in every type, byte order and version of the format.

use crate::{
    npy::{self, DataSet},
    program::Folder,
};

/// The evaluation without what names the files.
fn evaluate(logits: &[u8], labels: &[u8]) -> String {
    let run = Folder::with(logits, labels)
        .eval(&["--format", "json"])
        .success();
    run.stdout
}

/// Every hundredth row of a data set, to keep the files small.
fn digits() -> DataSet {
    let all = DataSet::read("digits");
    let rows = all
        .logits
        .chunks(10)
        .step_by(100)
        .flatten()
        .copied()
        .collect();
    let labels = all.labels.iter().step_by(100).copied().collect();
    DataSet {
        n_classes: 10,
        logits: rows,
        labels,
    }
}

#[test]
fn byte_orders_and_versions_of_logits() {
    let set = digits();
    let labels = npy::i64s(&set.labels);
    let shape = format!("{}, 10", set.labels.len());
    let bytes =
        |one: fn(f32) -> Vec<u8>| set.logits.iter().flat_map(|&x| one(x)).collect::<Vec<_>>();
    let (little, big) = (
        bytes(|x| x.to_le_bytes().into()),
        bytes(|x| x.to_be_bytes().into()),
    );

    let expected = evaluate(&npy::f32s(set.labels.len(), &set.logits), &labels);
    for version in 1..=3 {
        for (descr, data) in [("<f4", &little), (">f4", &big)] {
            let logits = npy::file(version, descr, "False", &shape, data);
            assert_eq!(
                evaluate(&logits, &labels),
                expected,
                "{descr}, version {version}"
            );
        }
    }

    let (little, big) = (
        bytes(|x| f64::from(x).to_le_bytes().into()),
        bytes(|x| f64::from(x).to_be_bytes().into()),
    );
    let [little, big] = [("<f8", little), (">f8", big)]
        .map(|(descr, data)| evaluate(&npy::file(1, descr, "False", &shape, &data), &labels));
    assert_eq!(little, big);
    assert!(little.contains("\"dtype\": \"float64\""));

    let mean = |json: &str| {
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        json["loss_mean"].as_f64().unwrap()
    };
    assert!((mean(&little) / mean(&expected) - 1.0).abs() < 2.4e-7);
}

#[test]
fn types_and_byte_orders_of_labels() {
    let set = digits();
    let logits = npy::f32s(set.labels.len(), &set.logits);
    let expected = evaluate(&logits, &npy::i64s(&set.labels));
    let shape = format!("{},", set.labels.len());

    for code in ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"] {
        let size: usize = code[1..].parse().unwrap();
        for order in ["<", ">", "|"] {
            let data: Vec<u8> = set
                .labels
                .iter()
                .flat_map(|label| match order {
                    ">" => label.to_be_bytes()[8 - size..].to_vec(),
                    _ => label.to_le_bytes()[..size].to_vec(),
                })
                .collect();
            // NumPy writes no byte order where there is none, and only there.
            if order == "|" && size > 1 {
                continue;
            }
            let labels = npy::file(1, &format!("{order}{code}"), "False", &shape, &data);
            assert_eq!(evaluate(&logits, &labels), expected, "{order}{code}");
        }
    }
}

#[test]
fn negative_labels_of_narrow_types_are_ignored_by_value() {
    let logits = npy::f32s(2, &[1.0, 2.0, 3.0, 4.0]);
    let ignored = (-100_i8).to_le_bytes()[0];
    let labels = npy::file(1, "|i1", "False", "2,", &[ignored, 0]);
    let json = Folder::with(&logits, &labels).json(&[]);
    assert_eq!(
        (&json["rows_ignored"], &json["rows_counted"]),
        (&1.into(), &1.into())
    );

    // The same bits in an unsigned type are a class, and none that there is.
    let labels = npy::file(1, "|u1", "False", "2,", &[ignored, 0]);
    Folder::with(&logits, &labels)
        .eval(&[])
        .fails_with("labels 'labels.npy': row 0 has label 156, outside 0..2 and not ignored");
}

#[test]
fn fortran_order_that_is_c_order_too() {
    let data = [1.0_f32, 2.0].map(f32::to_le_bytes).concat();
    let labels = npy::file(1, "<i8", "True", "1,", &[0; 8]);
    let one_row = npy::file(1, "<f4", "True", "1, 2", &data);
    let expected = evaluate(&npy::f32s(1, &[1.0, 2.0]), &npy::i64s(&[0]));
    assert_eq!(evaluate(&one_row, &labels), expected);
}
