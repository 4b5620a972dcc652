//! Gradients of one row under options.

use super::{
    row::{Classes, Row},
    z_loss::z_loss,
};
use crate::{pair::Pair, vector::Vector};

/// The gradient as a function of the classes.
#[derive(Clone, Copy)]
pub(crate) struct Gradient<V> {
    /// A + 2 k lse.
    factor: Pair<V>,
    /// 2 k lse, the sum of the entries by z.
    sum: Pair<V>,
    /// The entry of the top class, by z.
    of_top: Pair<V>,
}

impl<V: Vector<Element = f64>> Gradient<V> {
    #[inline(always)]
    pub(crate) fn of(row: &Row<'_, V>) -> Self {
        let minus = V::splat(row.arch, -1.0);
        let [of_z_loss, _] = z_loss(row.arch, row.z_factor, row.log_sum_exp);
        let p = Pair::from_one(row.arch, V::splat(row.arch, 1.0)).add(row.rest.scale(minus));
        // A p - t of the top class is the targets of the others less A (1 - p): for a plain label
        // nothing is left to cancel.
        let of_top = row
            .weight_of_others
            .add(row.weight.mul(row.rest).scale(minus));
        Self {
            factor: row.weight.add(of_z_loss),
            sum: of_z_loss,
            of_top: of_top.add(of_z_loss.mul(p)),
        }
    }

    /// A + 2 k lse.
    #[inline(always)]
    pub(crate) fn factor(&self) -> Pair<V> {
        self.factor
    }

    /// The sum of the entries by z.
    #[inline(always)]
    pub(crate) fn sum(&self) -> Pair<V> {
        self.sum
    }

    /// Entries by z of the classes from `first` on.
    #[inline(always)]
    pub(crate) fn by_z(&self, row: &Row<'_, V>, classes: &Classes<V>, first: usize) -> Pair<V> {
        let minus = V::splat(row.arch, -1.0);
        let of_others = classes
            .p
            .mul(self.factor)
            .add(row.targets(first).scale(minus));
        Pair::select(row.is_top(classes.index), self.of_top, of_others)
    }

    /// Entries by the logits.
    #[inline(always)]
    pub(crate) fn by_logits(
        &self,
        row: &Row<'_, V>,
        classes: &Classes<V>,
        first: usize,
    ) -> Pair<V> {
        let by_z = self.by_z(row, classes, first);
        if row.is_unwarped() {
            return by_z;
        }
        by_z.mul(classes.warped.first)
    }
}
