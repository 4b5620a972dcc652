//! What microcontrollers are compared with, `kernel/firmware/src/expected.rs`, is what the kernel
//! gives here, on every backend. `SURPRISAL_WRITE_EXPECTED=1` writes it.
#![forbid(unsafe_code)]

#[allow(unreachable_pub, reason = "public in the firmware, like the next")]
#[path = "../../kernel/firmware/src/classifier.rs"]
mod classifier;
#[allow(unreachable_pub, reason = "as above")]
#[path = "../../kernel/firmware/src/outputs.rs"]
mod outputs;

use std::{env, fmt::Write, fs, path::Path};

use classifier::{Classifier, Digits, N_PIXELS};
use outputs::{IGNORED, MOST_CLASSES, VECTOR, bits_f32, bits_f64, n_outputs};
use surprisal::{ArithmeticClass, Backend, Element};
use surprisal_reference::{Float, Row, error_measure::ulps, vectors::accuracy};

const CLASSES: [ArithmeticClass; 2] = [ArithmeticClass::Unfused, ArithmeticClass::Fused];

/// Hard rows that are taken of each family.
const OF_A_FAMILY: usize = 3;

/// Rows of the digits that are taken.
const N_DIGITS: usize = 8;

/// The numbers of a file of the host's data, whose headers are as long as they say.
fn numbers<const N: usize>(file: &str) -> Vec<[u8; N]> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let bytes = fs::read(folder.join(file)).unwrap();
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[10 + header..].as_chunks().0.to_vec()
}

struct Golden<T> {
    name: String,
    label: i32,
    logits: Vec<T>,
}

/// Rows of an element type: hard ones, whose exact values others computed, and odd ones.
fn rows<T: Float>() -> Vec<Golden<T>> {
    let mut rows: Vec<Golden<T>> = Vec::new();
    for case in accuracy::<T>() {
        let of_family = rows.iter().filter(|row| row.name == case.family).count();
        if case.logits.len() <= MOST_CLASSES && of_family < OF_A_FAMILY {
            rows.push(Golden {
                name: case.family,
                label: i32::try_from(case.label).unwrap(),
                logits: case.logits,
            });
        }
    }
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    for (name, label, logits) in [
        ("masked class", 0, &[1.0, -inf, 0.5][..]),
        ("masked label", 1, &[1.0, -inf, 0.5]),
        ("all masked", 1, &[-inf, -inf]),
        ("NaN", 0, &[1.0, nan, 0.5]),
        ("infinity", 0, &[1.0, inf]),
        ("ignored", IGNORED, &[1.0, nan]),
        ("one class", 0, &[3.5]),
        ("tie", 2, &[2.0, 2.0, 2.0, 1.0]),
        ("large", 1, &[3e38, -3e38, 2.9e38]),
    ] {
        let logits = logits.iter().map(|&z| T::round(z)).collect();
        let name = name.to_string();
        rows.push(Golden {
            name,
            label,
            logits,
        });
    }
    // More logits than a sum has lanes; the largest occurs twice, and one is masked.
    let mut wide: Vec<_> = (0..MOST_CLASSES)
        .map(|i| T::round((i * i * 37 % 101) as f64 / 16.0 - 3.0))
        .collect();
    (wide[5], wide[38], wide[17]) = (T::round(3.5), T::round(3.5), T::round(-inf));
    rows.push(Golden {
        name: "wide".to_string(),
        label: 20,
        logits: wide,
    });
    rows
}

/// Rows of real logits.
fn digits() -> Vec<Golden<f32>> {
    let logits: Vec<_> = numbers("digits_logits.npy")
        .into_iter()
        .map(f32::from_le_bytes)
        .collect();
    let labels = numbers("digits_labels.npy").into_iter();
    let rows = logits.chunks(10).zip(labels.map(i64::from_le_bytes));
    rows.take(N_DIGITS)
        .map(|(logits, label)| Golden {
            name: "digits".to_string(),
            label: i32::try_from(label).unwrap(),
            logits: logits.to_vec(),
        })
        .collect()
}

/// The outputs of a row on every backend of a class, which are the same, as bits in hex.
fn bits_of<T: Element + Float, B: Copy + PartialEq + std::fmt::Debug>(
    row: &Golden<T>,
    class: ArithmeticClass,
    vector: &[T],
    bits: fn(T) -> B,
) -> Vec<B> {
    let of_backends = Backend::available()
        .filter(|backend| backend.arithmetic_class() == class)
        .map(|backend| {
            let mut out = vec![T::round(0.0); n_outputs(row.logits.len())];
            outputs::outputs(backend, &row.logits, row.label, vector, &mut out).unwrap();
            if row.label != IGNORED {
                let label = usize::try_from(row.label).unwrap();
                let exact = Row::new(&row.logits).loss(label);
                assert!(ulps(out[0], exact) <= 2.0, "{}", row.name);
            }
            out.into_iter().map(bits).collect::<Vec<_>>()
        });
    let same = of_backends.reduce(|one, other| {
        assert_eq!(one, other, "{}", row.name);
        one
    });
    same.unwrap()
}

/// The rows of an element type as a constant of the firmware.
fn write_rows<T: Element + Float, B: Copy + PartialEq + std::fmt::Debug + std::fmt::LowerHex>(
    text: &mut String,
    rows: &[Golden<T>],
    vector: &[T],
    bits: fn(T) -> B,
) {
    let (name, digits) = (T::NAME.to_uppercase(), 2 + 2 * size_of::<B>());
    let unsigned = if digits == 10 { "u32" } else { "u64" };
    let slice = |numbers: Vec<B>| {
        let numbers: Vec<_> = numbers.iter().map(|x| format!("{x:#0digits$x}")).collect();
        format!("&[{}]", numbers.join(", "))
    };
    writeln!(text, "\n/// Rows of `{}`.", T::NAME).unwrap();
    writeln!(text, "pub const {name}: &[Row<{unsigned}>] = &[").unwrap();
    for row in rows {
        let logits = row.logits.iter().map(|&z| bits(z)).collect();
        let [unfused, fused] = CLASSES.map(|class| bits_of(row, class, vector, bits));
        writeln!(text, "    Row {{").unwrap();
        writeln!(text, "        name: \"{}\",", row.name).unwrap();
        writeln!(text, "        label: {},", row.label).unwrap();
        for (field, numbers) in [("logits", logits), ("unfused", unfused), ("fused", fused)] {
            writeln!(text, "        {field}: {},", slice(numbers)).unwrap();
        }
        writeln!(text, "    }},").unwrap();
    }
    writeln!(text, "];").unwrap();
}

/// What the digits train, as constants of the firmware.
fn write_trained(text: &mut String) {
    let pixels: Vec<_> = numbers("digits_features.npy")
        .into_iter()
        .map(|x| (f32::from_le_bytes(x) * 16.0) as u8)
        .collect();
    let labels: Vec<_> = numbers("digits_labels.npy")
        .into_iter()
        .map(|y| i64::from_le_bytes(y) as u8)
        .collect();
    let digits = Digits {
        pixels: &pixels,
        labels: &labels,
    };
    let n_test = labels.len() - classifier::N_TRAINING;
    assert_eq!(pixels.len(), labels.len() * N_PIXELS);
    for class in CLASSES {
        let mut trained = Backend::available()
            .filter(|backend| backend.arithmetic_class() == class)
            .map(|backend| {
                let (classifier, correct) = Classifier::trained(backend, digits).unwrap();
                (correct, classifier.hash())
            });
        let (correct, hash) = trained.next().unwrap();
        assert!(trained.all(|other| other == (correct, hash)));
        // It has learnt: guessing gets a tenth.
        assert!(correct * 10 > n_test * 8, "{correct} of {n_test}");
        let name = format!("{class:?}").to_uppercase();
        writeln!(
            text,
            "\n/// Of the test images, and the weights, trained {class:?}."
        )
        .unwrap();
        writeln!(text, "pub const TRAINED_{name}: Trained =").unwrap();
        writeln!(
            text,
            "    Trained {{ correct: {correct}, hash: {hash:#010x} }};"
        )
        .unwrap();
    }
}

#[test]
fn expected_bits_of_the_firmware() {
    let mut text = String::from(
        "//! Written by `host/tests/firmware.rs`, which holds it against the kernel.\n\n\
         use crate::{Row, Trained};\n",
    );
    let mut singles = rows();
    singles.extend(digits());
    write_rows(&mut text, &singles, &VECTOR, bits_f32);
    write_rows(&mut text, &rows(), &VECTOR.map(f64::from), bits_f64);
    write_trained(&mut text);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel/firmware/src/expected.rs");
    if env::var_os("SURPRISAL_WRITE_EXPECTED").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(
        committed == text,
        "{} is not what the kernel gives: SURPRISAL_WRITE_EXPECTED=1 writes it",
        path.display()
    );
}
