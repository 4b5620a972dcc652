//! Gradients, with or without losses, beside or in place of the logits; and probabilities, which
//! are gradients without a label.

mod one_by_one;

use core::num::NonZeroUsize;

use super::{
    Operation,
    coefficients::{Coefficients, Order},
    even::{Even, Upstream},
    groups::{Group, Visitor, for_each_group},
};
use crate::{
    door::Batch,
    element::Float,
    logit::{Logit, Stored, VectorOf},
    row::{
        ahead::{Lines, half_of, prefetch_next},
        columns::{Columns, MOST_CLASSES},
        gradient::Gradient,
    },
    row_slices::{last, last_mut, logits_of, row_of_mut, rows_from, rows_of_mut, write_by},
    row_state::RowState,
    vector::{Arch, Array, Vector},
};

/// Rows of more classes whose logits are computed in `f64` are not handled side by side. Measured as the
/// most of all operations: the columns are read and written once more.
const MOST_CLASSES_IN_DOUBLE: usize = MOST_CLASSES / 4 * 3;

/// Where the logits are and where their gradients go.
#[derive(Debug)]
pub enum Buffers<'a, Z: Stored> {
    /// Two arrays.
    Separate {
        /// Read.
        logits: &'a [Z],
        /// Written.
        gradients: &'a mut [Z::Element],
    },
    /// Two arrays of the type of the logits.
    Alike {
        /// Read.
        logits: &'a [Z],
        /// Written.
        gradients: &'a mut [Z],
    },
    /// The gradients replace the logits.
    InPlace(&'a mut [Z]),
}

impl<Z: Stored> Buffers<'_, Z> {
    pub(super) fn logits(&self) -> &[Z] {
        match self {
            Self::Separate { logits, .. } | Self::Alike { logits, .. } => logits,
            Self::InPlace(logits) => logits,
        }
    }
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Gradients, less 1 at the label.
    Gradients,
    /// Gradients as they are without a target.
    WithoutTargets,
    /// Probabilities.
    Probabilities,
}

impl Written {
    /// Whether there is something to be subtracted at the label.
    #[inline(always)]
    fn have_label(self) -> bool {
        self == Self::Gradients
    }
}

/// Gradients and, where asked for, losses.
pub struct Gradients<'a, Z: Stored> {
    pub(crate) batch: &'a Batch<'a>,
    pub(crate) buffers: Buffers<'a, Z>,
    pub(crate) upstream: Option<&'a [Z::Element]>,
    pub(crate) losses: Option<&'a mut [Z::Element]>,
    /// States of the rows that the logits are a part of; without, the logits are whole rows.
    pub(crate) states: Option<&'a [RowState<Z::Element>]>,
    pub(crate) written: Written,
}

/// The operation on its way through the groups.
struct Writer<'a, Z: Stored> {
    gradients: Gradients<'a, Z>,
    coefficients: Coefficients<'a, Z::Element>,
}

impl<Z: Logit> Operation for Gradients<'_, Z> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let batch = self.batch;
        let order = match self.written {
            Written::Gradients | Written::WithoutTargets => Order::First,
            Written::Probabilities => Order::Zero,
        };
        let coefficients = Coefficients::new::<VectorOf<Z, A>>(arch, batch, self.upstream, order);
        let states = self.states;
        let mut writer = Writer {
            gradients: self,
            coefficients,
        };
        for_each_group::<Z, VectorOf<Z, A>>(arch, batch, states, &mut writer);
    }
}

impl<Z: Logit> Visitor<Z> for Writer<'_, Z> {
    const READS_AGAIN: bool = true;

    fn most_columns(&self) -> usize {
        if Z::Element::IS_SINGLE {
            MOST_CLASSES
        } else {
            MOST_CLASSES_IN_DOUBLE
        }
    }

    #[inline(always)]
    fn logits(&self) -> &[Z] {
        self.gradients.buffers.logits()
    }

    #[inline(always)]
    fn visit<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &mut Group<'_, '_, V>,
    ) {
        let batch = self.gradients.batch;
        let even = if self.gradients.written.have_label() {
            let logits = self.gradients.buffers.logits();
            group.even(arch, batch, logits, Some(Upstream(self.gradients.upstream)))
        } else {
            None
        };
        if let Some(losses) = &mut self.gradients.losses {
            let of_group = match &even {
                Some(even) => even.losses,
                None => group.losses(arch, batch.weights),
            };
            group.write_losses(of_group, losses);
        }
        if V::IS_SCALAR {
            return self.write_row(arch, group, even);
        }
        let gradient = self.gradient(arch, group, even.as_ref());
        match group.columns.take() {
            Some(columns) => self.write_columns(arch, group, &gradient, columns),
            None => self.write_rows(arch, group, gradient),
        }
    }
}

impl<Z: Logit> Writer<'_, Z> {
    #[inline(always)]
    fn gradient<V: Vector<Element = Z::Element>>(
        &self,
        arch: V::Arch,
        group: &Group<'_, '_, V>,
        even: Option<&Even<V>>,
    ) -> Gradient<V> {
        let finished = group.finished(arch);
        if let Some(even) = even {
            return even.gradient(arch, &finished);
        }
        let coefficient = self
            .coefficients
            .of_lanes(arch, group.first_row, group.classes);
        Gradient::of(arch, &finished, coefficient)
    }

    /// Row by row.
    #[inline(always)]
    fn write_rows<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &Group<'_, '_, V>,
        gradient: Gradient<V>,
    ) {
        let batch = self.gradients.batch;
        for ((row, class), gradient) in group.rows().zip(gradient.to_rows()) {
            let gradient = class.map(
                #[inline(always)]
                |class| {
                    let label = self.gradients.written.have_label().then_some(class);
                    (Gradient::<V>::splat(arch, &gradient), label)
                },
            );
            let ahead = group.ahead(row);
            match &mut self.gradients.buffers {
                Buffers::Separate { logits, gradients } => {
                    write_row(arch, batch, row, gradient, logits, ahead, gradients);
                }
                Buffers::Alike { logits, gradients } => {
                    write_row(arch, batch, row, gradient, logits, ahead, gradients);
                }
                Buffers::InPlace(logits) => {
                    let end = row.wrapping_add(1).wrapping_mul(batch.stride.get());
                    let end = end.min(logits.len());
                    let (logits, onwards) = logits.split_at_mut(end);
                    let ahead = ahead
                        .checked_sub(end)
                        .and_then(|ahead| onwards.get(ahead..));
                    let row = row_without_padding(logits, batch, row);
                    write_row_in_place(arch, gradient, ahead.unwrap_or_default(), row);
                }
            }
        }
    }

    /// All rows at once, class by class.
    #[inline(always)]
    fn write_columns<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &Group<'_, '_, V>,
        gradient: &Gradient<V>,
        columns: &mut Columns<'_, V>,
    ) {
        // The class of the label as a number; some rows have none.
        let mut labels = V::PerLane::filled(-Z::Element::ONE);
        if self.gradients.written.have_label() {
            for (label, class) in labels.as_mut().iter_mut().zip(group.classes) {
                *label = class
                    .index()
                    .map_or(*label, |class| Z::Element::from_f64(class as f64));
            }
        }
        let labels = V::load(arch, labels.as_ref(), Z::Element::ZERO);
        let width = self.gradients.batch.n_classes;
        let gradient = (gradient, labels);
        match &mut self.gradients.buffers {
            Buffers::Separate { gradients, .. } => {
                write_rows_of_columns(arch, group, gradient, columns, width, gradients);
            }
            Buffers::Alike { gradients, .. } | Buffers::InPlace(gradients) => {
                write_rows_of_columns(arch, group, gradient, columns, width, gradients);
            }
        }
    }
}

/// Writes the gradients of rows that are handled side by side, given the classes of their labels as
/// numbers. Where the next rows will be written is asked for meanwhile: it is read before it is written.
#[inline(always)]
fn write_rows_of_columns<G, V>(
    arch: V::Arch,
    group: &Group<'_, '_, V>,
    (gradient, labels): (&Gradient<V>, V),
    columns: &mut Columns<'_, V>,
    width: NonZeroUsize,
    gradients: &mut [G],
) where
    G: Logit<Element = V::Element>,
    V: Vector,
{
    let range = group.first_row..group.first_row + group.len;
    let mut next_rows = Lines::of(rows_from(gradients, width, range.end));
    let mut index = V::splat(arch, V::Element::ZERO);
    let one = V::splat(arch, V::Element::ONE);
    for entries in columns.classes_mut() {
        next_rows.prefetch::<V>(arch);
        let of_label = index.equal(labels);
        *entries = V::select(
            of_label,
            gradient.of_label(),
            gradient.of_others::<false>(arch, *entries),
        );
        index = index + one;
    }
    G::store_columns(
        arch,
        columns.classes(),
        rows_of_mut(gradients, width, range),
    );
    for (row, class) in group.rows() {
        if class.is_none() {
            zero(row_of_mut(gradients, width, row));
        }
    }
}

/// A row of gradients, with zeros written to the padding behind it.
#[inline]
fn row_without_padding<'a, G: Logit>(
    gradients: &'a mut [G],
    batch: &Batch<'_>,
    row: usize,
) -> &'a mut [G] {
    let padded = row_of_mut(gradients, batch.stride, row);
    let (row, padding) = padded
        .split_at_mut_checked(batch.n_classes.get())
        .unwrap_or_default();
    zero(padding);
    row
}

/// The gradient of an ignored row.
#[inline(always)]
fn zero<G: Logit>(row: &mut [G]) {
    row.fill(G::narrow(G::Element::ZERO));
}

/// The gradient of one row, with the class of its label if it has one; zeros for an ignored row.
/// `ahead` is the index of the logits that are to be asked for meanwhile.
#[inline(always)]
fn write_row<Z, G, V>(
    arch: V::Arch,
    batch: &Batch<'_>,
    row: usize,
    gradient: Option<(Gradient<V>, Option<usize>)>,
    logits: &[Z],
    ahead: usize,
    gradients: &mut [G],
) where
    Z: Logit<Element = V::Element>,
    G: Logit<Element = V::Element>,
    V: Vector,
{
    let end = row.wrapping_add(1).wrapping_mul(batch.stride.get());
    let end = end.min(gradients.len());
    let (gradients, next_rows) = gradients.split_at_mut(end);
    let out = row_without_padding(gradients, batch, row);
    let Some((gradient, label)) = gradient else {
        return zero(out);
    };
    let ahead = logits.get(ahead..).unwrap_or_default();
    let logits = logits_of(logits, batch, row);
    if gradient.is_plain() {
        write_others::<Z, G, V, true>(arch, &gradient, logits, ahead, next_rows, out);
    } else {
        write_others::<Z, G, V, false>(arch, &gradient, logits, ahead, next_rows, out);
    }
    write_label(&gradient, label, out);
}

/// Entries of a row as if no class were its label. Where the next rows will be written is asked for
/// as well: it is read before it is written.
#[inline(always)]
fn write_others<Z, G, V, const PLAIN: bool>(
    arch: V::Arch,
    gradient: &Gradient<V>,
    logits: &[Z],
    ahead: &[Z],
    next_rows: &[G],
    out: &mut [G],
) where
    Z: Logit<Element = V::Element>,
    G: Logit<Element = V::Element>,
    V: Vector,
{
    let mut ahead = ahead.chunks(half_of::<V>());
    let mut next_rows = next_rows.chunks(V::LANES);
    write_by(
        V::LANES,
        logits,
        out,
        #[inline(always)]
        |logits, out| {
            prefetch_next::<Z, V>(arch, &mut ahead);
            prefetch_next::<G, V>(arch, &mut next_rows);
            let entries = gradient.of_others::<PLAIN>(arch, Z::load(arch, logits));
            G::store(entries, out);
        },
    );
}

/// The same where `row` holds the logits.
#[inline(always)]
fn write_row_in_place<Z, V>(
    arch: V::Arch,
    gradient: Option<(Gradient<V>, Option<usize>)>,
    ahead: &[Z],
    row: &mut [Z],
) where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let Some((gradient, label)) = gradient else {
        return zero(row);
    };
    if gradient.is_plain() {
        write_others_in_place::<Z, V, true>(arch, &gradient, ahead, row);
    } else {
        write_others_in_place::<Z, V, false>(arch, &gradient, ahead, row);
    }
    write_label(&gradient, label, row);
}

#[inline(always)]
fn write_others_in_place<Z, V, const PLAIN: bool>(
    arch: V::Arch,
    gradient: &Gradient<V>,
    ahead: &[Z],
    row: &mut [Z],
) where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let mut ahead = ahead.chunks(half_of::<V>());
    // The last vector has entries of the one before it as well, whose logits are read before they
    // are written over.
    let of_last = (!row.len().is_multiple_of(V::LANES)).then(
        #[inline(always)]
        || gradient.of_others::<PLAIN>(arch, Z::load(arch, last(row, V::LANES))),
    );
    for chunk in row.chunks_exact_mut(V::LANES) {
        prefetch_next::<Z, V>(arch, &mut ahead);
        let entries = gradient.of_others::<PLAIN>(arch, Z::load(arch, chunk));
        Z::store(entries, chunk);
    }
    if let Some(entries) = of_last {
        Z::store(entries, last_mut(row, V::LANES));
    }
}

/// Writes the entry of the label, if there is one.
#[inline(always)]
fn write_label<G, V>(gradient: &Gradient<V>, label: Option<usize>, out: &mut [G])
where
    G: Logit<Element = V::Element>,
    V: Vector,
{
    if let Some(entry) = label.and_then(|label| out.get_mut(label)) {
        *entry = G::narrow(gradient.of_label().first_lane());
    }
}
