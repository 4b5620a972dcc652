//! The exponential, through the states of rows, whose parts are exponentials of logits.

use surprisal::{CrossEntropy, RowState};
use surprisal_reference::Wide;

use crate::{ORACLE_ERROR, classes, same, sweep};

/// Logits up to this magnitude are reduced themselves; beyond it the largest is subtracted first.
const LARGEST_REDUCED: f32 = 4096.0;

/// No logit that counts is farther below the largest.
const FARTHEST: f32 = 151.0;

/// From -150.5 on terms are so near the smallest normal number that they lose their second parts. No
/// result in `f32` is as small: the least loss is e^-104.
const WITH_SECOND_PARTS: f32 = 150.0;

/// Half an ulp of a number in [1, 2).
const ROUNDING: f64 = 1.0 / (1 << 24) as f64;

/// Sweeps some signs of the numbers between two magnitudes: states of the rows that `row` makes of them
/// on every backend, of which `error` compares one with `exact`, which is e^`argument`.
fn states<const N: usize>(
    name: &str,
    signs: &[u32],
    [least, largest]: [f32; 2],
    row: impl Fn(f32) -> [f32; N] + Sync,
    error: impl Fn(f32, [f32; 5]) -> f64 + Sync,
) -> f64 {
    let classes = classes();
    let mut largest_error = 0.0_f64;
    for sign in signs {
        let worst = sweep(
            sign | least.to_bits()..=sign | largest.to_bits(),
            |numbers, worst| {
                let logits: Vec<f32> = numbers.iter().flat_map(|&z| row(z)).collect();
                for (class, backends) in &classes {
                    let mut parts = backends.iter().map(|&backend| {
                        let mut states = vec![RowState::EMPTY; numbers.len()];
                        let loss = CrossEntropy::new().backend(backend);
                        loss.row_states(&logits, N, &mut states).unwrap();
                        states
                            .into_iter()
                            .map(RowState::to_parts)
                            .collect::<Vec<_>>()
                    });
                    let Some(first) = parts.next() else { continue };
                    for other in parts {
                        let same = same(first.as_flattened(), other.as_flattened());
                        assert!(same, "{name}: backends differ near {:e}", numbers[0]);
                    }
                    let errors = numbers.iter().zip(first);
                    let errors = errors.map(|(&z, parts)| (error(z, parts), z));
                    worst.see(format!("{name}, {class:?}"), errors);
                }
            },
        );
        let errors = worst.0.values().map(|&(error, _)| error);
        largest_error = errors.fold(largest_error, f64::max);
    }
    largest_error
}

/// The relative error in roundings of an `f32`.
fn roundings(actual: f64, exact: f64) -> f64 {
    (actual / exact - 1.0).abs() / ROUNDING
}

/// e^z over a power of two that leaves it near 1.
fn reduced_exp(z: f64) -> f64 {
    // 32 bits, and what they leave of ln 2: a product with an integer below 2^13 is exact.
    const LN_2_HIGH: f64 = f64::from_bits(std::f64::consts::LN_2.to_bits() & !0x1f_ffff);
    const LN_2_LOW: f64 = std::f64::consts::LN_2 - LN_2_HIGH + 2.3190468138462996e-17;
    let n = (z * std::f64::consts::LOG2_E).round_ties_even();
    ((z - n * LN_2_HIGH) - n * LN_2_LOW).exp()
}

/// The exponential of the largest logit, which is kept to twice the precision, over an unknown power
/// of two.
#[test]
#[ignore = "some minutes, see README.md"]
fn of_largest_logits() {
    let error = states(
        "exponential of the largest",
        &[0, 1 << 31],
        [0.0, LARGEST_REDUCED],
        |z| [z],
        |z, [max, top, top_low, rest, rest_low]| {
            assert_eq!([max, rest, rest_low], [z, 0.0, 0.0]);
            let ratio = (f64::from(top) + f64::from(top_low)) / reduced_exp(z.into());
            roundings(ratio / ratio.log2().round().exp2(), 1.0)
        },
    );
    // The worst of all numbers is 0.050294, at 5.2058.
    assert!(error <= 0.0503, "{error} roundings");
}

/// The exponential of the others as it is summed, over that of the largest.
#[test]
#[ignore = "some minutes, see README.md"]
fn of_other_logits() {
    let error = |magnitudes| {
        states(
            "exponential in sums",
            &[1 << 31],
            magnitudes,
            |z| [0.0, z],
            |z, [_, top, top_low, rest, rest_low]| {
                let [top, rest] = [[top, top_low], [rest, rest_low]];
                let [top, rest] = [top, rest].map(|[high, low]| f64::from(high) + f64::from(low));
                roundings(rest / top, f64::from(z).exp())
            },
        )
    };
    // The worst of all numbers are 0.750378, at -125.08, where products are rounded first, and 1.1951, at
    // -150.725.
    for (magnitudes, most) in [
        ([0.0, WITH_SECOND_PARTS], 0.7504),
        ([WITH_SECOND_PARTS, FARTHEST], 1.2),
    ] {
        let error = error(magnitudes);
        assert!(error <= most, "{error} roundings of {magnitudes:?}");
    }
}

/// The exact values are what they are taken for.
#[test]
fn of_the_oracle() {
    for i in -40960..=40960 {
        let z = f64::from(i) / 10.0;
        let exact = Wide::from(z).exp();
        let ratio = exact.scale(-exact.floor_log2().unwrap()) / reduced_exp(z).into();
        let ratio = ratio.scale(-i64::from(ratio > Wide::from(1.5)));
        let error = (ratio - Wide::ONE).abs().to_f64();
        assert!(error <= ORACLE_ERROR, "{z}: {error}");
    }
}
