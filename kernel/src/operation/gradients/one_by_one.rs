//! Gradients of a row a logit at a time, for processors without vectors.

use core::slice;

use super::{Buffers, Writer, row_without_padding, write_label, zero};
use crate::{
    logit::Logit,
    operation::groups::Group,
    row::{Coefficient, gradient::Gradient},
    row_slices::logits_of,
    vector::Vector,
};

/// The gradient of a row and the class of its label, if it has one.
#[derive(Clone, Copy)]
struct OfRow<V> {
    gradient: Gradient<V>,
    label: Option<usize>,
}

impl<Z: Logit> Writer<'_, Z> {
    /// The gradients of a group of one row; zeros for an ignored one.
    #[inline(always)]
    pub(super) fn write_row<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &Group<'_, V>,
    ) {
        let gradients = &mut self.gradients;
        let batch = gradients.batch;
        let Some((row, class)) = group.rows().next() else {
            return;
        };
        let of_row = class.map(
            #[inline(always)]
            |class| {
                let coefficient = self.coefficients.of_row::<V>(arch, row, class);
                let coefficient = coefficient.map(
                    #[inline(always)]
                    |of_row| Coefficient::splat(arch, of_row),
                );
                OfRow {
                    gradient: Gradient::of(arch, &group.finished(arch), coefficient),
                    label: gradients.less_label.then_some(class),
                }
            },
        );
        let of_row = of_row.as_ref();
        match &mut gradients.buffers {
            Buffers::Separate { logits, gradients } => {
                let out = row_without_padding(gradients, batch, row);
                write_beside(arch, of_row, logits_of(logits, batch, row), out);
            }
            Buffers::Alike { logits, gradients } => {
                let out = row_without_padding(gradients, batch, row);
                write_beside(arch, of_row, logits_of(logits, batch, row), out);
            }
            Buffers::InPlace(logits) => {
                write_in_place(arch, of_row, row_without_padding(logits, batch, row));
            }
        }
    }
}

/// A function of its own, so that it is compiled once for all operations, like the next.
#[inline(never)]
fn write_beside<Z, G, V>(arch: V::Arch, of_row: Option<&OfRow<V>>, logits: &[Z], out: &mut [G])
where
    Z: Logit<Element = V::Element>,
    G: Logit<Element = V::Element>,
    V: Vector,
{
    let Some(OfRow { gradient, label }) = of_row else {
        return zero(out);
    };
    if gradient.is_plain() {
        for (entry, logit) in out.iter_mut().zip(logits) {
            let z = Z::load(arch, slice::from_ref(logit));
            let value = gradient.of_others::<true>(arch, z);
            *entry = G::narrow(value.first_lane());
        }
    } else {
        for (entry, logit) in out.iter_mut().zip(logits) {
            *entry = G::narrow(logit.widen());
        }
        write_unusual(arch, gradient, out);
    }
    write_label(gradient, *label, out);
}

#[inline(never)]
fn write_in_place<Z, V>(arch: V::Arch, of_row: Option<&OfRow<V>>, row: &mut [Z])
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let Some(OfRow { gradient, label }) = of_row else {
        return zero(row);
    };
    if gradient.is_plain() {
        write_entries::<true, Z, V>(arch, gradient, row);
    } else {
        write_unusual(arch, gradient, row);
    }
    write_label(gradient, *label, row);
}

/// Entries of a row that is not plain in place of its logits.
#[cold]
#[inline(never)]
fn write_unusual<Z, V>(arch: V::Arch, gradient: &Gradient<V>, row: &mut [Z])
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    write_entries::<false, Z, V>(arch, gradient, row);
}

#[inline(always)]
fn write_entries<const PLAIN: bool, Z, V>(arch: V::Arch, gradient: &Gradient<V>, row: &mut [Z])
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    for entry in row {
        let z = Z::load(arch, slice::from_ref(entry));
        *entry = Z::narrow(gradient.of_others::<PLAIN>(arch, z).first_lane());
    }
}
