//! The states of parts of rows: found, merged, and losses from them.

use core::ops::Range;

use super::{
    Operation,
    groups::{StateVisitor, for_each_state},
};
use crate::{
    backend::Backend,
    door::Batch,
    element::Element,
    logit::{Logit, Stored, VectorOf},
    row::{
        columns::{Columns, MOST_CLASSES},
        finish,
        state::{State, States},
    },
    row_state::RowState,
    vector::{Arch, Vector},
};

/// Finds the states of all rows.
pub struct Find<'a, Z: Stored> {
    pub(crate) batch: &'a Batch<'a>,
    pub(crate) logits: &'a [Z],
    pub(crate) states: &'a mut [RowState<Z::Element>],
}

/// Merges states with those of the logits that follow.
pub struct Merge<'a, T> {
    pub(crate) backend: Backend,
    pub(crate) states: &'a mut [RowState<T>],
    pub(crate) next: &'a [RowState<T>],
}

/// Losses of rows, given their states and the logits of their labels.
pub struct Finish<'a, T> {
    pub(crate) backend: Backend,
    pub(crate) states: &'a [RowState<T>],
    pub(crate) label_logits: &'a [T],
    pub(crate) losses: &'a mut [T],
}

impl<Z: Logit> Operation for Find<'_, Z> {
    #[inline(always)]
    fn run<A: Arch>(mut self, arch: A) {
        let batch = self.batch;
        for_each_state::<Z, VectorOf<Z, A>>(arch, batch, &mut self);
    }
}

impl<Z: Logit<Element = V::Element>, V: Vector> StateVisitor<Z, V> for Find<'_, Z> {
    fn logits(&self) -> &[Z] {
        self.logits
    }

    fn reads_again(&self) -> bool {
        false
    }

    fn most_columns(&self) -> usize {
        MOST_CLASSES
    }

    fn visit(&mut self, arch: V::Arch, rows: Range<usize>, states: &State<V>) {
        self.put(arch, rows, states);
    }

    fn visit_columns(
        &mut self,
        arch: V::Arch,
        rows: Range<usize>,
        states: &State<V::Abreast>,
        _: &mut Columns<'_, V::Abreast>,
    ) {
        self.put(arch, rows, states);
    }
}

impl<Z: Logit> Find<'_, Z> {
    #[inline(always)]
    fn put<V: Vector<Element = Z::Element>>(
        &mut self,
        arch: V::Arch,
        rows: Range<usize>,
        states: &State<V>,
    ) {
        let out = self.states.get_mut(rows).unwrap_or_default();
        arch.run(
            #[inline(always)]
            || {
                for (out, state) in out.iter_mut().zip(states.to_rows()) {
                    *out = RowState::of(state);
                }
            },
        );
    }
}

impl<T: Element> Operation for Merge<'_, T> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        for (state, next) in self.states.iter_mut().zip(self.next) {
            state.0 = state.0.merge::<VectorOf<T, A>>(arch, next.0);
        }
    }
}

impl<T: Element> Operation for Finish<'_, T> {
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let lanes = VectorOf::<T, A>::LANES;
        let groups = self
            .states
            .chunks(lanes)
            .zip(self.label_logits.chunks(lanes));
        for ((states, logits), losses) in groups.zip(self.losses.chunks_mut(lanes)) {
            let mut together = States::<VectorOf<T, A>>::new();
            for (lane, state) in states.iter().enumerate() {
                together.put(lane, &State::splat(arch, state.0));
            }
            let logits = VectorOf::<T, A>::load(arch, logits, T::ZERO);
            finish::losses(arch, &together.to_lanes(arch), logits, None).store(losses);
        }
    }
}
