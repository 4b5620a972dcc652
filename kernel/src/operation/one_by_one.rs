//! Rows one after the other, each finished before the next is read: the way of processors without
//! vectors, which have nothing to share between rows.

use super::groups::{Group, StateVisitor, Visitor};
use crate::{
    door::{Batch, Class},
    logit::Logit,
    row::{one_by_one::state_of_row, state::State},
    row_slices::logits_of,
    row_state::RowState,
    vector::Vector,
};

/// Hands all rows of a batch to a visitor, given their states if these are known.
#[inline(always)]
pub(super) fn for_each_row<Z, V>(
    arch: V::Arch,
    batch: &Batch<'_>,
    known: Option<&[RowState<Z::Element>]>,
    visitor: &mut impl Visitor<Z>,
) where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    for row in 0..batch.n_rows {
        let class = Class::new(batch.labels.class(row));
        let logits = logits_of(visitor.logits(), batch, row);
        let states = match known {
            Some(known) => {
                let RowState(state) = known.get(row).copied().unwrap_or(RowState::EMPTY);
                State::splat(arch, state)
            }
            None => state_unless_ignored(arch, class.index(), logits),
        };
        // Ignored rows, and labels that are in another part of their rows, have an index that no
        // slice has: nobody asks for what its logit gives.
        let label_logit = logits.get(class.index_from(0)).copied();
        let label_logit = V::splat(arch, label_logit.unwrap_or(Z::MASKED).widen());
        visitor.visit(arch, &mut Group::of_row(row, class, states, label_logit));
    }
}

/// Hands the states of all rows to a visitor.
#[inline(always)]
pub(super) fn for_each_state_of_row<Z, V>(
    arch: V::Arch,
    batch: &Batch<'_>,
    visitor: &mut dyn StateVisitor<Z, V>,
) where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    for row in 0..batch.n_rows {
        let logits = logits_of(visitor.logits(), batch, row);
        let states = state_unless_ignored(arch, batch.labels.class(row), logits);
        visitor.visit(arch, row..row + 1, &states);
    }
}

/// Of an ignored row nothing is read.
#[inline(always)]
fn state_unless_ignored<Z, V>(arch: V::Arch, class: Option<usize>, logits: &[Z]) -> State<V>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    match class {
        Some(_) => state_of_row(arch, logits),
        None => State::splat(arch, State::EMPTY),
    }
}
