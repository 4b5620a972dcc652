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

/// What the gradient of a row is made of, and the class of its label if it has one.
///
/// Whether there is a coefficient is a constant: programs without any contain nothing of it.
struct OfRow<'a, V: Vector, const HAS_COEFFICIENT: bool> {
    group: &'a Group<'a, V>,
    coefficient: Option<Coefficient<V>>,
    label: Option<usize>,
}

impl<V: Vector, const HAS_COEFFICIENT: bool> OfRow<'_, V, HAS_COEFFICIENT> {
    #[inline(always)]
    fn gradient(&self, arch: V::Arch) -> Gradient<V> {
        let coefficient = self.coefficient.filter(|_| HAS_COEFFICIENT);
        Gradient::of(arch, &self.group.finished(arch), coefficient)
    }
}

impl<Z: Logit> Writer<'_, Z> {
    /// The gradients of a group of one row; zeros for an ignored one.
    #[inline(always)]
    pub(super) fn write_row<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &Group<'_, V>,
    ) {
        let Some((row, class)) = group.rows().next() else {
            return;
        };
        let coefficient = class.and_then(
            #[inline(always)]
            |class| self.coefficients.of_row::<V>(arch, row, class),
        );
        let label = class.filter(|_| self.gradients.less_label);
        if let Some(coefficient) = coefficient {
            let of_row = class.map(|_| OfRow::<V, true> {
                group,
                coefficient: Some(Coefficient::splat(arch, coefficient)),
                label,
            });
            self.write(arch, of_row.as_ref(), row);
        } else {
            let of_row = class.map(|_| OfRow::<V, false> {
                group,
                coefficient: None,
                label,
            });
            self.write(arch, of_row.as_ref(), row);
        }
    }

    #[inline(always)]
    fn write<V: Vector<Element = Z::Element>, const HAS_COEFFICIENT: bool>(
        &mut self,
        arch: V::Arch,
        of_row: Option<&OfRow<'_, V, HAS_COEFFICIENT>>,
        row: usize,
    ) {
        let batch = self.gradients.batch;
        match &mut self.gradients.buffers {
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

#[inline(always)]
fn write_beside<Z, G, V, const HAS_COEFFICIENT: bool>(
    arch: V::Arch,
    of_row: Option<&OfRow<'_, V, HAS_COEFFICIENT>>,
    logits: &[Z],
    out: &mut [G],
) where
    Z: Logit<Element = V::Element>,
    G: Logit<Element = V::Element>,
    V: Vector,
{
    let Some(of_row) = of_row else {
        return zero(out);
    };
    if !write_usual_beside(arch, of_row, logits, out) {
        copy(logits, out);
        write_unusual(arch, of_row, out);
    }
}

#[inline(always)]
fn write_in_place<Z, V, const HAS_COEFFICIENT: bool>(
    arch: V::Arch,
    of_row: Option<&OfRow<'_, V, HAS_COEFFICIENT>>,
    row: &mut [Z],
) where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let Some(of_row) = of_row else {
        return zero(row);
    };
    if !write_usual_in_place(arch, of_row, row) {
        write_unusual(arch, of_row, row);
    }
}

/// The gradient of a row, unless there is no coefficient and yet it is not plain: tells whether it
/// has been written.
///
/// A function of its own, so that it is compiled once for all operations, and takes no stack while
/// the state of a row is found; like the next two.
#[inline(never)]
fn write_usual_beside<Z, G, V, const HAS_COEFFICIENT: bool>(
    arch: V::Arch,
    of_row: &OfRow<'_, V, HAS_COEFFICIENT>,
    logits: &[Z],
    out: &mut [G],
) -> bool
where
    Z: Logit<Element = V::Element>,
    G: Logit<Element = V::Element>,
    V: Vector,
{
    let gradient = of_row.gradient(arch);
    if gradient.is_plain() {
        for (entry, logit) in out.iter_mut().zip(logits) {
            let z = Z::load(arch, slice::from_ref(logit));
            let value = gradient.of_others::<true>(arch, z);
            *entry = G::narrow(value.first_lane());
        }
    } else if HAS_COEFFICIENT {
        copy(logits, out);
        write_entries::<false, G, V>(arch, &gradient, out);
    } else {
        return false;
    }
    write_label(&gradient, of_row.label, out);
    true
}

#[inline(never)]
fn write_usual_in_place<Z, V, const HAS_COEFFICIENT: bool>(
    arch: V::Arch,
    of_row: &OfRow<'_, V, HAS_COEFFICIENT>,
    row: &mut [Z],
) -> bool
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let gradient = of_row.gradient(arch);
    if gradient.is_plain() {
        write_entries::<true, Z, V>(arch, &gradient, row);
    } else if HAS_COEFFICIENT {
        write_entries::<false, Z, V>(arch, &gradient, row);
    } else {
        return false;
    }
    write_label(&gradient, of_row.label, row);
    true
}

/// That of the rows that are left, with logits so large that they are shifted, in place of these.
/// There are few, so the gradient is found once more rather than kept in memory for all.
#[cold]
#[inline(never)]
fn write_unusual<Z, V, const HAS_COEFFICIENT: bool>(
    arch: V::Arch,
    of_row: &OfRow<'_, V, HAS_COEFFICIENT>,
    row: &mut [Z],
) where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let gradient = of_row.gradient(arch);
    write_entries::<false, Z, V>(arch, &gradient, row);
    write_label(&gradient, of_row.label, row);
}

/// Logits in the type of their gradients.
#[inline(always)]
fn copy<Z, G>(logits: &[Z], out: &mut [G])
where
    Z: Logit,
    G: Logit<Element = Z::Element>,
{
    for (entry, logit) in out.iter_mut().zip(logits) {
        *entry = G::narrow(logit.widen());
    }
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
