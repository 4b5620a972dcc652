//! The secular equation on given numbers, against Sylvester's law of inertia in double-doubles.

extern crate std;

mod matrix;

use std::{vec, vec::Vec};
use surprisal_reference::Wide;

use self::matrix::{Kind, Matrix, epsilon};
use super::secular::Place;
use crate::element::Element;

/// Numbers in [0, 1), from Knuth's linear congruence.
fn uniform() -> impl FnMut() -> f64 {
    let mut state = 7_u64;
    move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Probabilities with the sum 1 up to rounding.
fn normalised(mut p: Vec<f64>) -> Vec<f64> {
    let sum: f64 = p.iter().sum();
    for p in &mut p {
        *p /= sum;
    }
    p
}

/// Rows of probabilities, none of them subnormal.
fn rows<T: Element>() -> Vec<Vec<f64>> {
    let epsilon = epsilon::<T>();
    let smallest = if epsilon > 1e-10 { 1.2e-38 } else { 2.3e-308 };
    let ulp = epsilon / 4.0;
    let mut rows = vec![
        vec![1.0],
        vec![0.75, 0.25],
        vec![0.5, 0.5],
        vec![1.0, 1e-17, 3e-20],
        vec![0.0, 1.0, 0.0],
        vec![0.0, 0.5, 0.0, 0.25, 0.25, 0.0],
        vec![1.0 / 12.0; 12],
        vec![1.0 / 1000.0; 1000],
        // One unit in the last place apart.
        vec![0.25, 0.25 + ulp, 0.25 - ulp, 0.25 + 2.0 * ulp],
        [1.0, 1.0, 1.5, 1.5 + epsilon, 1.6, 1e10, 1e19, f64::MAX]
            .map(|x| (x * smallest).min(1.0))
            .to_vec(),
    ];
    let mut uniform = uniform();
    for n in [3, 12, 200, 1000] {
        for range in [1.0, 10.0, 40.0, if epsilon > 1e-10 { 80.0 } else { 700.0 }] {
            let p = (0..n).map(|_| (-range * uniform()).exp()).collect();
            let mut p = normalised(p);
            rows.push(p.clone());
            // With ties, what are nearly ties, and masked classes.
            for i in 0..n {
                let other = p[(uniform() * n as f64) as usize];
                match (uniform() * 8.0) as u32 {
                    0..3 => p[i] = other,
                    3 => p[i] = other * (1.0 + 1e-6 * uniform()),
                    4 => p[i] = 0.0,
                    _ => {}
                }
            }
            if p.iter().any(|&p| p > 0.0) {
                rows.push(normalised(p));
            }
        }
    }
    rows
}

/// Each eigenvalue of a softmax is right to so many epsilons: the roundings of a pole's distance
/// (2), of its term (2) and of the root that they give (2), and what sums of blocks add.
const EPSILONS: f64 = 8.0;

fn check_softmax<T: Element>() {
    let tolerance = Wide::from(EPSILONS * epsilon::<T>());
    for p in rows::<T>() {
        for at_zero in [0.0, 1e-10, 1e-4, 1.0] {
            let mut matrix = Matrix::<T>::softmax(&p, at_zero);
            matrix.check_values(|value| value * tolerance);
            let n = p.len() as f64;
            let orthogonality = EPSILONS * n.sqrt() * epsilon::<T>();
            matrix.check_vectors(orthogonality, matrix.size() * tolerance);
        }
    }
}

#[test]
fn eigenvalues_of_a_softmax_are_relatively_right_in_f32() {
    check_softmax::<f32>();
}

#[test]
fn eigenvalues_of_a_softmax_are_relatively_right_in_f64() {
    check_softmax::<f64>();
}

/// With d and c multiplied by `scale`.
fn check_rank_one<T: Element>(scale: f64) {
    let mut uniform = uniform();
    for n in [1, 2, 3, 12, 200] {
        for c in [0.0, 1.0, -1.0, 1e-3, -30.0, 1e5].map(|c| c * scale) {
            // Signs, zeros and ties of both.
            let mut entry = |values: f64| {
                let x = ((uniform() - 0.5) * values).round() / values;
                if uniform() < 0.5 { x } else { x * uniform() }
            };
            let mut class = |_| (T::from_f64(entry(9.0) * scale), T::from_f64(entry(5.0)));
            let classes = (0..n).map(&mut class).collect();
            let mut matrix = Matrix::new(classes, Kind::RankOne { c: T::from_f64(c) });
            let tolerance = matrix.size() * Wide::from(EPSILONS * epsilon::<T>());
            matrix.check_values(|_| tolerance);
            let orthogonality = EPSILONS * f64::from(n).sqrt() * epsilon::<T>();
            matrix.check_vectors(orthogonality, tolerance);
        }
    }
}

#[test]
fn eigenvalues_of_other_matrices_are_right_as_a_whole() {
    check_rank_one::<f32>(1.0);
    check_rank_one::<f64>(1.0);
}

/// Where poles are lifted into the middle of the range, and where they are too large for that.
#[test]
fn eigenvalues_of_tiny_and_of_huge_matrices() {
    for (exponent, exponent_of_double) in [(-90, -900), (60, 880)] {
        check_rank_one::<f32>(f64::powi(2.0, exponent));
        check_rank_one::<f64>(f64::powi(2.0, exponent_of_double));
    }
}

#[test]
fn deflated_eigenvalues_are_exact() {
    let mut matrix = Matrix::<f64>::softmax(&[0.25, 0.0, 0.25, 0.25, 0.25, 0.0], 0.0);
    let secular = matrix.secular();
    let places: Vec<Place<f64>> = (0..7).map(|k| secular.place(k)).collect();
    let values: Vec<f64> = places.iter().map(|place| secular.value(place)).collect();
    assert_eq!(values[..6], [0.0, 0.0, 0.0, 0.25, 0.25, 0.25]);
    assert_eq!(places[6], Place::Undefined);
    // The zeros: one of each masked class, then the constant on the others.
    let mut vector = [0.0; 6];
    for (k, expected) in [
        [0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        [0.5, 0.0, 0.5, 0.5, 0.5, 0.0],
    ]
    .into_iter()
    .enumerate()
    {
        let classes = [0.25, 0.0, 0.25, 0.25, 0.25, 0.0].into_iter();
        secular.eigenvector(places[k], classes.map(|p| (p, p)), &mut vector);
        assert_eq!(vector, expected);
    }
}

/// Eigenvalues of the dense matrices, in 160 digits by the QR algorithm.
#[test]
fn eigenvalues_are_those_of_the_dense_matrix() {
    let power = |n: i32| 2.0_f64.powi(-n);
    let p = [1, 2, 3, 20, 20, 57, 60, 120]
        .map(power)
        .into_iter()
        .chain([3.0 * power(120)]);
    let p: Vec<f64> = p.collect();
    let d = [-0.375, 0.125, 0.125, 0.0, 0.625, -0.125];
    let u = [0.25, 0.5, -0.25, 0.75, 0.0, 0.25];
    let classes = || d.into_iter().zip(u).collect();
    let absolute = 8.0 * f64::EPSILON;
    let cases: [(Matrix<f64>, &[f64], f64); 3] = [
        (
            Matrix::softmax(&p, 0.0),
            &[
                0.0,
                8.3986959271615844e-37,
                2.59929102226104844e-36,
                1.00794024161497562e-18,
                8.35956652865465822e-18,
                9.5367431640625e-7,
                1.58945247811700152e-6,
                0.155508955409844497,
                0.344491226243261439,
            ],
            0.0,
        ),
        (
            Matrix::new(classes(), Kind::RankOne { c: 2.0 }),
            &[
                -2.0004127617531266598,
                -0.34494900934768873939,
                -0.11367444121334447213,
                0.084036212314159871287,
                0.125,
                0.625,
            ],
            absolute,
        ),
        (
            Matrix::new(classes(), Kind::RankOne { c: -2.0 }),
            &[
                -0.35425329886208935982,
                -0.11529308586970117495,
                0.080118906406446612765,
                0.125,
                0.625,
                2.014427478325343922,
            ],
            absolute,
        ),
    ];
    for (mut matrix, expected, absolute) in cases {
        let secular = matrix.secular();
        for (k, &expected) in expected.iter().enumerate() {
            let value = secular.value(&secular.place(k));
            let error = (value - expected).abs();
            let allowed = absolute + EPSILONS * f64::EPSILON * expected.abs();
            assert!(error <= allowed, "{k}: {value} is not {expected}");
        }
    }
}
