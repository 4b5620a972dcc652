//! Gradients of a row a logit at a time, for processors without vectors.

use core::slice;

use super::{Buffers, Writer, row_without_padding, write_label, zero};
use crate::{
    logit::Logit,
    operation::{even::Even, groups::Group},
    row::{Coefficient, finish::Finished, gradient::Gradient},
    row_slices::logits_of,
    vector::Vector,
};

/// What becomes of the plain gradient of a row. A type, not a value: programs with plain gradients
/// only contain nothing of others.
trait Change<V: Vector> {
    /// Whether there is none, so that few rows are not plain.
    const IS_NONE: bool;

    fn gradient(&self, arch: V::Arch, finished: &Finished<V>) -> Gradient<V>;
}

/// Nothing.
struct Unchanged;

impl<V: Vector> Change<V> for Unchanged {
    const IS_NONE: bool = true;

    #[inline(always)]
    fn gradient(&self, arch: V::Arch, finished: &Finished<V>) -> Gradient<V> {
        Gradient::of(arch, finished, None)
    }
}

impl<V: Vector> Change<V> for Coefficient<V> {
    const IS_NONE: bool = false;

    #[inline(always)]
    fn gradient(&self, arch: V::Arch, finished: &Finished<V>) -> Gradient<V> {
        Gradient::of(arch, finished, Some(*self))
    }
}

impl<V: Vector> Change<V> for Even<V> {
    const IS_NONE: bool = false;

    #[inline(always)]
    fn gradient(&self, arch: V::Arch, finished: &Finished<V>) -> Gradient<V> {
        self.gradient(arch, finished)
    }
}

/// What the gradient of a row is made of, and the class of its label if it has one.
struct OfRow<'a, 'b, V: Vector, C> {
    group: &'a Group<'a, 'b, V>,
    change: C,
    label: Option<usize>,
}

impl<V: Vector, C: Change<V>> OfRow<'_, '_, V, C> {
    #[inline(always)]
    fn gradient(&self, arch: V::Arch) -> Gradient<V> {
        self.change.gradient(arch, &self.group.finished(arch))
    }
}

impl<Z: Logit> Writer<'_, Z> {
    /// The gradients of a group of one row; zeros for an ignored one.
    #[inline(always)]
    pub(super) fn write_row<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &Group<'_, '_, V>,
        even: Option<Even<V>>,
    ) {
        let Some((row, class)) = group.rows().next() else {
            return;
        };
        if let Some(even) = even {
            return self.write(arch, group, even);
        }
        let coefficient = class.and_then(
            #[inline(always)]
            |class| self.coefficients.of_row::<V>(arch, row, class),
        );
        match coefficient {
            Some(coefficient) => self.write(arch, group, Coefficient::splat(arch, coefficient)),
            None => self.write(arch, group, Unchanged),
        }
    }

    #[inline(always)]
    fn write<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &Group<'_, '_, V>,
        change: impl Change<V>,
    ) {
        let Some((row, class)) = group.rows().next() else {
            return;
        };
        let label = class.filter(|_| self.gradients.written.have_label());
        let of_row = class.map(|_| OfRow {
            group,
            change,
            label,
        });
        let of_row = of_row.as_ref();
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
fn write_beside<Z, G, V, C>(
    arch: V::Arch,
    of_row: Option<&OfRow<'_, '_, V, C>>,
    logits: &[Z],
    out: &mut [G],
) where
    Z: Logit<Element = V::Element>,
    G: Logit<Element = V::Element>,
    V: Vector,
    C: Change<V>,
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
fn write_in_place<Z, V, C>(arch: V::Arch, of_row: Option<&OfRow<'_, '_, V, C>>, row: &mut [Z])
where
    Z: Logit<Element = V::Element>,
    V: Vector,
    C: Change<V>,
{
    let Some(of_row) = of_row else {
        return zero(row);
    };
    if !write_usual_in_place(arch, of_row, row) {
        write_unusual(arch, of_row, row);
    }
}

/// The gradient of a row, unless there is no change and yet it is not plain: tells whether it
/// has been written.
///
/// A function of its own, so that it is compiled once for all operations, and takes no stack while
/// the state of a row is found; like the next two.
#[inline(never)]
fn write_usual_beside<Z, G, V, C>(
    arch: V::Arch,
    of_row: &OfRow<'_, '_, V, C>,
    logits: &[Z],
    out: &mut [G],
) -> bool
where
    Z: Logit<Element = V::Element>,
    G: Logit<Element = V::Element>,
    V: Vector,
    C: Change<V>,
{
    let gradient = of_row.gradient(arch);
    if gradient.is_plain() {
        for (entry, logit) in out.iter_mut().zip(logits) {
            let z = Z::load(arch, slice::from_ref(logit));
            let value = gradient.of_others::<true>(arch, z);
            *entry = G::narrow(value.first_lane());
        }
    } else if !C::IS_NONE {
        copy(logits, out);
        write_entries::<false, G, V>(arch, &gradient, out);
    } else {
        return false;
    }
    write_label(&gradient, of_row.label, out);
    true
}

#[inline(never)]
fn write_usual_in_place<Z, V, C>(arch: V::Arch, of_row: &OfRow<'_, '_, V, C>, row: &mut [Z]) -> bool
where
    Z: Logit<Element = V::Element>,
    V: Vector,
    C: Change<V>,
{
    let gradient = of_row.gradient(arch);
    if gradient.is_plain() {
        write_entries::<true, Z, V>(arch, &gradient, row);
    } else if !C::IS_NONE {
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
fn write_unusual<Z, V, C>(arch: V::Arch, of_row: &OfRow<'_, '_, V, C>, row: &mut [Z])
where
    Z: Logit<Element = V::Element>,
    V: Vector,
    C: Change<V>,
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
