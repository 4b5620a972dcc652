//! The coefficients of the derivatives of rows.

use crate::{
    door::{Batch, Class},
    element::Element,
    pair::Pair,
    row::Coefficient,
    vector::{Arch, Vector},
    weighing::Weighed,
};

/// What the derivatives of every row are multiplied by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coefficients<'a, T> {
    upstream: Option<&'a [T]>,
    weights: Option<&'a Weighed<'a>>,
    /// That of all rows: 1 / the denominator, and what the chain rule asks for.
    of_all: Option<Pair<T>>,
}

/// How often logits are derived by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// Not at all: probabilities.
    Zero,
    /// Gradients.
    First,
    /// Hessians.
    Second,
}

impl<'a, T: Element> Coefficients<'a, T> {
    #[inline(always)]
    pub(super) fn new<V: Vector<Element = T>>(
        arch: V::Arch,
        batch: &'a Batch<'a>,
        upstream: Option<&'a [T]>,
        order: Order,
    ) -> Self {
        let mut of_all = None;
        if let Some(denominator) = &batch.denominator {
            let denominator = Pair::<V>::splat(arch, T::of_divisor(denominator));
            let one = Pair::from_one(arch, V::splat(arch, T::ONE));
            of_all = Some(one.div(denominator).first_lane());
        }
        if !V::Arch::IN_BASE_E {
            let ln = arch.base::<T>().ln;
            let chain = match order {
                Order::Zero => None,
                Order::First => Some(ln),
                Order::Second => Some(ln.times(ln)),
            };
            of_all = match (of_all, chain) {
                (Some(of_all), Some(chain)) => Some(of_all.times(chain)),
                (of_all, chain) => of_all.or(chain),
            };
        }
        Self {
            upstream,
            weights: batch.weights.filter(|weights| !weights.are_one()),
            of_all,
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
            return self.of_all.map(Coefficient::new);
        }
        let upstream = self.upstream.map(
            #[inline(always)]
            |upstream| Pair {
                high: upstream.get(row).copied().unwrap_or(T::ONE),
                low: T::ZERO,
            },
        );
        let weight = self.weights.map(|weights| weights.total(row, class));
        let factors = [upstream, weight, self.of_all];
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
