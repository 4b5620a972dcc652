//! Rows of a batch, group by group: their states are found and finished together.
//!
//! Which way that goes is decided by the width of the rows and never shows in a result: narrow
//! rows side by side, a row in every lane; others one after the other
//! ([`in_blocks`](super::in_blocks)); all of them where there are no vectors
//! ([`one_by_one`](super::one_by_one)).

use core::ops::Range;

use super::{
    in_blocks::in_blocks,
    one_by_one::{for_each_row, for_each_state_of_row},
};
use crate::{
    door::{Batch, Class},
    element::Float,
    logit::Logit,
    pair::Pair,
    row::{
        ahead::{halves_of_next, logits_ahead},
        columns::{Columns, FEW_CLASSES, LargeRoom, MOST_CLASSES, SmallRoom},
        finish::{self, Finished},
        state::{State, States},
    },
    row_slices::rows_from,
    row_state::RowState,
    vector::{Arch, Array, Vector},
    weighing::Weighed,
};

/// Fewer rows are not handled side by side, for most lanes would be empty.
const LEAST_ROWS: usize = 8;

/// The same of rows that need much room: it has to be prepared, which takes as long as some two
/// hundred such rows gain. Both measured with batches of C = 2 to 100, on AVX-512.
const LEAST_ROWS_IN_LARGE_ROOM: usize = 256;

/// What is done with the rows of a batch.
pub(super) trait Visitor<Z: Logit> {
    /// Whether the logits of a group are read once more when it is visited.
    const READS_AGAIN: bool;

    /// Rows of more classes are not to be handled side by side.
    fn most_columns(&self) -> usize;

    /// Of all rows.
    fn logits(&self) -> &[Z];

    /// Takes rows in order, each once.
    fn visit<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        group: &mut Group<'_, '_, V>,
    );
}

/// Rows whose states are known, at most as many as a vector has lanes.
pub(super) struct Group<'a, 'b, V: Vector> {
    pub(super) first_row: usize,
    pub(super) len: usize,
    /// Of the labels.
    pub(super) classes: V::PerLane<Class>,
    stride: usize,
    /// A row in every lane, like the next.
    pub(super) states: State<V>,
    pub(super) label_logits: V,
    /// The logits, where rows are handled side by side; free to be written over.
    pub(super) columns: Option<&'a mut Columns<'b, V>>,
}

impl<V: Vector> Group<'_, '_, V> {
    /// One row, which is not handled beside others.
    #[inline(always)]
    pub(super) fn of_row(row: usize, class: Class, states: State<V>, label_logits: V) -> Self {
        Self {
            first_row: row,
            len: 1,
            classes: V::PerLane::filled(class),
            stride: 0,
            states,
            label_logits,
            columns: None,
        }
    }

    /// Row, class of its label and lane, of every row; ignored ones have no class.
    #[inline(always)]
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, Option<usize>)> {
        let rows = (self.first_row..).zip(self.classes).take(self.len);
        rows.map(
            #[inline(always)]
            |(row, class)| (row, class.index()),
        )
    }

    /// Their losses, times their weights.
    #[inline(always)]
    pub(super) fn losses(&self, arch: V::Arch, weights: Option<&Weighed<'_>>) -> V {
        let weights = weights.filter(|weights| !weights.are_one()).map(
            #[inline(always)]
            |weights| {
                if V::IS_SCALAR {
                    let class = self.classes.into_iter().next().and_then(Class::index);
                    let weight = weights.total(self.first_row, class.unwrap_or_default());
                    Pair::splat(arch, weight)
                } else {
                    of_lanes(arch, self.rows(), weights)
                }
            },
        );
        let State { max, top, rest } = self.states;
        losses(arch, max, top, rest, self.label_logits, weights.as_ref())
    }

    /// Writes losses to the places of the rows; zero for ignored ones.
    #[inline(always)]
    pub(super) fn write_losses(&self, losses: V, out: &mut [V::Element]) {
        let range = self.first_row..self.first_row + self.len;
        let out = out.get_mut(range).unwrap_or_default();
        losses.store(out);
        for (entry, class) in out.iter_mut().zip(self.classes.as_ref()) {
            if *class == Class::IGNORED {
                *entry = V::Element::ZERO;
            }
        }
    }

    /// Index of the logits that are to be asked for from the beginning of a row on, at half the
    /// pace of the row, when it is read again.
    #[inline(always)]
    pub(super) fn ahead(&self, row: usize) -> usize {
        let start = self.first_row.wrapping_mul(self.stride);
        let group = self.len.wrapping_mul(self.stride);
        let before = row.wrapping_mul(self.stride).wrapping_sub(start);
        let [_, second] = halves_of_next(start, group, before);
        second
    }

    /// What their derivatives need.
    #[inline(always)]
    pub(super) fn finished(&self, arch: V::Arch) -> Finished<V> {
        finished(arch, &self.states, self.label_logits)
    }
}

/// What is done with the states of the rows of a batch.
///
/// Called through a pointer: the ways to find states are compiled once for all operations.
pub(super) trait StateVisitor<Z, V: Vector> {
    /// Of all rows.
    fn logits(&self) -> &[Z];

    /// Whether the logits of the rows of a visit are read once more in it.
    fn reads_again(&self) -> bool;

    /// Rows of more classes are not to be handled side by side.
    fn most_columns(&self) -> usize;

    /// Takes rows in order, each once.
    fn visit(&mut self, arch: V::Arch, rows: Range<usize>, states: &State<V>);

    /// The same of rows that are handled side by side, with their logits.
    fn visit_columns(
        &mut self,
        arch: V::Arch,
        rows: Range<usize>,
        states: &State<V::Abreast>,
        columns: &mut Columns<'_, V::Abreast>,
    );
}

/// Hands the states of all rows of a batch to a visitor.
#[inline(never)]
pub(super) fn for_each_state<Z, V>(
    arch: V::Arch,
    batch: &Batch<'_>,
    visitor: &mut dyn StateVisitor<Z, V>,
) where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    if V::IS_SCALAR {
        return for_each_state_of_row::<Z, V>(arch, batch, visitor);
    }
    let n_classes = batch.n_classes.get();
    let least_rows = if n_classes <= FEW_CLASSES {
        LEAST_ROWS
    } else {
        LEAST_ROWS_IN_LARGE_ROOM
    };
    let is_narrow = n_classes <= visitor.most_columns().min(MOST_CLASSES)
        && batch.stride == batch.n_classes
        && batch.n_rows >= least_rows;
    arch.run(
        #[inline(always)]
        || {
            if is_narrow {
                in_columns::<Z, V>(arch, batch, visitor);
            } else {
                in_blocks::<Z, V>(arch, batch, visitor);
            }
        },
    );
}

/// Hands all rows of a batch to a visitor, given their states if these are known.
#[inline(always)]
pub(super) fn for_each_group<Z, V>(
    arch: V::Arch,
    batch: &Batch<'_>,
    known: Option<&[RowState<Z::Element>]>,
    visitor: &mut impl Visitor<Z>,
) where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    if V::IS_SCALAR {
        return for_each_row::<Z, V>(arch, batch, known, visitor);
    }
    let mut finisher = Finisher { batch, visitor };
    let finisher: &mut dyn StateVisitor<Z, V> = &mut finisher;
    let Some(known) = known else {
        return for_each_state::<Z, V>(arch, batch, finisher);
    };
    for (first_row, known) in (0..).step_by(V::LANES).zip(known.chunks(V::LANES)) {
        let mut states = States::<V>::new();
        for (lane, state) in known.iter().enumerate() {
            states.put(lane, &State::splat(arch, state.0));
        }
        let rows = first_row..first_row + known.len();
        finisher.visit(arch, rows, &states.to_lanes(arch));
    }
}

/// Rows side by side.
#[inline(always)]
fn in_columns<Z, V>(arch: V::Arch, batch: &Batch<'_>, visitor: &mut dyn StateVisitor<Z, V>)
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let n_classes = batch.n_classes.get();
    let (mut of_few, mut of_many);
    let mut columns = if n_classes <= FEW_CLASSES {
        of_few = SmallRoom::<V::Abreast>::new(arch);
        of_few.columns(n_classes)
    } else {
        of_many = LargeRoom::<V::Abreast>::new(arch);
        of_many.columns(n_classes)
    };
    let lanes = <V::Abreast as Vector>::LANES;
    for first_row in (0..batch.n_rows).step_by(lanes) {
        let rows = first_row..batch.n_rows.min(first_row + lanes);
        let onwards = rows_from(visitor.logits(), batch.n_classes, first_row);
        let far = rows.len() * n_classes + logits_ahead::<V::Element>();
        let far = onwards.get(far..).unwrap_or_default();
        let states = columns.read(arch, onwards, rows.len(), far);
        visitor.visit_columns(arch, rows, &states, &mut columns);
    }
}

/// Classes of some rows.
#[inline(always)]
pub(super) fn classes_of<V: Vector>(batch: &Batch<'_>, rows: &Range<usize>) -> V::PerLane<Class> {
    let mut classes = V::PerLane::filled(Class::IGNORED);
    if let Some(classes) = classes.as_mut().get_mut(..rows.len()) {
        batch.labels.read(rows.start, classes);
    }
    classes
}

/// Finishes rows on their way to a visitor.
struct Finisher<'a, 'b, W> {
    batch: &'a Batch<'b>,
    visitor: &'a mut W,
}

impl<Z, V, W> StateVisitor<Z, V> for Finisher<'_, '_, W>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
    W: Visitor<Z>,
{
    fn logits(&self) -> &[Z] {
        self.visitor.logits()
    }

    fn reads_again(&self) -> bool {
        W::READS_AGAIN
    }

    fn most_columns(&self) -> usize {
        self.visitor.most_columns()
    }

    fn visit(&mut self, arch: V::Arch, rows: Range<usize>, states: &State<V>) {
        arch.run(
            #[inline(always)]
            || self.finish(arch, rows, states, None),
        );
    }

    fn visit_columns(
        &mut self,
        arch: V::Arch,
        rows: Range<usize>,
        states: &State<V::Abreast>,
        columns: &mut Columns<'_, V::Abreast>,
    ) {
        arch.run(
            #[inline(always)]
            || self.finish(arch, rows, states, Some(columns)),
        );
    }
}

impl<W> Finisher<'_, '_, W> {
    #[inline(always)]
    fn finish<Z, V>(
        &mut self,
        arch: V::Arch,
        rows: Range<usize>,
        states: &State<V>,
        columns: Option<&mut Columns<'_, V>>,
    ) where
        Z: Logit<Element = V::Element>,
        V: Vector,
        W: Visitor<Z>,
    {
        let classes = classes_of::<V>(self.batch, &rows);
        let mut label_logits = V::PerLane::filled(Z::MASKED);
        let logits = self.visitor.logits();
        let entries = label_logits.as_mut().iter_mut();
        let stride = self.batch.stride.get();
        let mut start = rows.start.wrapping_mul(stride);
        for (entry, class) in entries.zip(classes.as_ref()) {
            // Of an ignored row, and of a label that is in another part of its row, this is some
            // logit: nobody asks for what it gives.
            let logit = logits.get(class.index_from(start)).copied();
            *entry = logit.unwrap_or(Z::MASKED);
            start = start.wrapping_add(stride);
        }
        let mut group = Group {
            first_row: rows.start,
            len: rows.len(),
            classes,
            stride,
            states: *states,
            label_logits: Z::load(arch, label_logits.as_ref()),
            columns,
        };
        self.visitor.visit(arch, &mut group);
    }
}

/// Weights of rows, a row a lane; 1 beyond the rows and for ignored ones.
#[inline(always)]
fn of_lanes<V: Vector>(
    arch: V::Arch,
    rows: impl Iterator<Item = (usize, Option<usize>)>,
    weights: &Weighed<'_>,
) -> Pair<V> {
    let (zero, one) = (V::Element::ZERO, V::Element::ONE);
    let (mut high, mut low) = (V::PerLane::filled(one), V::PerLane::filled(zero));
    let lanes = high.as_mut().iter_mut().zip(low.as_mut());
    for ((high, low), (row, class)) in lanes.zip(rows) {
        if let Some(class) = class {
            let weight = weights.total::<V::Element>(row, class);
            (*high, *low) = (weight.high, weight.low);
        }
    }
    Pair::new(
        V::load(arch, high.as_ref(), one),
        V::load(arch, low.as_ref(), zero),
    )
}

/// A function of its own, so that it is compiled once for all operations, like the next. The parts of
/// a state one by one: small processors hand them over in registers.
#[inline(never)]
fn losses<V: Vector>(
    arch: V::Arch,
    max: V,
    top: Pair<V>,
    rest: Pair<V>,
    label_logits: V,
    weights: Option<&Pair<V>>,
) -> V {
    arch.run(
        #[inline(always)]
        || {
            let states = State { max, top, rest };
            finish::losses(arch, &states, label_logits, weights.copied())
        },
    )
}

#[inline(never)]
pub(super) fn finished<V: Vector>(
    arch: V::Arch,
    states: &State<V>,
    label_logits: V,
) -> Finished<V> {
    arch.run(
        #[inline(always)]
        || Finished::of(arch, states, label_logits),
    )
}
