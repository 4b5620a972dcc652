//! The coefficients of the derivatives of rows.

use crate::{
    door::Batch,
    element::Element,
    pair::Pair,
    row::Coefficient,
    vector::{Array, Vector},
};

/// What the derivatives of every row are multiplied by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coefficients<'a, T> {
    upstream: Option<&'a [T]>,
    inverse_denominator: Option<Pair<T>>,
}

impl<'a, T: Element> Coefficients<'a, T> {
    #[inline(always)]
    pub(super) fn new<V: Vector<Element = T>>(
        arch: V::Arch,
        batch: &Batch<'_>,
        upstream: Option<&'a [T]>,
    ) -> Self {
        let mut inverse_denominator = None;
        if let Some(denominator) = batch.denominator {
            // An f64 in two parts of the element type; the second is zero for f64.
            let high = T::from_f64(denominator);
            let low = T::from_f64(denominator - high.into());
            let denominator = Pair::<V>::splat(arch, Pair { high, low });
            let one = Pair::from_one(arch, V::splat(arch, T::ONE));
            inverse_denominator = Some(one.div(denominator).first_lane());
        }
        Self {
            upstream,
            inverse_denominator,
        }
    }

    #[inline(always)]
    pub(super) fn of_row<V: Vector<Element = T>>(
        &self,
        arch: V::Arch,
        row: usize,
    ) -> Option<Coefficient<T>> {
        let Some(upstream) = self.upstream else {
            return self.inverse_denominator.map(Coefficient::new);
        };
        let high = upstream.get(row).copied().unwrap_or(T::ONE);
        let mut product = Pair { high, low: T::ZERO };
        if let Some(inverse) = self.inverse_denominator {
            let upstream = Pair::<V>::splat(arch, product);
            product = upstream.mul(Pair::splat(arch, inverse)).first_lane();
        }
        Some(Coefficient::new(product))
    }

    /// Of the rows of a group, a row a lane.
    #[inline(always)]
    pub(super) fn of_lanes<V: Vector<Element = T>>(
        &self,
        arch: V::Arch,
        first_row: usize,
    ) -> Option<Coefficient<V>> {
        let one = self.of_row::<V>(arch, first_row)?;
        let mut lanes = [V::PerLane::filled(T::ZERO); 3];
        let [high, low, unlift] = &mut lanes;
        let columns = high
            .as_mut()
            .iter_mut()
            .zip(low.as_mut())
            .zip(unlift.as_mut());
        for (row, ((high, low), unlift)) in (first_row..).zip(columns).take(V::LANES) {
            let of_row = self.of_row::<V>(arch, row).unwrap_or(one);
            (*high, *low, *unlift) = (of_row.factor.high, of_row.factor.low, of_row.unlift);
        }
        let [high, low, unlift] = lanes.map(
            #[inline(always)]
            |lanes| V::load(arch, lanes.as_ref(), T::ZERO),
        );
        Some(Coefficient {
            factor: Pair::new(high, low),
            unlift,
        })
    }
}
