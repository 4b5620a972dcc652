//! The row that the fuzzer's bytes describe.

use surprisal_fuzz::bytes::Bytes;

use crate::{common::Real, rows::Case};

/// The tolerances are those of sums over so many classes.
const MOST_CLASSES: usize = 12;

/// Probabilities, of which there are twelve, stay above eight times the smallest normal number of
/// `f32`, e^-87: below it the bounds of solves and factors do not hold, and reciprocals overflow.
const LOWEST: f64 = -82.0;

/// Logits are not larger: the options' own parts of the Hessian have to stay beside the others.
const MOST: f64 = 1e3;

/// A row of up to twelve classes with options.
pub fn read<T: Real>(bytes: &mut Bytes<'_>) -> Case<T> {
    let n = 1 + usize::from(bytes.byte()) % MOST_CLASSES;
    let options = bytes.byte();
    let is_on = |bit: u8| options >> bit & 1 == 1;
    let weights = |bytes: &mut Bytes<'_>, bit: u8| {
        is_on(bit).then(|| (0..n).map(|_| weight(bytes)).collect())
    };
    Case {
        label: usize::from(bytes.byte()) % n,
        class_weights: weights(bytes, 0),
        probabilities: weights(bytes, 1),
        row_weight: [if is_on(2) { weight(bytes) } else { 1.0 }],
        label_smoothing: if is_on(3) {
            bytes.choose(&[0.125, 0.25, 0.1, 1.0, 0.5])
        } else {
            0.0
        },
        z_loss: if is_on(4) {
            bytes.choose(&[1e-4, 0.03125, 4.0, 0.0625, 1e-6])
        } else {
            0.0
        },
        softcap: is_on(5).then(|| bytes.choose(&[20.0, 4.0, 1.5, 50.0])),
        temperature: if is_on(6) {
            bytes.choose(&[2.0, 1.0, 1.25, 5.0])
        } else {
            1.0
        },
        logits: logits(bytes, n),
    }
}

/// Weights in eighths.
fn weight(bytes: &mut Bytes<'_>) -> f64 {
    f64::from(bytes.byte() % 32) / 8.0
}

/// Logits within the range below their largest; at least one is not masked.
fn logits<T: Real>(bytes: &mut Bytes<'_>, n: usize) -> Vec<T> {
    let mut logits: Vec<f64> = Vec::new();
    for _ in 0..n {
        logits.push(match bytes.byte() % 8 {
            0 | 1 => f64::from(bytes.byte() as i8) / 16.0,
            2 => f64::from(bytes.byte()) * (LOWEST / 255.0),
            3 => f64::from(i32::from_le_bytes(bytes.array())) / 16777216.0 / 3.0,
            4 => Some(f64::from_bits(bytes.long()))
                .filter(|z| z.abs() <= MOST)
                .unwrap_or(0.0),
            5 => logits.last().copied().unwrap_or(0.0),
            6 => logits.last().map_or(1.0, |z| z * (1.0 + f64::EPSILON)),
            _ => f64::NEG_INFINITY,
        });
    }
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        logits[0] = 0.0;
    }
    let within = |z: f64| {
        if z.is_finite() {
            z.max(largest + LOWEST)
        } else {
            z
        }
    };
    logits.into_iter().map(|z| T::round(within(z))).collect()
}
