//! The secular equation on given numbers, against Sylvester's law of inertia in double-doubles.

extern crate std;

use std::{vec, vec::Vec};
use surprisal_reference::Wide;

use super::{
    Spectrum,
    interval::Point,
    secular::{Place, Secular},
};
use crate::element::Element;

/// diag(d) - c u u^T, and its secular equation.
struct Matrix<T> {
    /// d and u of each class.
    classes: Vec<(T, T)>,
    kind: Kind<T>,
    workspace: Vec<T>,
}

#[derive(Clone, Copy)]
enum Kind<T> {
    /// d = u = p, c = 1 / (1 + `at_zero`) / sum p.
    Softmax { at_zero: T },
    /// Of any numbers.
    RankOne { c: T },
}

fn wide<T: Element>(x: T) -> Wide {
    let x: f64 = x.into();
    x.into()
}

/// Twice the unit of roundoff.
fn epsilon<T: Element>() -> f64 {
    1.0 / T::TWO_STORED_BITS.into()
}

impl<T: Element> Matrix<T> {
    fn new(classes: Vec<(T, T)>, kind: Kind<T>) -> Self {
        let workspace = vec![T::NAN; Spectrum::<T>::workspace_len(classes.len())];
        Self {
            classes,
            kind,
            workspace,
        }
    }

    fn softmax(p: &[f64], at_zero: f64) -> Self {
        let at_zero = T::from_f64(at_zero);
        let classes = p.iter().map(|&p| (T::from_f64(p), T::from_f64(p)));
        Self::new(classes.collect(), Kind::Softmax { at_zero })
    }

    fn secular(&mut self) -> Secular<'_, T> {
        let classes = self.classes.iter().copied();
        match self.kind {
            Kind::Softmax { at_zero } => {
                let p: Vec<T> = classes.map(|(d, _)| d).collect();
                Secular::of_softmax(&p, at_zero, &mut self.workspace)
            }
            Kind::RankOne { c } => Secular::of_rank_one(classes, c, &mut self.workspace),
        }
    }

    /// The secular function of other matrices than softmax, as the textbook has it.
    fn value(&self) -> impl Fn(Point<T>) -> Option<T> + use<T> {
        let (kind, classes) = (self.kind, self.classes.clone());
        move |point| {
            let Kind::RankOne { c } = kind else {
                return None;
            };
            let lift = T::ONE / T::UNLIFT.0;
            let terms = classes.iter().map(|&(d, u)| {
                let distance = (d * lift - point.pole) - point.offset;
                if u == T::ZERO {
                    T::ZERO
                } else {
                    c * u * (u * lift) / distance
                }
            });
            let value = terms.fold(-T::ONE, |sum, term| sum + term);
            Some(if c > T::ZERO { value } else { -value })
        }
    }

    /// c.
    fn factor(&self) -> Wide {
        match self.kind {
            Kind::Softmax { at_zero } => {
                let total: Wide = self.classes.iter().map(|&(p, _)| wide(p)).sum();
                Wide::ONE / (Wide::ONE + wide(at_zero)) / total
            }
            Kind::RankOne { c } => wide(c),
        }
    }

    /// Number of eigenvalues below x: those of the diagonal, and one more (or, for negative c, one
    /// less) where det(H - x) / det(diag(d) - x) = 1 - c sum u^2/(d - x) is negative.
    fn count_below(&self, x: Wide) -> usize {
        let below = self.classes.iter().filter(|(d, _)| wide(*d) < x).count();
        let sum = |numerator: &dyn Fn(T) -> Wide| -> Wide {
            let terms = self.classes.iter();
            terms.map(|&(d, u)| numerator(u) / (wide(d) - x)).sum()
        };
        let (ratio, is_positive) = match self.kind {
            // As 1 - sum p^2/(p - x) / sum p is -x sum p/(p - x) / sum p.
            Kind::Softmax { at_zero } => (wide(at_zero) - x * sum(&|u| wide(u)), true),
            Kind::RankOne { c } => {
                let sum = sum(&|u| wide(u) * wide(u));
                (Wide::ONE - wide(c) * sum, c > T::ZERO)
            }
        };
        match (ratio < Wide::ZERO, is_positive) {
            (false, _) => below,
            (true, true) => below + 1,
            (true, false) => below - 1,
        }
    }

    /// |c| |u|^2 + max |d|.
    fn size(&self) -> Wide {
        let norm: Wide = self.classes.iter().map(|&(_, u)| wide(u) * wide(u)).sum();
        let largest = self.classes.iter().map(|&(d, _)| d.into().abs());
        self.factor().abs() * norm + Wide::from(largest.fold(0.0, f64::max))
    }

    /// Indices to look at: all, or some of many.
    fn indices(&self) -> impl Iterator<Item = usize> + use<T> {
        let n = self.classes.len();
        (0..n).step_by(if n > 300 { 13 } else { 1 })
    }

    /// Every eigenvalue is between what it may be too small and too large by.
    fn check_values(&mut self, tolerance: impl Fn(Wide) -> Wide) {
        let values: Vec<T> = {
            let (n, value) = (self.classes.len(), self.value());
            let secular = self.secular();
            (0..n)
                .map(|k| secular.value(&secular.place(k, &value)))
                .collect()
        };
        assert!(values.is_sorted());
        for k in self.indices() {
            let value = wide(values[k]);
            let tolerance = tolerance(value);
            if tolerance == Wide::ZERO {
                let n_zeros = self.classes.iter().filter(|(d, _)| *d == T::ZERO).count();
                let is_singular =
                    matches!(self.kind, Kind::Softmax { at_zero } if at_zero == T::ZERO);
                assert!(k < n_zeros + usize::from(is_singular), "{k} is zero");
                continue;
            }
            let (low, high) = (value - tolerance, value + tolerance);
            assert!(
                self.count_below(low) <= k,
                "{k}: {:?} is too large",
                values[k]
            );
            assert!(
                self.count_below(high) > k,
                "{k}: {:?} is too small",
                values[k]
            );
        }
    }

    /// Eigenvectors are orthonormal, and H v = mu v.
    fn check_vectors(&mut self, orthogonality: f64, residual: Wide) {
        let factor = self.factor();
        let (n, classes) = (self.classes.len(), self.classes.clone());
        let indices: Vec<usize> = self.indices().collect();
        let value = self.value();
        let secular = self.secular();
        let mut vectors: Vec<Vec<f64>> = Vec::new();
        for k in indices {
            let mut vector = vec![T::NAN; n];
            let place = secular.place(k, &value);
            secular.eigenvector(place, classes.iter().copied(), &mut vector);
            let eigenvalue = wide(secular.value(&place));
            let entries = || classes.iter().zip(&vector);
            let dot: Wide = entries().map(|(&(_, u), &v)| wide(u) * wide(v)).sum();
            for (&(d, u), &v) in entries() {
                let error = (wide(d) - eigenvalue) * wide(v) - factor * dot * wide(u);
                assert!(error.abs() <= residual, "{k}: H v - mu v is {error:?}");
            }
            vectors.push(vector.into_iter().map(Into::into).collect());
        }
        for (i, a) in vectors.iter().enumerate() {
            for (j, b) in vectors[..=i].iter().enumerate() {
                let dot: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                let expected = f64::from(u8::from(i == j));
                let error = (dot - expected).abs();
                assert!(error <= orthogonality, "{i}, {j} of {n}: {dot}");
            }
        }
    }
}

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

fn check_rank_one<T: Element>() {
    let mut uniform = uniform();
    for n in [1, 2, 3, 12, 200] {
        for c in [0.0, 1.0, -1.0, 1e-3, -30.0, 1e5] {
            // Signs, zeros and ties of both.
            let mut entry = |values: f64| {
                let x = ((uniform() - 0.5) * values).round() / values;
                if uniform() < 0.5 { x } else { x * uniform() }
            };
            let classes = (0..n).map(|_| (T::from_f64(entry(9.0)), T::from_f64(entry(5.0))));
            let classes = classes.collect();
            let mut matrix = Matrix::new(classes, Kind::RankOne { c: T::from_f64(c) });
            let tolerance = matrix.size() * Wide::from(EPSILONS * epsilon::<T>());
            matrix.check_values(|_| tolerance);
            matrix.check_vectors(f64::INFINITY, tolerance);
        }
    }
}

#[test]
fn eigenvalues_of_other_matrices_are_right_as_a_whole() {
    check_rank_one::<f32>();
    check_rank_one::<f64>();
}

#[test]
fn deflated_eigenvalues_are_exact() {
    let mut matrix = Matrix::<f64>::softmax(&[0.25, 0.0, 0.25, 0.25, 0.25, 0.0], 0.0);
    let secular = matrix.secular();
    let places: Vec<Place<f64>> = (0..7).map(|k| secular.place(k, |_| None)).collect();
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
        let value = matrix.value();
        let secular = matrix.secular();
        for (k, &expected) in expected.iter().enumerate() {
            let value = secular.value(&secular.place(k, &value));
            let error = (value - expected).abs();
            let allowed = absolute + EPSILONS * f64::EPSILON * expected.abs();
            assert!(error <= allowed, "{k}: {value} is not {expected}");
        }
    }
}
