//! The coefficients of the derivatives of rows.

use crate::{
    door::{Batch, Class},
    element::Element,
    pair::Pair,
    row::Coefficient,
    vector::Vector,
    weighing::Weighed,
};

/// What the derivatives of every row are multiplied by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coefficients<'a, T> {
    upstream: Option<&'a [T]>,
    weights: Option<&'a Weighed<'a>>,
    inverse_denominator: Option<Pair<T>>,
}

impl<'a, T: Element> Coefficients<'a, T> {
    #[inline(always)]
    pub(super) fn new<V: Vector<Element = T>>(
        arch: V::Arch,
        batch: &'a Batch<'a>,
        upstream: Option<&'a [T]>,
    ) -> Self {
        let mut inverse_denominator = None;
        if let Some(denominator) = &batch.denominator {
            let denominator = Pair::<V>::splat(arch, T::of_divisor(denominator));
            let one = Pair::from_one(arch, V::splat(arch, T::ONE));
            inverse_denominator = Some(one.div(denominator).first_lane());
        }
        Self {
            upstream,
            weights: batch.weights.filter(|weights| !weights.are_one()),
            inverse_denominator,
        }
    }

    /// `None` for 1.
    #[inline(always)]
    pub(super) fn of_row<V: Vector<Element = T>>(
        &self,
        arch: V::Arch,
        row: usize,
        class: usize,
    ) -> Option<Coefficient<T>> {
        if self.upstream.is_none() && self.weights.is_none() {
            return self.inverse_denominator.map(Coefficient::new);
        }
        let upstream = self.upstream.map(
            #[inline(always)]
            |upstream| Pair {
                high: upstream.get(row).copied().unwrap_or(T::ONE),
                low: T::ZERO,
            },
        );
        let weight = self.weights.map(|weights| weights.total(row, class));
        let factors = [upstream, weight, self.inverse_denominator];
        let product = factors.into_iter().flatten().reduce(
            #[inline(always)]
            |product, factor| {
                let product = Pair::<V>::splat(arch, product);
                product.mul(Pair::splat(arch, factor)).first_lane()
            },
        );
        product.map(Coefficient::new)
    }

    /// Of the rows of a group, a row a lane; any for ignored ones.
    #[inline(always)]
    pub(super) fn of_lanes<V: Vector<Element = T>>(
        &self,
        arch: V::Arch,
        first_row: usize,
        classes: V::PerLane<Class>,
    ) -> Option<Coefficient<V>> {
        let one = self.of_row::<V>(arch, first_row, 0)?;
        if self.upstream.is_none() && self.weights.is_none() {
            return Some(Coefficient::splat(arch, one));
        }
        let rows = (first_row..).zip(classes).map(
            #[inline(always)]
            |(row, class)| {
                let of_row = self.of_row::<V>(arch, row, class.index().unwrap_or_default());
                of_row.unwrap_or(one)
            },
        );
        Some(Coefficient::from_rows(arch, rows))
    }
}
