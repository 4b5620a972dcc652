//! Matrices whose eigenvalues are counted by Sylvester's law of inertia, in double-doubles.

extern crate std;

use std::{vec, vec::Vec};
use surprisal_reference::Wide;

use super::super::{Spectrum, secular::Secular};
use crate::element::Element;

/// diag(d) - c u u^T, and its secular equation.
pub(super) struct Matrix<T> {
    /// d and u of each class.
    classes: Vec<(T, T)>,
    kind: Kind<T>,
    workspace: Vec<T>,
}

#[derive(Clone, Copy)]
pub(super) enum Kind<T> {
    /// d = u = p, c = 1 / (1 + `at_zero`) / sum p.
    Softmax { at_zero: T },
    /// Of any numbers.
    RankOne { c: T },
}

pub(super) fn wide<T: Element>(x: T) -> Wide {
    let x: f64 = x.into();
    x.into()
}

/// Twice the unit of roundoff.
pub(super) fn epsilon<T: Element>() -> f64 {
    1.0 / T::TWO_STORED_BITS.into()
}

impl<T: Element> Matrix<T> {
    pub(super) fn new(classes: Vec<(T, T)>, kind: Kind<T>) -> Self {
        let workspace = vec![T::NAN; Spectrum::<T>::workspace_len(classes.len())];
        Self {
            classes,
            kind,
            workspace,
        }
    }

    pub(super) fn softmax(p: &[f64], at_zero: f64) -> Self {
        let at_zero = T::from_f64(at_zero);
        let classes = p.iter().map(|&p| (T::from_f64(p), T::from_f64(p)));
        Self::new(classes.collect(), Kind::Softmax { at_zero })
    }

    pub(super) fn secular(&mut self) -> Secular<'_, T> {
        let classes = self.classes.iter().copied();
        match self.kind {
            Kind::Softmax { at_zero } => {
                let p: Vec<T> = classes.map(|(d, _)| d).collect();
                Secular::of_softmax(&p, at_zero, &mut self.workspace)
            }
            Kind::RankOne { c } => Secular::of_rank_one(classes, c, None, &mut self.workspace),
        }
    }

    /// c.
    pub(super) fn factor(&self) -> Wide {
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
    pub(super) fn count_below(&self, x: Wide) -> usize {
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
    pub(super) fn size(&self) -> Wide {
        let norm: Wide = self.classes.iter().map(|&(_, u)| wide(u) * wide(u)).sum();
        let largest = self.classes.iter().map(|&(d, _)| d.into().abs());
        self.factor().abs() * norm + Wide::from(largest.fold(0.0, f64::max))
    }

    /// Indices to look at: all, or some of many.
    pub(super) fn indices(&self) -> impl Iterator<Item = usize> + use<T> {
        let n = self.classes.len();
        (0..n).step_by(if n > 300 { 13 } else { 1 })
    }

    /// Every eigenvalue is between what it may be too small and too large by.
    pub(super) fn check_values(&mut self, tolerance: impl Fn(Wide) -> Wide) {
        let values: Vec<T> = {
            let n = self.classes.len();
            let secular = self.secular();
            (0..n).map(|k| secular.value(&secular.place(k))).collect()
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
    pub(super) fn check_vectors(&mut self, orthogonality: f64, residual: Wide) {
        let factor = self.factor();
        let (n, classes) = (self.classes.len(), self.classes.clone());
        let indices: Vec<usize> = self.indices().collect();
        let secular = self.secular();
        let mut vectors: Vec<Vec<f64>> = Vec::new();
        for k in indices {
            let mut vector = vec![T::NAN; n];
            let place = secular.place(k);
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
