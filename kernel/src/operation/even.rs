//! Groups of rows with even targets, on their way to the options and back.

mod rows;

pub(crate) use self::rows::{Rows, settle};

use super::groups::Group;
use crate::{
    door::Batch,
    element::Float,
    logit::Logit,
    objective::{Extension, even::DOWN},
    pair::{Pair, two_sum},
    row::{Coefficient, finish::Finished, gradient::Gradient},
    vector::{Array, Vector},
};

/// Losses and gradients of the rows of a group.
#[derive(Clone, Copy)]
pub(crate) struct Even<X> {
    pub(super) losses: X,
    coefficient: Coefficient<X>,
    shift: X,
    of_label: X,
}

impl<V: Vector> Even<V> {
    /// The gradients, if they have been asked for.
    #[inline(always)]
    pub(super) fn gradient(&self, arch: V::Arch, finished: &Finished<V>) -> Gradient<V> {
        Gradient::of(arch, finished, Some(self.coefficient)).shifted(self.shift, self.of_label)
    }
}

/// What the gradients of all rows of a batch are multiplied by, if by anything.
#[derive(Clone, Copy)]
pub(super) struct Upstream<'a, T>(pub(super) Option<&'a [T]>);

impl<V: Vector> Group<'_, '_, V> {
    /// Losses and, given what derivatives are multiplied by, gradients under options that make
    /// targets even; `None` without such options.
    ///
    /// Copies are handed on: where there are no options, batch and group stay in registers.
    #[inline(always)]
    pub(super) fn even<Z>(
        &mut self,
        arch: V::Arch,
        batch: &Batch<'_>,
        logits: &[Z],
        gradients: Option<Upstream<'_, V::Element>>,
    ) -> Option<Even<V>>
    where
        Z: Logit<Element = V::Element>,
    {
        let extension = batch.extension?;
        if extension.terms.are_off() {
            return None;
        }
        let (own_batch, classes) = (*batch, self.classes);
        let states = self.states.each(
            #[inline(always)]
            |part| part.to_lanes(),
        );
        let label_logits = self.label_logits.to_lanes();
        let depths = self.depths_of_columns(arch, extension).map(
            #[inline(always)]
            |depths| {
                depths.each(
                    #[inline(always)]
                    |part| part.to_lanes(),
                )
            },
        );
        let mut even = [V::PerLane::filled(V::Element::ZERO); 6];
        let [losses, high, low, unlift, shift, of_label] = &mut even;
        Z::settle(Rows {
            batch: &own_batch,
            extension,
            first_row: self.first_row,
            classes: classes.as_ref().get(..self.len).unwrap_or_default(),
            logits,
            states: states.each(AsRef::as_ref),
            label_logits: label_logits.as_ref(),
            depths: depths.as_ref().map(
                #[inline(always)]
                |depths| depths.each(AsRef::as_ref),
            ),
            gradients,
            even: Even {
                losses: losses.as_mut(),
                coefficient: Coefficient {
                    factor: Pair {
                        high: high.as_mut(),
                        low: low.as_mut(),
                    },
                    unlift: unlift.as_mut(),
                },
                shift: shift.as_mut(),
                of_label: of_label.as_mut(),
            },
        });
        let [losses, high, low, unlift, shift, of_label] = even.map(
            #[inline(always)]
            |lanes| V::load(arch, lanes.as_ref(), V::Element::ZERO),
        );
        Some(Even {
            losses,
            coefficient: Coefficient {
                factor: Pair::new(high, low),
                unlift,
            },
            shift,
            of_label,
        })
    }

    /// How far all logits of each row are below its largest, scaled down: of rows side by side, whose
    /// logits are at hand.
    #[inline(always)]
    fn depths_of_columns(&mut self, arch: V::Arch, extension: &Extension<'_>) -> Option<Pair<V>> {
        if V::IS_SCALAR || !extension.terms.smooth() {
            return None;
        }
        let down = V::splat(arch, V::Element::from_f64(DOWN));
        let max = self.states.max * down;
        let columns = self.columns.as_mut()?;
        Some(columns.sum_with(
            arch,
            #[inline(always)]
            |z, _| two_sum(max, -(z * down)),
        ))
    }
}
