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
    vector::{Arch, Array, Vector},
};

/// The logits of some rows, class by class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns<V> {
    classes: [V; EXACT_LEN],
    n_classes: usize,
}

impl<V: Vector> Columns<V> {
    /// Of the rows of a row-major matrix of `n_classes` columns, at most [`EXACT_LEN`], and of
    /// at most as many rows as a vector has lanes.
    #[inline(always)]
    fn of<Z>(arch: V::Arch, rows: &[Z], n_classes: usize) -> Self
    where
        Z: Logit<Element = V::Element>,
    {
        let mut classes = [V::PerLane::filled(Z::MASKED); EXACT_LEN];
        for (lane, row) in rows.chunks_exact(n_classes.max(1)).enumerate() {
            for (class, &logit) in classes.iter_mut().zip(row) {
                if let Some(entry) = class.as_mut().get_mut(lane) {
                    *entry = logit;
                }
            }
        }
        let mut columns = Self {
            classes: [V::splat(arch, V::Element::NEG_INFINITY); EXACT_LEN],
            n_classes,
        };
        for (column, class) in columns.classes.iter_mut().zip(&classes).take(n_classes) {
            *column = Z::load(arch, class.as_ref());
        }
        columns
    }

    /// Class by class.
    #[inline(always)]
    pub(crate) fn classes(&self) -> &[V] {
        self.classes.get(..self.n_classes).unwrap_or_default()
    }

    /// Vector by vector.
    #[inline(always)]
    pub(crate) fn map(&self, mut f: impl FnMut(V) -> V) -> Self {
        let mut mapped = *self;
        let classes = mapped.classes.get_mut(..self.n_classes);
        for class in classes.unwrap_or_default() {
            *class = f(*class);
        }
        mapped
    }

    /// Writes them into the rows of a row-major matrix; zeros into those that do not count.
    #[inline(always)]
    pub(crate) fn write<G>(&self, rows: &mut [G], counted: &[bool])
    where
        G: Logit<Element = V::Element>,
    {
        let mut classes = [V::PerLane::filled(V::Element::ZERO); EXACT_LEN];
        for (lanes, class) in classes.iter_mut().zip(self.classes()) {
            class.store(lanes.as_mut());
        }
        let rows = rows.chunks_exact_mut(self.n_classes.max(1));
        for (lane, (row, &counted)) in rows.zip(counted).enumerate() {
            for (entry, class) in row.iter_mut().zip(&classes) {
                let value = class.as_ref().get(lane).filter(|_| counted);
                *entry = G::narrow(value.copied().unwrap_or(V::Element::ZERO));
            }
        }
    }

    /// The states of the rows.
    #[inline(always)]
    fn states(&self, arch: V::Arch) -> State<V> {
        let classes = self.classes();
        let mut largest = Largest::new(arch);
        for &z in classes {
            largest.add(z);
        }
        let Scale { exponential, bias } = Scale::of(arch, largest, self.n_classes);

        let zero = V::splat(arch, V::Element::ZERO);
        let mut slots = V::PerLane::filled(LaneSum::new(arch, zero));
        let n_slots = classes.len().min(V::LANES);
        for (slot, first) in slots.as_mut().iter_mut().zip(0..n_slots) {
            let mut sum = LaneSum::new(arch, bias);
            for &z in classes.iter().skip(first).step_by(V::LANES) {
                let (power, t) = term_below(arch, &exponential, largest.first, z);
                sum.add_term(power, t);
            }
            *slot = sum.without(bias);
        }
        let sum = fold_slots(slots.as_mut(), n_slots).unwrap_or(LaneSum::new(arch, zero));

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
        State::of_sums(arch, largest.first, &exponential, sum.to_pair(), equals)
    }
}

/// Some rows side by side, and their states.
///
/// A function of its own, so that its loops are compiled once for all operations.
#[inline(never)]
pub(crate) fn states<Z, V>(arch: V::Arch, rows: &[Z], n_classes: usize) -> (Columns<V>, State<V>)
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    arch.run(
        #[inline(always)]
        || {
            let columns = Columns::of(arch, rows, n_classes);
            (columns, columns.states(arch))
        },
    )
}

/// The sum of the slots, neighbours first; absent ones are zero.
#[inline(always)]
fn fold_slots<V: Vector>(slots: &mut [LaneSum<V>], n_slots: usize) -> Option<LaneSum<V>> {
    let mut len = n_slots;
    while len > 1 {
        let folded = len.div_ceil(2);
        for i in 0..folded {
            let first = *slots.get(2 * i)?;
            let sum = if 2 * i + 1 < len {
                first.plus_exact(*slots.get(2 * i + 1)?)
            } else {
                first
            };
            *slots.get_mut(i)? = sum;
        }
        len = folded;
    }
    slots.first().copied()
}
