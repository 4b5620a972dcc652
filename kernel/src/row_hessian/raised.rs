//! Solves with H + l I where c < 0: a diagonal that a term of rank one is added to.
//!
//! With D = diag(d) + l and C = |c|, the formula of Sherman and Morrison is (b_i - C u_i q) / D_i. Where
//! C u_i^2 is large beside D_i, as at the most probable class under a z-loss and hardly a target, it
//! is b_i / D_i less nearly all of that. No more than one class t can outweigh all others; eliminated
//! after them, it takes part in no difference:
//!
//! ```text
//! R   = 1 + C sum_(i != t) u_i^2 / D_i        N = sum_(i != t) u_i b_i / D_i
//! x_t = (b_t R - C u_t N) / P                 P = D_t R + C u_t^2
//! x_i = (b_i - C u_i (u_t b_t + D_t N) / P) / D_i
//! ```
//!
//! R and P are sums of positive terms. A term of b that is subtracted here is at most as large as what
//! it is subtracted from, but for b_j with j != i, which an entry of the inverse multiplies.

use super::{RowHessian, over, sums::sums_of_others};
use crate::element::Element;

impl<T: Element> RowHessian<'_, T> {
    /// The solution for a matrix that is definite but for masked classes, of which the entries are 0
    /// where lambda is.
    pub(super) fn raised_solve(&self, lambda: T, right_hand_side: &[T], solution: &mut [T]) {
        let c = self.coefficients.beside;
        let u_and_shifted = move |class| {
            let (u, d) = self.u_and_d(class);
            (u, d + lambda)
        };
        let largest = self.largest_ratio(lambda);
        let [p, slopes, bends] = self.classes();
        let arrays = [p, slopes, bends, right_hand_side];
        let [squares, products] = sums_of_others(largest, arrays, |[p, slope, bend, b]| {
            let (u, shifted) = u_and_shifted([p, slope, bend]);
            [u * over(u, shifted), u * over(b, shifted)]
        });
        let (squares, products) = (T::ONE - c * squares.nearest(), products.nearest());
        let (u, shifted) = u_and_shifted(self.class(largest));
        let b = right_hand_side.get(largest).copied().unwrap_or(T::ZERO);
        let pivot = shifted * squares - c * u * u;
        let q = c * (u * b + shifted * products) / pivot;

        self.map_classes(right_hand_side, solution, move |b, class| {
            let (u, shifted) = u_and_shifted(class);
            over(b + u * q, shifted)
        });
        if let Some(x) = solution.get_mut(largest) {
            *x = (b * squares + c * u * products) / pivot;
        }
    }

    /// The class with the largest u^2 / (d + lambda).
    fn largest_ratio(&self, lambda: T) -> usize {
        let ratios = (0..self.n_classes()).map(|class| {
            let (u, d) = self.u_and_d(self.class(class));
            u * over(u, d + lambda)
        });
        let first = (0, T::ZERO);
        let (class, _) =
            ratios.enumerate().fold(
                first,
                |largest, ratio| {
                    if ratio.1 > largest.1 { ratio } else { largest }
                },
            );
        class
    }
}
