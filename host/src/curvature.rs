//! What is read from the Hessian of every row, as the kernel's value.

use std::num::NonZeroUsize;

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use surprisal::{RowHessian, row_hessian::Spectrum};

use crate::{number::Float, rows::Rows};

/// What is computed from the Hessian H of each row, which is never stored.
///
/// Formulas, costs and accuracy are those of [`RowHessian`], one method each. All take O(C) a row,
/// but for eigenvalues and for what has as many entries as a matrix.
#[derive(Clone, Copy, Debug)]
pub enum Curvature<'a, T> {
    /// trace H, `[rows]`.
    Trace,
    /// The root of the sum of the squared entries of H, `[rows]`.
    FrobeniusNorm,
    /// v^T H v with a vector a row, `[rows]`.
    QuadraticForm(&'a Rows<T>),
    /// ln det(H + lambda I), `[rows]`.
    LogDeterminant(f64),
    /// The logarithm of the product of the eigenvalues that are not zero by their structure,
    /// `[rows]`.
    LogPseudoDeterminant,
    /// B v with H = B B^T, `[rows, classes]`.
    RootProduct(&'a Rows<T>),
    /// B^T v, `[rows, classes]`.
    RootTransposedProduct(&'a Rows<T>),
    /// The pseudo-inverse times a vector a row, `[rows, classes]`.
    PseudoInverseProduct(&'a Rows<T>),
    /// (H + lambda I)^-1 b with lambda and a right-hand side a row, `[rows, classes]`.
    DampedSolve(f64, &'a Rows<T>),
    /// The step of Newton's method from the row's own gradient, `[rows, classes]`.
    NewtonStep,
    /// The step of Levenberg and Marquardt, with lambda: `[rows, classes]`.
    LevenbergMarquardtStep(f64),
    /// L of H = L D L^T by rows, with D in place of its ones: `[rows, classes (classes + 1) / 2]`.
    Ldl,
    /// R of H = R R^T by rows, `[rows, classes (classes + 1) / 2]`.
    Cholesky,
    /// All eigenvalues in ascending order, in O(C^2): `[rows, classes]`.
    Eigenvalues,
    /// Random columns of which the sum of the squares f f^T is H in the mean, as rows:
    /// `[rows, columns, classes]`. They depend on the seed and the row alone.
    MonteCarloFactor {
        /// How many a row.
        columns: NonZeroUsize,
        /// What is drawn.
        seed: u64,
    },
}

impl<'a, T: Float> Curvature<'a, T> {
    /// The shape of the output of a row; `None` where memory can't address as much.
    pub(crate) fn row_shape(&self, n_classes: usize) -> Option<Vec<usize>> {
        Some(match self {
            Self::Trace
            | Self::FrobeniusNorm
            | Self::QuadraticForm(_)
            | Self::LogDeterminant(_)
            | Self::LogPseudoDeterminant => Vec::new(),
            Self::RootProduct(_)
            | Self::RootTransposedProduct(_)
            | Self::PseudoInverseProduct(_)
            | Self::DampedSolve(..)
            | Self::NewtonStep
            | Self::LevenbergMarquardtStep(_)
            | Self::Eigenvalues => vec![n_classes],
            Self::Ldl | Self::Cholesky => vec![packed_len(n_classes)?],
            Self::MonteCarloFactor { columns, .. } => vec![columns.get(), n_classes],
        })
    }

    /// The vectors that it needs, in the shape of the logits.
    pub(crate) fn vectors(&self) -> Option<&'a Rows<T>> {
        match *self {
            Self::QuadraticForm(vectors)
            | Self::RootProduct(vectors)
            | Self::RootTransposedProduct(vectors)
            | Self::PseudoInverseProduct(vectors)
            | Self::DampedSolve(_, vectors) => Some(vectors),
            _ => None,
        }
    }

    /// Writes the output of a row, which has the shape that [`row_shape`](Self::row_shape) says.
    /// `workspace` is [`workspace_len`] long.
    pub(crate) fn write(
        &self,
        hessian: &RowHessian<'_, T>,
        row: usize,
        workspace: &mut [T],
        out: &mut [T],
    ) -> Result<(), surprisal::Error> {
        let (of_factor, _) = workspace.split_at_mut(hessian.n_classes());
        let vector = |vectors: &'a Rows<T>| vectors.slice(row..row + 1);
        let number = match *self {
            Self::Trace => hessian.trace(),
            Self::FrobeniusNorm => hessian.frobenius_norm(),
            Self::QuadraticForm(vectors) => hessian.quadratic_form(vector(vectors))?,
            Self::LogDeterminant(lambda) => hessian.log_determinant(T::nearest(lambda))?,
            Self::LogPseudoDeterminant => hessian.log_pseudo_determinant()?,
            Self::RootProduct(vectors) => return hessian.root_product(vector(vectors), out),
            Self::RootTransposedProduct(vectors) => {
                return hessian.root_transposed_product(vector(vectors), out);
            }
            Self::PseudoInverseProduct(vectors) => {
                return hessian.pseudo_inverse_product(vector(vectors), out);
            }
            Self::DampedSolve(lambda, vectors) => {
                return hessian.damped_solve(T::nearest(lambda), vector(vectors), out);
            }
            Self::NewtonStep => return hessian.newton_step(out),
            Self::LevenbergMarquardtStep(lambda) => {
                return hessian.levenberg_marquardt_step(T::nearest(lambda), out);
            }
            Self::Ldl => return hessian.factor(of_factor)?.ldl(out),
            Self::Cholesky => return hessian.factor(of_factor)?.cholesky(out),
            Self::Eigenvalues => return hessian.spectrum(workspace)?.eigenvalues(out),
            Self::MonteCarloFactor { seed, .. } => {
                let mut generator = generator_of(seed, row);
                return hessian.monte_carlo_factor(|| generator.random(), out);
            }
        };
        out.fill(number);
        Ok(())
    }
}

/// Length of the workspace for rows of so many classes: that of the spectrum, which is longer than
/// that of the factor.
pub(crate) const fn workspace_len<T: Float>(n_classes: usize) -> usize {
    Spectrum::<T>::workspace_len(n_classes)
}

/// A generator of its own for every row, so that threads do not matter.
fn generator_of(seed: u64, row: usize) -> Xoshiro256PlusPlus {
    let of_all: u64 = Xoshiro256PlusPlus::seed_from_u64(seed).random();
    Xoshiro256PlusPlus::seed_from_u64(of_all.wrapping_add(row as u64))
}

/// (C^2 + C) / 2 without a sum that could overflow.
pub(crate) fn packed_len(n_classes: usize) -> Option<usize> {
    let square = n_classes.checked_mul(n_classes)?;
    Some(square / 2 + n_classes / 2 + n_classes % 2)
}
