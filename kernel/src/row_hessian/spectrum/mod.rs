//! Eigenvalues and eigenvectors, each on its own.
//!
//! The eigenvalues of diag(d) - c u u^T are the roots of the secular function
//! `1 - c sum u^2 / (d - mu)`, one between every two neighbouring poles d_i (G. H. Golub, SIAM Rev. 15
//! (1973) 318). Departures from the textbook:
//!
//! 1. The textbook's 1 - c sum u^2/(d - mu) loses all eigenvalues below the roundoff of 1. As
//!    sum p = 1, for H = a (diag p - rho p p^T) with rho = 1 - 2 k / a and mu in units of a it is
//!    (1 - rho) - rho mu sum p/(p - mu), that is -rho mu times
//!    sum p/(p - mu) + ((1 - rho)/rho)/(0 - mu): weights p, one more pole at 0, no constant. All
//!    weights are positive, so relative changes of them change every root by as much, relatively;
//!    and so do roundings. For any other matrix the additional pole is o, with the weight
//!    1 - c sum u^2/(d - o) beside those of |c| u^2/|d - o|: o = 0 where the matrix is known to be
//!    semidefinite, else beyond all eigenvalues, where the weight is 1/2 at least.
//! 2. A root is found, and kept, as its distance from the nearest pole: the differences d_i - mu
//!    are then exact to rounding, and so are eigenvectors.
//!    Weights that are not the poles' own size, as under a softcap, may be next to nothing: then the
//!    term of the nearest pole is what others leave of each other, and f is evaluated in pairs.
//! 3. Poles that are equal, and poles without weight, are eigenvalues themselves. They are
//!    recognised by comparison, without a threshold; a class whose weight underflows has no part in
//!    other eigenvectors.
//! 4. The step to the next approximation is Gragg's, which cubes the error, where usual ones
//!    square it: two products a pole more, next to a division (W. B. Gragg, J. R. Thornton and
//!    D. D. Warner, Modeling and Simulation 23 (1992); A. Melman, Numer. Math. 69 (1995) 483). It
//!    gives the new distance as a quotient of sums of positive terms. See `interval`.

mod eigenvector;
mod interval;
mod secular;
mod sort;
mod sums;
#[cfg(test)]
mod tests;

use super::{RowHessian, check_len};
use crate::{element::Element, error::Error};
use secular::{Place, Secular};

/// The eigenvalues and eigenvectors of a [`RowHessian`], each in a few passes over the classes.
///
/// Made by [`RowHessian::spectrum`]. Eigenvalues are numbered from 0 in ascending order; one that is
/// n-fold has n numbers. Eigenvectors have the length 1, either sign, and are orthogonal, those of
/// one eigenvalue too; under a softcap, entries of the diagonal below the normal numbers have no
/// digits that tell their vectors from others. All are NaN where the row is not finite.
///
/// ```
/// use surprisal::{CrossEntropy, RowHessian, row_hessian::Spectrum};
///
/// let mut workspace = [0.0; RowHessian::<f64>::workspace_len(2)];
/// let hessian = CrossEntropy::new().row_hessian(&[3.0, 3.0], 0, &mut workspace)?;
/// let mut workspace = [0.0; Spectrum::<f64>::workspace_len(2)];
/// let spectrum = hessian.spectrum(&mut workspace)?;
/// let (mut eigenvalues, mut vector) = ([0.0; 2], [0.0; 2]);
/// // H is [1, -1; -1, 1] / 4.
/// spectrum.eigenvalues(&mut eigenvalues)?;
/// assert_eq!(eigenvalues, [0.0, 0.5]);
/// assert_eq!(spectrum.eigenvector(0, &mut vector)?, 0.0);
/// assert!((vector[0] - 0.5_f64.sqrt()).abs() < 1e-15 && vector[0] == vector[1]);
/// # Ok::<(), surprisal::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Spectrum<'s, T> {
    hessian: RowHessian<'s, T>,
    form: Form,
    secular: Secular<'s, T>,
    /// What the eigenvalues of the secular function are multiplied by.
    scale: T,
}

/// How a Hessian is a diagonal less a term of rank one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// a (diag p - rho p p^T) with rho in `[1/2, 1]`.
    Softmax,
    /// diag(d) - c u u^T. For a softmax with rho up to 1/2 it serves as well as the other form, as
    /// 1 - rho is not small then.
    RankOne,
}

impl<T: Element> RowHessian<'_, T> {
    /// The eigenvalues and eigenvectors. The poles are sorted: O(C log C).
    ///
    /// `workspace` is [`Spectrum::workspace_len`] long.
    ///
    /// # Errors
    ///
    /// A length that does not match.
    pub fn spectrum<'s>(&'s self, workspace: &'s mut [T]) -> Result<Spectrum<'s, T>, Error> {
        let expected = Spectrum::<T>::workspace_len(self.n_classes());
        check_len("workspace", expected, workspace.len())?;
        let coefficients = &self.coefficients;
        let (a, outer, c) = (coefficients.inner, coefficients.outer, coefficients.beside);
        let form = if !coefficients.bent && a > T::ZERO && outer >= T::ZERO && outer <= c {
            Form::Softmax
        } else {
            Form::RankOne
        };
        let (secular, scale) = match form {
            Form::Softmax => {
                let at_zero = outer / c;
                (
                    Secular::of_softmax(self.probabilities, at_zero, workspace),
                    a,
                )
            }
            Form::RankOne => {
                let signs = self.signs(T::ZERO);
                let is_semidefinite = c > T::ZERO && signs.is_semidefinite();
                let at_zero = is_semidefinite.then_some(signs.denominator);
                let classes = form.classes(self);
                (Secular::of_rank_one(classes, c, at_zero, workspace), T::ONE)
            }
        };
        Ok(Spectrum {
            hessian: *self,
            form,
            secular,
            scale,
        })
    }
}

impl Form {
    /// The pole and the entry of the vector of each class: d and u.
    fn classes<T: Element>(
        self,
        hessian: &RowHessian<'_, T>,
    ) -> impl Iterator<Item = (T, T)> + Clone {
        (0..hessian.n_classes()).map(move |class| {
            let class = hessian.class(class);
            let [p, ..] = class;
            match self {
                Self::Softmax => (p, p),
                Self::RankOne => {
                    let (u, d) = hessian.u_and_d(class);
                    (d, u)
                }
            }
        })
    }
}

impl<T: Element> Spectrum<'_, T> {
    /// Length of the workspace: two numbers a class, and two.
    pub const fn workspace_len(n_classes: usize) -> usize {
        n_classes.saturating_add(1).saturating_mul(2)
    }

    /// One eigenvalue, in O(C).
    ///
    /// # Errors
    ///
    /// An index that is not below the number of classes.
    pub fn eigenvalue(&self, index: usize) -> Result<T, Error> {
        Ok(self.value(&self.place(index)?))
    }

    /// All eigenvalues in ascending order, in O(C^2). `eigenvalues` is `[n_classes]`.
    ///
    /// # Errors
    ///
    /// A length that does not match; nothing has been written then.
    pub fn eigenvalues(&self, eigenvalues: &mut [T]) -> Result<(), Error> {
        check_len("eigenvalues", self.hessian.n_classes(), eigenvalues.len())?;
        for (index, eigenvalue) in eigenvalues.iter_mut().enumerate() {
            *eigenvalue = self.eigenvalue(index)?;
        }
        Ok(())
    }

    /// Writes an eigenvector and gives its eigenvalue, in O(C). `vector` is `[n_classes]`.
    ///
    /// # Errors
    ///
    /// A length that does not match, an index that is not below the number of classes; nothing has
    /// been written then.
    pub fn eigenvector(&self, index: usize, vector: &mut [T]) -> Result<T, Error> {
        check_len("vector", self.hessian.n_classes(), vector.len())?;
        let place = self.place(index)?;
        let classes = self.form.classes(&self.hessian);
        self.secular.eigenvector(place, classes, vector);
        Ok(self.value(&place))
    }

    fn value(&self, place: &Place<T>) -> T {
        self.secular.value(place) * self.scale
    }

    fn place(&self, index: usize) -> Result<Place<T>, Error> {
        if index < self.hessian.n_classes() {
            return Ok(self.secular.place(index));
        }
        Err(Error::OptionOutOfRange {
            option: "index",
            value: index as f64,
            allowed: "below the number of classes",
        })
    }
}
