//! Narrow rows side by side: a row in every lane, a vector for every class.
//!
//! Nothing is summed across lanes here, yet the sums have the bits of [`blocks`](super::blocks):
//! slots stand for the lanes there and are folded in the same tree.

use super::{
    blocks::{EXACT_LEN, Largest, Scale, term_below},
    state::State,
};
use crate::{
    element::Float,
    lane_sum::LaneSum,
    logit::Logit,
    pair::quick_two_sum,
    vector::{Arch, Vector},
};

/// The logits of some rows, class by class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns<V> {
    classes: [V; EXACT_LEN],
    n_classes: usize,
    /// Room for the low parts of sums.
    low: [V; EXACT_LEN],
}

impl<V: Vector> Columns<V> {
    /// Of `n_classes`, at most [`EXACT_LEN`], which nothing has been read of.
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch, n_classes: usize) -> Self {
        Self {
            classes: [V::splat(arch, V::Element::NEG_INFINITY); EXACT_LEN],
            n_classes,
            low: [V::splat(arch, V::Element::ZERO); EXACT_LEN],
        }
    }

    /// Class by class.
    #[inline(always)]
    pub(crate) fn classes(&self) -> &[V] {
        self.classes.get(..self.n_classes).unwrap_or_default()
    }

    /// The same to be written.
    #[inline(always)]
    pub(crate) fn classes_mut(&mut self) -> &mut [V] {
        self.classes.get_mut(..self.n_classes).unwrap_or_default()
    }

    /// Reads rows of a row-major matrix, at most as many as a vector has lanes, and finds their
    /// states.
    ///
    /// A function of its own, so that its loops are compiled once for all operations.
    #[inline(never)]
    pub(crate) fn read<Z>(&mut self, arch: V::Arch, rows: &[Z]) -> State<V>
    where
        Z: Logit<Element = V::Element>,
    {
        arch.run(
            #[inline(always)]
            || {
                let n_classes = self.n_classes;
                Z::load_columns(arch, rows, n_classes, self.classes_mut());
                self.states(arch)
            },
        )
    }

    /// The states of the rows.
    #[inline(always)]
    fn states(&mut self, arch: V::Arch) -> State<V> {
        let Self {
            classes,
            n_classes,
            low,
        } = self;
        let classes = classes.get(..*n_classes).unwrap_or_default();
        let mut largest = Largest::new(arch);
        for &z in classes {
            largest.add(z);
        }
        let Scale { exponential, bias } = Scale::of(arch, largest, *n_classes);

        let zero = V::splat(arch, V::Element::ZERO);
        let mut high = zero;
        let slots = classes.len().min(V::LANES);
        for (first, low) in low.iter_mut().take(slots).enumerate() {
            let mut sum = LaneSum::new(arch, bias);
            for &z in classes.iter().skip(first).step_by(V::LANES) {
                let (power, t) = term_below(arch, &exponential, largest.first, z);
                sum.add_term(power, t);
            }
            // Exact, so in any order.
            high = high + sum.without(bias).high;
            *low = sum.low;
        }
        let low = low.get_mut(..slots).and_then(fold).unwrap_or(zero);
        let rest = quick_two_sum(high, low);

        let one = V::splat(arch, V::Element::ONE);
        let tied = largest.first.equal(largest.second);
        let equals = V::any(tied).then(
            #[inline(always)]
            || {
                let mut count = zero - one;
                for z in classes {
                    count = count + V::select(z.equal(largest.first), one, zero);
                }
                count.max(zero)
            },
        );
        State::of_sums(arch, largest.first, &exponential, rest, equals)
    }
}

/// The sum of vectors, neighbours first as lanes are folded; absent ones are zero.
#[inline(always)]
fn fold<V: Vector>(parts: &mut [V]) -> Option<V> {
    let mut len = parts.len();
    while len > 1 {
        for i in 0..len / 2 {
            let sum = *parts.get(2 * i)? + *parts.get(2 * i + 1)?;
            *parts.get_mut(i)? = sum;
        }
        if !len.is_multiple_of(2) {
            *parts.get_mut(len / 2)? = *parts.get(len - 1)?;
        }
        len = len.div_ceil(2);
    }
    parts.first().copied()
}
