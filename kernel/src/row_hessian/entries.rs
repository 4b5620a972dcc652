//! Entries of the matrix, and what follows from them alone.

use super::{RowHessian, check_len, sums::sums_of_others};
use crate::{element::Element, error::Error, row::hessian::Layout};

impl<T: Element> RowHessian<'_, T> {
    /// The diagonal, `[n_classes]`.
    ///
    /// # Errors
    ///
    /// A length that does not match; nothing has been written then.
    pub fn diagonal(&self, diagonal: &mut [T]) -> Result<(), Error> {
        check_len("diagonal", self.n_classes(), diagonal.len())?;
        let classes = self.probabilities.iter().zip(self.slopes).zip(self.bends);
        for (entry, ((&p, &slope), &bend)) in diagonal.iter_mut().zip(classes) {
            *entry = self.on_diagonal([p, slope, bend], T::ONE - p);
        }
        if let Some(entry) = diagonal.get_mut(self.coefficients.top) {
            *entry = self.diagonal_of_top();
        }
        Ok(())
    }

    /// The matrix, `[n_classes, n_classes]`, symmetric to the bit.
    ///
    /// # Errors
    ///
    /// A length that does not match; nothing has been written then.
    pub fn dense(&self, matrix: &mut [T]) -> Result<(), Error> {
        self.matrix("matrix", Layout::Dense, matrix)
    }

    /// The lower triangle, packed by rows: entry (i, j), j <= i, at i (i + 1) / 2 + j.
    ///
    /// # Errors
    ///
    /// A length that does not match; nothing has been written then.
    pub fn packed(&self, packed: &mut [T]) -> Result<(), Error> {
        self.matrix("packed", Layout::Packed, packed)
    }

    fn matrix(&self, argument: &'static str, layout: Layout, out: &mut [T]) -> Result<(), Error> {
        let n_classes = self.n_classes();
        check_len(argument, self.matrix_len(layout)?, out.len())?;
        let mut rest = out;
        for i in 0..n_classes {
            let class = self.class(i);
            let (u, _) = self.u_and_d(class);
            let Some((row, after)) = rest.split_at_mut_checked(layout.row_len(n_classes, i)) else {
                break;
            };
            for (entry, (&p, &slope)) in row
                .iter_mut()
                .zip(self.probabilities.iter().zip(self.slopes))
            {
                *entry = self.beside_diagonal(u, p * slope);
            }
            if let Some(entry) = row.get_mut(i) {
                *entry = self.diagonal_entry(i, class);
            }
            rest = after;
        }
        Ok(())
    }

    /// Length of a matrix of as many rows as there are classes.
    pub(super) fn matrix_len(&self, layout: Layout) -> Result<usize, Error> {
        let n_classes = self.n_classes();
        // The largest one of which no part overflows.
        n_classes
            .checked_mul(n_classes)
            .map(|_| layout.len(n_classes))
            .ok_or(Error::SizeOverflow {
                n_rows: 1,
                n_classes,
            })
    }

    /// The sum of the diagonal.
    pub fn trace(&self) -> T {
        let [others] = sums_of_others(self.coefficients.top, self.classes(), |class| {
            let [p, ..] = class;
            [self.on_diagonal(class, T::ONE - p)]
        });
        (others.high + self.diagonal_of_top()) + others.low
    }

    /// The square root of the sum of the squares of all entries.
    ///
    /// Entries are divided by the largest before they are squared, so that only what is that far
    /// below it underflows.
    pub fn frobenius_norm(&self) -> T {
        let ((index, u), second) = self.two_largest_u();
        let largest_beside = self.beside_diagonal(u, second).magnitude();
        let largest = self.largest_on_diagonal().larger(largest_beside);
        if largest == T::ZERO {
            return largest;
        }
        let square = |x: T| x * x;
        let top = square(self.diagonal_of_top() / largest);
        let [on_diagonal] = sums_of_others(self.coefficients.top, self.classes(), |class| {
            let [p, ..] = class;
            [square(self.on_diagonal(class, T::ONE - p) / largest)]
        });
        let mut sum = on_diagonal.nearest() + top;
        if largest_beside > T::ZERO {
            // 2 sum_(i < j) (u_i u_j)^2, by the second largest u.
            let [squares, fourths] = sums_of_others(index, self.classes(), |[p, slope, _]| {
                let squared = square(p * slope / second);
                [squared, square(squared)]
            });
            let others = squares.nearest();
            let among_others = others * others - fourths.nearest();
            let pairs = others + others + square(second / u) * among_others;
            sum = sum + square(largest_beside / largest) * pairs;
        }
        largest * sum.sqrt()
    }

    /// A lower and an upper bound of the largest eigenvalue, to rounding: the largest entry of the
    /// diagonal, and the smaller of Gershgorin's largest row sum and what diag(d) - c u u^T is at
    /// most. Under every option; for the plain loss max p q and min(max p, max 2 p q).
    pub fn largest_eigenvalue_bounds(&self) -> (T, T) {
        let ((index, u_max), _) = self.two_largest_u();
        let [others, squares] = sums_of_others(index, self.classes(), |[p, slope, _]| {
            let u = p * slope;
            [u, u * u]
        });
        let (others, squares) = (others.nearest(), squares.nearest());
        let magnitude_beside = self.coefficients.beside.magnitude();
        let (mut lower, mut of_rows, mut of_d) = (T::NEG_INFINITY, T::NEG_INFINITY, T::ZERO);
        for i in 0..self.n_classes() {
            let class = self.class(i);
            let (u, d) = self.u_and_d(class);
            let entry = self.diagonal_entry(i, class);
            let beside = if i == index {
                others
            } else {
                (others - u) + u_max
            };
            lower = lower.larger(entry);
            of_rows = of_rows.larger(entry + magnitude_beside * u * beside);
            of_d = of_d.larger(d);
        }
        let raised = (-self.coefficients.beside).larger(T::ZERO);
        let by_d = of_d + raised * (squares + u_max * u_max);
        (lower, by_d.smaller(of_rows))
    }

    /// The entry of class i on the diagonal.
    #[inline(always)]
    fn diagonal_entry(&self, i: usize, class: [T; 3]) -> T {
        if i == self.coefficients.top {
            return self.diagonal_of_top();
        }
        let [p, ..] = class;
        self.on_diagonal(class, T::ONE - p)
    }

    /// An entry of the diagonal, given 1 - p.
    #[inline(always)]
    pub(super) fn on_diagonal(&self, [p, slope, bend]: [T; 3], complement: T) -> T {
        let by_z = self.coefficients.inner * complement + self.coefficients.outer * p;
        p * slope * slope * by_z + bend
    }

    /// That of the most probable class.
    pub(super) fn diagonal_of_top(&self) -> T {
        self.on_diagonal(self.class(self.coefficients.top), self.coefficients.rest)
    }

    /// An entry beside the diagonal, the same for (i, j) and (j, i). The smaller factor comes last:
    /// two small ones could underflow before a large coefficient.
    #[inline(always)]
    pub(super) fn beside_diagonal(&self, u: T, other: T) -> T {
        let (large, small) = if u >= other { (u, other) } else { (other, u) };
        // Subtracted from zero, not negated: entries of masked classes are 0, not -0.
        T::ZERO - self.coefficients.beside * large * small
    }

    fn largest_on_diagonal(&self) -> T {
        let mut largest = T::ZERO;
        for (i, ((&p, &slope), &bend)) in self
            .probabilities
            .iter()
            .zip(self.slopes)
            .zip(self.bends)
            .enumerate()
        {
            let entry = self.diagonal_entry(i, [p, slope, bend]);
            largest = largest.larger(entry.magnitude());
        }
        largest
    }

    /// The largest u with its class, and the second largest; the second is zero for one class.
    fn two_largest_u(&self) -> ((usize, T), T) {
        let (mut largest, mut second) = ((0, T::ZERO), T::ZERO);
        let classes = self.probabilities.iter().zip(self.slopes).enumerate();
        for (class, (&p, &slope)) in classes {
            let u = p * slope;
            if u > largest.1 || class == 0 {
                second = if class == 0 { T::ZERO } else { largest.1 };
                largest = (class, u);
            } else {
                second = second.larger(u);
            }
        }
        (largest, second)
    }
}
