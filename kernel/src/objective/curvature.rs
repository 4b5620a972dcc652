//! The Hessian of one row under options: a diagonal plus a term of rank one, by the logits.

use super::{
    gradient::Gradient,
    row::{Classes, Row},
    window::Window,
};
use crate::{lane_sum::LogicalSum, operation::objective::Arrays, pair::Pair, vector::Vector};

/// The Hessian as a function of the classes.
#[derive(Clone, Copy)]
pub(crate) struct Curvature<V> {
    gradient: Gradient<V>,
    /// 2 k.
    of_outer: Pair<V>,
}

impl<V: Vector<Element = f64>> Curvature<V> {
    #[inline(always)]
    pub(crate) fn of(row: &Row<'_, V>) -> Self {
        Self {
            gradient: Gradient::of(row),
            of_outer: row.z_factor.scale(V::splat(row.arch, 2.0)),
        }
    }

    /// The gradient that the Hessian is the derivative of.
    #[inline(always)]
    pub(crate) fn gradient(&self) -> &Gradient<V> {
        &self.gradient
    }

    /// 2 k.
    #[inline(always)]
    pub(crate) fn of_outer(&self) -> Pair<V> {
        self.of_outer
    }

    /// Diagonal entries of the classes from `first` on.
    #[inline(always)]
    pub(crate) fn diagonal(&self, row: &Row<'_, V>, classes: &Classes<V>, first: usize) -> Pair<V> {
        let minus = V::splat(row.arch, -1.0);
        let one = Pair::from_one(row.arch, V::splat(row.arch, 1.0));
        let complement = one.add(classes.p.scale(minus));
        let complement = Pair::select(row.is_top(classes.index), row.rest, complement);
        let inner = self.gradient.factor().mul(complement);
        let by_z = classes.p.mul(inner.add(self.of_outer.mul(classes.p)));
        self.by_logits(row, classes, first, by_z)
    }

    /// By the chain rule: entries by z times z'^2, plus the gradient times z''.
    #[inline(always)]
    fn by_logits(
        &self,
        row: &Row<'_, V>,
        classes: &Classes<V>,
        first: usize,
        by_z: Pair<V>,
    ) -> Pair<V> {
        if row.is_unwarped() {
            return by_z;
        }
        let slope = classes.warped.first;
        by_z.mul(slope)
            .mul(slope)
            .add(self.bend(row, classes, first))
    }

    /// The gradient times z''.
    #[inline(always)]
    pub(crate) fn bend(&self, row: &Row<'_, V>, classes: &Classes<V>, first: usize) -> Pair<V> {
        let by_z = self.gradient.by_z(row, classes, first);
        by_z.mul(classes.warped.second)
    }

    /// The factor of the outer product of [`steep`](Self::steep) with itself, which makes up
    /// the entries beside the diagonal.
    #[inline(always)]
    pub(crate) fn beside(&self, row: &Row<'_, V>) -> Pair<V> {
        let minus = V::splat(row.arch, -1.0);
        self.of_outer.add(self.gradient.factor().scale(minus))
    }

    /// p z'.
    #[inline(always)]
    pub(crate) fn steep(row: &Row<'_, V>, classes: &Classes<V>) -> Pair<V> {
        if row.is_unwarped() {
            return classes.p;
        }
        classes.p.mul(classes.warped.first)
    }

    /// What the product with a vector needs of all classes: with v' = z' v, the entry of v' at the
    /// top class, and the mean of the differences to it under p.
    #[inline(always)]
    pub(crate) fn mean(
        row: &Row<'_, V>,
        vector: usize,
        arrays: &dyn Arrays,
        logits: &mut Window,
    ) -> (Pair<V>, Pair<V>) {
        let arch = row.arch;
        let zero = V::splat(arch, 0.0);
        let minus = V::splat(arch, -1.0);
        let n_classes = row.place.n_classes.get();
        let mut vectors = Window::new(0.0);
        let top = row.classes(row.top, logits, arrays);
        let of_top = load_vector(row, vector, row.top, &mut vectors, arrays);
        let of_top = steep_vector(&top, of_top);
        let of_top = Pair::splat(arch, of_top.first_lane());
        let mut sum = LogicalSum::<V>::new(arch, zero);
        for (index, first) in (0..n_classes).step_by(V::LANES).enumerate() {
            let classes = row.classes(first, logits, arrays);
            let entries = load_vector(row, vector, first, &mut vectors, arrays);
            let entries = steep_vector(&classes, entries);
            let difference = entries.add(of_top.scale(minus));
            let none = row.is_top(classes.index);
            let term = classes.p.mul(difference);
            let term = Pair::select(none, Pair::new(zero, zero), term);
            sum.add(index, term);
        }
        (of_top, sum.in_every_lane(arch))
    }

    /// Entries of the product with a vector, given what [`mean`](Self::mean) gave.
    #[inline(always)]
    pub(crate) fn product(
        &self,
        row: &Row<'_, V>,
        classes: &Classes<V>,
        first: usize,
        vector: V,
        (of_top, mean): (Pair<V>, Pair<V>),
    ) -> Pair<V> {
        let minus = V::splat(row.arch, -1.0);
        let entries = steep_vector(classes, vector);
        let from_mean = entries.add(of_top.scale(minus)).add(mean.scale(minus));
        let inner = self.gradient.factor().mul(from_mean);
        let outer = self.of_outer.mul(of_top.add(mean));
        let by_z = classes.p.mul(inner.add(outer));
        if row.is_unwarped() {
            return by_z;
        }
        let bend = self.bend(row, classes, first);
        by_z.mul(classes.warped.first)
            .add(bend.mul(Pair::from_one(row.arch, vector)))
    }
}

/// Entries of a vector times z'.
#[inline(always)]
fn steep_vector<V: Vector<Element = f64>>(classes: &Classes<V>, vector: V) -> Pair<V> {
    let slope = classes.warped.first;
    let (high, low) = vector.two_product(slope.high);
    Pair::new(high, slope.low.mul_add(vector, low))
}

/// Entries of the vector that starts at an index, of the classes from `first` on.
#[inline(always)]
pub(crate) fn load_vector<V: Vector<Element = f64>>(
    row: &Row<'_, V>,
    vector: usize,
    first: usize,
    window: &mut Window,
    arrays: &dyn Arrays,
) -> V {
    window.load(
        row.arch,
        first,
        row.place.n_classes.get(),
        #[inline(always)]
        |first, entries| arrays.read_vector(vector + first, entries),
    )
}

/// The product of two pairs and a third, whichever of the first two comes first.
#[inline(always)]
pub(crate) fn symmetric_product<V: Vector>(a: Pair<V>, b: Pair<V>, factor: Pair<V>) -> V {
    let (high, low) = a.high.two_product(b.high);
    let cross = a.high * b.low + a.low * b.high;
    Pair::new(high, low + cross).mul(factor).round()
}
