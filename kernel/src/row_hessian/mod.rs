//! The Hessian of one row as a value: everything that is done with it, in O(C).
//!
//! With the softmax p of z, slopes z' and bends e (both per class; 1 and 0 unless there is a
//! softcap), and u = p z', every row's Hessian by its logits is
//!
//! ```text
//! H = diag(d) - c u u^T      d = a p z'^2 + e,  c = a - 2 k
//! ```
//!
//! a diagonal less a term of rank one. Each operation is the closed form of such a matrix, written
//! so that it does not cancel where p is a softmax: sum p = 1 turns the denominator of Sherman and
//! Morrison into a sum of terms that are not negative,
//!
//! ```text
//! 1 - c sum u_i^2 / (d_i + l) = sum p_i (2 k u_i z'_i + e_i + l) / (d_i + l)
//! ```
//!
//! and the same sum up to a class is what its L D L^T is made of. 1 - p of the most probable class
//! is kept from the row's state. Arithmetic is plain, unfused and in a fixed order: the same bits on
//! every processor that gives the same probabilities. [`hessian_of_a_softmax_row`] has the formulas
//! one by one.

mod damped;
mod entries;
mod factor;
mod inverse;
mod log_product;
mod loops;
mod products;
mod raised;
mod root;
mod samples;
mod spectrum;
mod steps;
mod sums;

pub use self::{factor::Factor, spectrum::Spectrum};

use self::sums::sums;
use crate::{element::Element, error::Error, pair::Pair};

#[doc = include_str!("hessian_of_a_softmax_row.md")]
pub mod hessian_of_a_softmax_row {}

/// The Hessian of one row with respect to its logits, as a value of a few numbers a class.
///
/// Made by [`CrossEntropy::row_hessian`](crate::CrossEntropy::row_hessian), in a workspace of the
/// caller, under all options of the loss. No operation stores a matrix, or takes more than O(C)
/// unless it writes one. [`hessian_of_a_softmax_row`] has formulas, costs and bounds.
///
/// An ignored row has the Hessian 0. Every output of a row that is not finite is NaN. A masked class
/// has zeros in its row and column.
///
/// ```
/// use surprisal::{CrossEntropy, RowHessian};
///
/// let mut workspace = [0.0; RowHessian::<f64>::workspace_len(2)];
/// let hessian = CrossEntropy::new().row_hessian(&[3.0, 3.0], 0, &mut workspace)?;
/// // H is [1, -1; -1, 1] / 4.
/// assert_eq!(hessian.quadratic_form(&[1.0, -1.0])?, 1.0);
/// let mut solution = [0.0; 2];
/// hessian.damped_solve(0.5, &[1.0, 0.0], &mut solution)?;
/// assert_eq!(solution, [1.5, 0.5]);
/// # Ok::<(), surprisal::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RowHessian<'w, T> {
    /// p.
    pub(crate) probabilities: &'w [T],
    /// Of the row's own objective, by its logits.
    pub(crate) gradient: &'w [T],
    /// z', the derivatives of z by the logits. A constant one is part of the coefficients, and 1
    /// here.
    pub(crate) slopes: &'w [T],
    /// e, what the second derivatives of z add to the diagonal.
    pub(crate) bends: &'w [T],
    pub(crate) coefficients: Coefficients<T>,
}

/// The numbers of a row that are not one a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Coefficients<T> {
    /// a: the factor of diag p - p p^T.
    pub(crate) inner: T,
    /// 2 k: the factor of p p^T.
    pub(crate) outer: T,
    /// a - 2 k.
    pub(crate) beside: T,
    /// The most probable class, the first of several.
    pub(crate) top: usize,
    /// 1 - p of it.
    pub(crate) rest: T,
    /// The sum of the gradient's entries. Without meaning under a softcap.
    pub(crate) gradient_sum: Pair<T>,
    /// The label, where the gradient is a (p - 1 at the label).
    pub(crate) label: Option<usize>,
    /// Whether slopes are not 1 or bends not 0.
    pub(crate) bent: bool,
}

impl<T: Element> Coefficients<T> {
    /// Of H = 0.
    pub(crate) const NONE: Self = Self {
        inner: T::ZERO,
        outer: T::ZERO,
        beside: T::ZERO,
        top: 0,
        rest: T::ZERO,
        gradient_sum: Pair::ZERO,
        label: None,
        bent: false,
    };
}

/// What is known of the signs of a Hessian's eigenvalues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Definiteness {
    /// All positive.
    Definite,
    /// None negative.
    Semidefinite,
    /// Some may be negative: under a z-loss with A + 2 k lse < 0, where A is the sum of the target
    /// weights, or under a softcap.
    Indefinite,
}

impl<'w, T: Element> RowHessian<'w, T> {
    /// Length of the workspace of a row: four numbers a class.
    pub const fn workspace_len(n_classes: usize) -> usize {
        n_classes.saturating_mul(4)
    }

    /// Of a workspace that has been filled: probabilities, gradient, slopes and bends.
    pub(crate) fn of(workspace: &'w [T], n_classes: usize, coefficients: Coefficients<T>) -> Self {
        let mut arrays = workspace.chunks(n_classes.max(1));
        let mut next = || arrays.next().unwrap_or_default();
        Self {
            probabilities: next(),
            gradient: next(),
            slopes: next(),
            bends: next(),
            coefficients,
        }
    }

    /// Number of classes.
    pub const fn n_classes(&self) -> usize {
        self.probabilities.len()
    }

    /// The gradient of the row's objective by its logits.
    pub const fn gradient(&self) -> &'w [T] {
        self.gradient
    }

    /// What is known of the signs of the eigenvalues, in O(C).
    ///
    /// Without z-loss and softcap the Hessian is always [`Semidefinite`](Definiteness::Semidefinite).
    /// It is [`Indefinite`](Definiteness::Indefinite) here wherever the diagonal of the form
    /// diag(d) - c u u^T has a negative entry, or one of 0 where u is not, which leaves few cases of
    /// definite ones out.
    pub fn definiteness(&self) -> Definiteness {
        let signs = self.signs(T::ZERO);
        if !signs.is_semidefinite() {
            Definiteness::Indefinite
        } else if signs.is_definite() {
            Definiteness::Definite
        } else {
            Definiteness::Semidefinite
        }
    }

    /// The matrix of the first classes, whose probabilities do not sum to 1.
    fn leading(&self, n_classes: usize) -> Self {
        let first = |array: &'w [T]| array.get(..n_classes).unwrap_or(array);
        Self {
            probabilities: first(self.probabilities),
            gradient: first(self.gradient),
            slopes: first(self.slopes),
            bends: first(self.bends),
            coefficients: self.coefficients,
        }
    }

    /// Probabilities, slopes and bends.
    fn classes(&self) -> [&'w [T]; 3] {
        [self.probabilities, self.slopes, self.bends]
    }

    /// Probability, slope and bend of a class.
    fn class(&self, class: usize) -> [T; 3] {
        self.classes()
            .map(|array| array.get(class).copied().unwrap_or(T::ZERO))
    }

    /// u and d of a class.
    #[inline(always)]
    fn u_and_d(&self, [p, slope, bend]: [T; 3]) -> (T, T) {
        let u = p * slope;
        (u, self.coefficients.inner * (u * slope) + bend)
    }

    /// The signs that decide what H + shift I is.
    fn signs(&self, shift: T) -> Signs<T> {
        let Coefficients {
            inner,
            beside,
            bent,
            ..
        } = self.coefficients;
        let [denominator] = sums(self.classes(), move |class| {
            [self.denominator_term(class, shift)]
        });
        // Then a p + shift is positive in every class.
        let [negative, zeros] = if !bent && inner >= T::ZERO && shift > T::ZERO {
            [Pair::ZERO; 2]
        } else {
            // Otherwise a zero on the diagonal is a product that underflowed.
            let may_vanish = bent || inner <= T::ZERO;
            let flag = |is_set: bool| if is_set { T::ONE } else { T::ZERO };
            sums(self.classes(), |class| {
                let (u, d) = self.u_and_d(class);
                let shifted = d + shift;
                let degenerate = may_vanish && beside * u != T::ZERO && shifted == T::ZERO;
                [
                    flag(shifted < T::ZERO || degenerate),
                    flag(shifted == T::ZERO),
                ]
            })
        };
        Signs {
            denominator: denominator.nearest(),
            has_negative: negative.high > T::ZERO,
            has_zero: zeros.high > T::ZERO,
        }
    }

    /// p less c u^2 / (d + shift) of a class.
    #[inline(always)]
    fn denominator_term(&self, class: [T; 3], shift: T) -> T {
        let [p, slope, bend] = class;
        let (u, d) = self.u_and_d(class);
        let shifted = d + shift;
        // At most 1 unless c is negative, however small both are.
        let ratio = (self.coefficients.outer * (u * slope) + bend + shift) / shifted;
        if shifted == T::ZERO { p } else { p * ratio }
    }
}

/// Signs of diag(d) + shift and of 1 - c sum u^2 / (d + shift).
#[derive(Clone, Copy, Debug)]
struct Signs<T> {
    denominator: T,
    has_negative: bool,
    has_zero: bool,
}

impl<T: Element> Signs<T> {
    /// Whether it is known that no eigenvalue is negative. A matrix of NaN passes: its outputs are NaN,
    /// which is no error.
    fn is_semidefinite(&self) -> bool {
        let is_negative = self.has_negative || self.denominator < T::ZERO;
        !is_negative
    }

    fn is_definite(&self) -> bool {
        self.is_semidefinite() && !self.has_zero && self.denominator != T::ZERO
    }
}

/// Checks the length of an argument.
fn check_len(argument: &'static str, expected: usize, actual: usize) -> Result<(), Error> {
    if actual == expected {
        return Ok(());
    }
    Err(Error::LengthMismatch {
        argument,
        expected,
        actual,
    })
}

/// Checks that an argument holds whole rows of `n_classes`; how many.
fn check_rows(argument: &'static str, n_classes: usize, actual: usize) -> Result<usize, Error> {
    let n_rows = actual.div_ceil(n_classes.max(1));
    check_len(argument, n_rows.saturating_mul(n_classes), actual)?;
    Ok(n_rows)
}

/// The quotient; zero where the divisor is: of masked classes, and of what comes after the last that
/// is not.
#[inline(always)]
fn over<T: Element>(a: T, b: T) -> T {
    // Divided in any case: a selection, which vectors can do, and no branch.
    let quotient = a / b;
    if b == T::ZERO { T::ZERO } else { quotient }
}
