//! L D L^T and Cholesky in closed form.
//!
//! With T_j = 1 - c sum_(i <= j) u_i^2 / d_i, T before the first class 1, and j < i,
//!
//! ```text
//! D_j  = d_j T_j / T_(j-1)           L_ij = -c u_i (u_j / d_j) / T_j
//! L^-1 = I + c u_i (u_j / d_j) / T_(i-1)
//! ```
//!
//! where T_j is the sum of the probabilities after j and of the terms of the denominator up to j,
//! none of which is negative where H is known to be semidefinite (K. Tanabe and M. Sagae, J. R.
//! Statist. Soc. B 54 (1992) 211, for the plain loss). L_ij is a number of i times one of j, so L
//! and its inverse are applied by running sums.

use super::{RowHessian, check_len, over};
use crate::{
    element::Element,
    error::Error,
    pair::{Pair, quick_two_sum, two_sum},
    row::hessian::Layout,
};

/// The factors L D L^T = R R^T of a [`RowHessian`], with L unit lower triangular and R lower
/// triangular, in O(C) of storage and per operation.
///
/// Made by [`RowHessian::factor`]. Pivots of masked classes are 0, and so is that of the last class
/// that is not masked where H has a null vector.
///
/// ```
/// use surprisal::{CrossEntropy, RowHessian};
///
/// let mut workspace = [0.0; RowHessian::<f64>::workspace_len(2)];
/// let hessian = CrossEntropy::new().row_hessian(&[3.0, 3.0], 0, &mut workspace)?;
/// let (mut tails, mut packed) = ([0.0; 2], [0.0; 3]);
/// let factor = hessian.factor(&mut tails)?;
/// factor.ldl(&mut packed)?;
/// assert_eq!(packed, [0.25, -1.0, 0.0]);
/// factor.cholesky(&mut packed)?;
/// assert_eq!(packed, [0.5, -0.5, 0.0]);
/// # Ok::<(), surprisal::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Factor<'f, T> {
    hessian: RowHessian<'f, T>,
    /// T_j.
    tails: &'f [T],
}

/// Names of arguments.
const VECTORS: [&str; 2] = ["vector", "product"];
const SYSTEM: [&str; 2] = ["right_hand_side", "solution"];

/// What a class contributes: D, the T before it and its own, u, and c u / d.
struct Step<T> {
    pivot: T,
    before: T,
    tail: T,
    u: T,
    ratio: T,
}

impl<T: Element> RowHessian<'_, T> {
    /// The factors L D L^T and R R^T, in O(C). `workspace` is `[n_classes]`. Without digits, or NaN,
    /// where `a p` is below the normal numbers or `2 k / a` overflows: under a z-loss, where next to
    /// nothing is in the gradient. Under a softcap the bends in a T_j may cancel; the product of the
    /// factors is then off by as much more as its parts are larger than it.
    ///
    /// # Errors
    ///
    /// A length that does not match; a Hessian that is not known to be semidefinite. Then the
    /// contents of `workspace` have no meaning.
    pub fn factor<'f>(&'f self, workspace: &'f mut [T]) -> Result<Factor<'f, T>, Error> {
        check_len("workspace", self.n_classes(), workspace.len())?;
        let refused = Err(Error::Indefinite {
            operation: "factor",
        });
        if !self.signs(T::ZERO).is_semidefinite() {
            return refused;
        }
        // The probabilities after each class, from the last one on; then the terms up to it.
        let mut after = Pair::ZERO;
        for (tail, &p) in workspace.iter_mut().zip(self.probabilities).rev() {
            *tail = after.high;
            after = plus(after, p);
        }
        let mut up_to = Pair::ZERO;
        let classes = self.probabilities.iter().zip(self.slopes).zip(self.bends);
        for (tail, ((&p, &slope), &bend)) in workspace.iter_mut().zip(classes) {
            up_to = plus(up_to, self.denominator_term([p, slope, bend], T::ZERO));
            *tail = (*tail + up_to.high) + up_to.low;
            if *tail < T::ZERO {
                return refused;
            }
        }
        Ok(Factor {
            hessian: *self,
            tails: workspace,
        })
    }
}

/// `u / divisor` of a number of other classes. That may be infinite where they all but end at a pivot
/// of 0, or where c / a is large: a class without a part in it, like a masked one, has none of it.
fn part<T: Element>(u: T, divisor: T, of_others: T) -> T {
    if u == T::ZERO {
        T::ZERO
    } else {
        over(u, divisor) * of_others
    }
}

/// Adds a number to a sum.
fn plus<T: Element>(sum: Pair<T>, term: T) -> Pair<T> {
    let added = two_sum(sum.high, term);
    quick_two_sum(added.high, added.low + sum.low)
}

impl<T: Element> Factor<'_, T> {
    /// Number of classes.
    pub const fn n_classes(&self) -> usize {
        self.hessian.n_classes()
    }

    /// The classes in order.
    fn steps(&self) -> impl DoubleEndedIterator<Item = Step<T>> + ExactSizeIterator {
        let hessian = &self.hessian;
        (0..self.n_classes()).map(|class| {
            let tail_of = |class: usize| self.tails.get(class).copied();
            let before = class.checked_sub(1).and_then(tail_of).unwrap_or(T::ONE);
            let tail = tail_of(class).unwrap_or(T::ZERO);
            let (u, d) = hessian.u_and_d(hessian.class(class));
            Step {
                pivot: d * over(tail, before),
                before,
                tail,
                u,
                ratio: self.ratio(u, d),
            }
        })
    }

    /// c u / d. Without a softcap d is a u, and the quotient c / a: where a is nearly 2 k, c u may be
    /// below the normal numbers and its quotient by d is not.
    fn ratio(&self, u: T, d: T) -> T {
        let coefficients = &self.hessian.coefficients;
        if coefficients.bent {
            over(coefficients.beside * u, d)
        } else if u == T::ZERO {
            T::ZERO
        } else {
            over(coefficients.beside, coefficients.inner)
        }
    }

    /// D, `[n_classes]`.
    ///
    /// # Errors
    ///
    /// A length that does not match; nothing has been written then.
    pub fn pivots(&self, pivots: &mut [T]) -> Result<(), Error> {
        check_len("pivots", self.n_classes(), pivots.len())?;
        for (pivot, step) in pivots.iter_mut().zip(self.steps()) {
            *pivot = step.pivot;
        }
        Ok(())
    }

    /// L, packed by rows as in [`RowHessian::packed`], with D in place of its unit diagonal.
    ///
    /// # Errors
    ///
    /// A length that does not match; nothing has been written then.
    pub fn ldl(&self, packed: &mut [T]) -> Result<(), Error> {
        self.write(packed, |_| T::ONE, |step| step.pivot)
    }

    /// R = L sqrt D, packed by rows as in [`RowHessian::packed`].
    ///
    /// # Errors
    ///
    /// A length that does not match; nothing has been written then.
    pub fn cholesky(&self, packed: &mut [T]) -> Result<(), Error> {
        self.write(packed, |step| step.pivot.sqrt(), |step| step.pivot.sqrt())
    }

    /// L with its columns multiplied, and another diagonal.
    ///
    /// Until it is written, the last row holds what is the same in a column.
    fn write(
        &self,
        packed: &mut [T],
        of_column: impl Fn(&Step<T>) -> T,
        diagonal: impl Fn(&Step<T>) -> T,
    ) -> Result<(), Error> {
        let len = self.hessian.matrix_len(Layout::Packed)?;
        check_len("packed", len, packed.len())?;
        let n_classes = self.n_classes();
        let (mut rest, last) = packed
            .split_at_mut_checked(len.saturating_sub(n_classes))
            .unwrap_or_default();
        for (entry, step) in last.iter_mut().zip(self.steps()) {
            *entry = step.ratio * of_column(&step);
        }
        let entry = |u: T, tail: T, of_column: T| T::ZERO - part(u, tail, of_column);
        for (i, step) in self.steps().enumerate() {
            let row_len = Layout::Packed.row_len(n_classes, i);
            let Some((row, after)) = rest.split_at_mut_checked(row_len) else {
                break;
            };
            for ((out, &of_column), &tail) in row.iter_mut().zip(&*last).zip(self.tails) {
                *out = entry(step.u, tail, of_column);
            }
            if let Some(out) = row.last_mut() {
                *out = diagonal(&step);
            }
            rest = after;
        }
        if let Some(step) = self.steps().next_back() {
            for (out, &tail) in last.iter_mut().zip(self.tails) {
                *out = entry(step.u, tail, *out);
            }
            if let Some(out) = last.last_mut() {
                *out = diagonal(&step);
            }
        }
        Ok(())
    }

    /// L x. `vector` and `product` are `[n_classes]`.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; nothing has been written then.
    pub fn lower_product(&self, vector: &[T], product: &mut [T]) -> Result<(), Error> {
        self.start(VECTORS, vector, product)?;
        let mut sum = Pair::ZERO;
        for (entry, step) in product.iter_mut().zip(self.steps()) {
            let x = *entry;
            *entry = x - part(step.u, T::ONE, sum.high);
            sum = plus(sum, over(step.ratio * x, step.tail));
        }
        Ok(())
    }

    /// L^T x. `vector` and `product` are `[n_classes]`.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; nothing has been written then.
    pub fn lower_transposed_product(&self, vector: &[T], product: &mut [T]) -> Result<(), Error> {
        self.start(VECTORS, vector, product)?;
        let mut sum = Pair::ZERO;
        for (entry, step) in product.iter_mut().zip(self.steps()).rev() {
            let x = *entry;
            *entry = x - step.ratio * over(sum.high, step.tail);
            sum = plus(sum, step.u * x);
        }
        Ok(())
    }

    /// x of L x = b. `right_hand_side` and `solution` are `[n_classes]`.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; nothing has been written then.
    pub fn lower_solve(&self, right_hand_side: &[T], solution: &mut [T]) -> Result<(), Error> {
        self.start(SYSTEM, right_hand_side, solution)?;
        let mut sum = Pair::ZERO;
        for (entry, step) in solution.iter_mut().zip(self.steps()) {
            let b = *entry;
            *entry = b + part(step.u, step.before, sum.high);
            sum = plus(sum, step.ratio * b);
        }
        Ok(())
    }

    /// x of L^T x = b. `right_hand_side` and `solution` are `[n_classes]`.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; nothing has been written then.
    pub fn lower_transposed_solve(
        &self,
        right_hand_side: &[T],
        solution: &mut [T],
    ) -> Result<(), Error> {
        self.start(SYSTEM, right_hand_side, solution)?;
        let mut sum = Pair::ZERO;
        for (entry, step) in solution.iter_mut().zip(self.steps()).rev() {
            let b = *entry;
            *entry = b + step.ratio * sum.high;
            sum = plus(sum, over(step.u, step.before) * b);
        }
        Ok(())
    }

    /// R x. `vector` and `product` are `[n_classes]`.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; nothing has been written then.
    pub fn cholesky_product(&self, vector: &[T], product: &mut [T]) -> Result<(), Error> {
        self.start(VECTORS, vector, product)?;
        let mut sum = Pair::ZERO;
        for (entry, step) in product.iter_mut().zip(self.steps()) {
            let x = step.pivot.sqrt() * *entry;
            *entry = x - part(step.u, T::ONE, sum.high);
            sum = plus(sum, over(step.ratio * x, step.tail));
        }
        Ok(())
    }

    /// R^T x. `vector` and `product` are `[n_classes]`.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; nothing has been written then.
    pub fn cholesky_transposed_product(
        &self,
        vector: &[T],
        product: &mut [T],
    ) -> Result<(), Error> {
        self.lower_transposed_product(vector, product)?;
        for (entry, step) in product.iter_mut().zip(self.steps()) {
            *entry = step.pivot.sqrt() * *entry;
        }
        Ok(())
    }

    /// A solution of H x = b: D^-1 L^-1 b, by L^T, where the entries of D^-1 are 0 for pivots that are.
    /// `right_hand_side` and `solution` are `[n_classes]`.
    ///
    /// For the plain loss this is the solution whose entry of the last class that is not masked is 0,
    /// as long as there is one: b must sum to 0, and be 0 at masked classes. A definite Hessian has one
    /// solution for every b.
    ///
    /// The two triangles, one after the other, would add numbers of which little is left. What they
    /// come to, the solve of [`damped_solve`](RowHessian::damped_solve) on the classes before the pivot
    /// that is 0, errs by some ten roundings of |b_i| / d_i + |x_last| with x_last = sum b / d_last
    /// over the classes before the last; for a definite Hessian without softcap of |H^-1| |b|.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; nothing has been written then.
    pub fn solve(&self, right_hand_side: &[T], solution: &mut [T]) -> Result<(), Error> {
        check_len(SYSTEM[0], self.n_classes(), right_hand_side.len())?;
        check_len(SYSTEM[1], self.n_classes(), solution.len())?;
        let first_zero = self.tails.iter().position(|&tail| tail == T::ZERO);
        let n_pivots = first_zero.unwrap_or(self.n_classes());
        let leading = self.hessian.leading(n_pivots);
        let tails = self.tails.get(..n_pivots).unwrap_or_default();
        let right_hand_side = right_hand_side.get(..n_pivots).unwrap_or_default();
        let (solution, others) = solution.split_at_mut_checked(n_pivots).unwrap_or_default();
        others.fill(T::ZERO);
        if let Some(&denominator) = tails.last() {
            leading.shifted_solve(T::ZERO, denominator, right_hand_side, None, solution);
        }
        Ok(())
    }

    /// Checks lengths, and copies what an operation then works on in place.
    fn start(
        &self,
        [from, to]: [&'static str; 2],
        input: &[T],
        out: &mut [T],
    ) -> Result<(), Error> {
        check_len(from, self.n_classes(), input.len())?;
        check_len(to, self.n_classes(), out.len())?;
        for (out, &input) in out.iter_mut().zip(input) {
            *out = input;
        }
        Ok(())
    }
}
