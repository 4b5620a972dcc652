//! Sums in lanes that lose nothing that matters, and how lanes become one number.
//!
//! A running sum carries what its additions round off. For non-negative terms with a known
//! bound the sum starts at a bias, a power of two that no term exceeds: then every addition is
//! of a larger and a smaller number, and its error takes two operations (T. J. Dekker, Numer.
//! Math. 18 (1971) 224) instead of five. The bias is subtracted at the end, exactly.
//!
//! The lanes of several sums are folded together, neighbours first, in a fixed tree.

use crate::{
    element::Float,
    pair::{Pair, quick_two_sum, two_sum},
    vector::{Arch, Array, Vector},
};

/// A running sum in every lane, with the rounding errors of the additions summed apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneSum<V> {
    pub(crate) high: V,
    pub(crate) low: V,
}

impl<V: Vector> LaneSum<V> {
    /// Starts at `bias`.
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch, bias: V) -> Self {
        Self {
            high: bias,
            low: V::splat(arch, V::Element::ZERO),
        }
    }

    /// Adds `power` (1 + `t`), which the bias must not be smaller than. `power` is zero or a
    /// power of two, and `t` is in [-1/2, 1/2].
    ///
    /// 1 + t is never rounded: what the sum takes of the term is a multiple of its last place
    /// and exact, so is `power` less that, and the rest of the term, at most half a last place,
    /// is rounded once.
    #[inline(always)]
    pub(crate) fn add_term(&mut self, power: V, t: V) {
        let high = self.high + power.mul_add(t, power);
        let taken = high - self.high;
        self.low = self.low + power.mul_add(t, power - taken);
        self.high = high;
    }

    /// The same sum with what was rounded off moved up as far as it fits: exact, as long as the sum
    /// is at its bias or above. After every few terms, so that the rounded-off parts stay small
    /// and their own sum errs by little: j terms later it is at most (j + 1) u of the sum and its
    /// rounding u of that, in 8 terms 36 u^2 or 2^-42.8 of the sum for `f32`; over the 256 terms of
    /// a lane less than 2^-37 of it.
    #[inline(always)]
    pub(crate) fn renormalized(self) -> Self {
        let sum = quick_two_sum(self.high, self.low);
        Self {
            high: sum.high,
            low: sum.low,
        }
    }

    /// Adds a term of either sign and any size; only without a bias.
    #[inline(always)]
    pub(crate) fn add(&mut self, term: Pair<V>) {
        let sum = two_sum(self.high, term.high);
        // In this order one addition a term depends on the last.
        let low = if V::Arch::IN_PAIRS {
            term.low + sum.low
        } else {
            sum.low
        };
        *self = Self {
            high: sum.high,
            low: self.low + low,
        };
    }

    /// The sum without the bias that it started at.
    #[inline(always)]
    pub(crate) fn without(self, bias: V) -> Self {
        Self {
            high: self.high - bias,
            low: self.low,
        }
    }

    /// Lane by lane.
    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = two_sum(self.high, other.high);
        Self {
            high: sum.high,
            low: (self.low + other.low) + sum.low,
        }
    }

    /// The sum in every lane as one number.
    #[inline(always)]
    pub(crate) fn to_pair(self) -> Pair<V> {
        quick_two_sum(self.high, self.low)
    }

    /// The sum of all lanes, in lane 0.
    #[inline(always)]
    pub(crate) fn total(self) -> Self {
        let mut sum = self;
        for _ in 0..V::LANES.trailing_zeros() {
            sum = sum.fold(sum);
        }
        sum
    }
}

impl<V: Vector> Fold for LaneSum<V> {
    #[inline(always)]
    fn fold(self, other: Self) -> Self {
        let ((a, b), (a_low, b_low)) = (self.high.unzip(other.high), self.low.unzip(other.low));
        Self {
            high: a,
            low: a_low,
        }
        .plus(Self {
            high: b,
            low: b_low,
        })
    }
}

/// Sums in all logical lanes.
#[derive(Clone, Copy)]
pub(crate) struct LogicalSum<V: Vector>(V::PerPart<LaneSum<V>>);

impl<V: Vector> LogicalSum<V> {
    /// Starts at `bias`.
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch, bias: V) -> Self {
        Self(V::PerPart::filled(LaneSum::new(arch, bias)))
    }

    /// The sums of the vectors that make up the logical lanes, in order.
    #[inline(always)]
    pub(crate) fn parts(&mut self) -> impl Iterator<Item = &mut LaneSum<V>> {
        self.0.as_mut().iter_mut()
    }

    /// Adds a term of the vector with this number: as many as make up the logical lanes take turns.
    #[inline(always)]
    pub(crate) fn add(&mut self, vector: usize, term: Pair<V>) {
        let sums = self.0.as_mut();
        let sum = vector.checked_rem(sums.len());
        if let Some(sum) = sum.and_then(|sum| sums.get_mut(sum)) {
            sum.add(term);
        }
    }

    /// The same of a number alone, rounded: for a few terms of one sign.
    #[inline(always)]
    pub(crate) fn add_rounded(&mut self, vector: usize, term: V) {
        let sums = self.0.as_mut();
        let sum = vector.checked_rem(sums.len());
        if let Some(sum) = sum.and_then(|sum| sums.get_mut(sum)) {
            sum.high = sum.high + term;
        }
    }

    /// Adds sums of rounded terms, lane by lane.
    #[inline(always)]
    pub(crate) fn add_sums(&mut self, arch: V::Arch, mut others: Self) {
        for (sum, other) in self.parts().zip(others.parts()) {
            sum.add(Pair::from_one(arch, other.high));
        }
    }

    /// The sum of neighbouring lanes, until one vector has them all.
    #[inline(always)]
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "by its name it would be called without the processor's instructions"
    )]
    pub(crate) fn fold(mut self) -> Option<LaneSum<V>> {
        fold_neighbours(
            self.0.as_mut(),
            #[inline(always)]
            |a, b| a.fold(b),
        )
    }

    /// The sum of all lanes, in every lane.
    #[inline(always)]
    pub(crate) fn in_every_lane(self, arch: V::Arch) -> Pair<V> {
        let total = self.fold().map(LaneSum::total).map(LaneSum::to_pair);
        Pair::splat(arch, total.map_or(Pair::ZERO, Pair::first_lane))
    }
}

/// Makes one of neighbours, then of their neighbours, until one has all; the last of an odd number
/// waits. `None` for none.
#[inline(always)]
pub(crate) fn fold_neighbours<X: Copy>(items: &mut [X], fold: impl Fn(X, X) -> X) -> Option<X> {
    let mut len = items.len();
    while len > 1 {
        for i in 0..len / 2 {
            let folded = fold(*items.get(2 * i)?, *items.get(2 * i + 1)?);
            *items.get_mut(i)? = folded;
        }
        if !len.is_multiple_of(2) {
            *items.get_mut(len / 2)? = *items.get(len - 1)?;
        }
        len = len.div_ceil(2);
    }
    items.first().copied()
}

/// What neighbouring lanes make one of.
pub(crate) trait Fold: Copy {
    /// The neighbouring lanes of `self` followed by `other`, folded.
    fn fold(self, other: Self) -> Self;
}

/// Folds the lanes of each item into one: lane i of the result is that of item i. There may be
/// as many items as a vector has lanes; `None` for none.
#[inline(always)]
pub(crate) fn fold_lanes<V: Vector, X: Fold>(items: &mut [X]) -> Option<X> {
    let mut len = items.len();
    for _ in 0..V::LANES.trailing_zeros() {
        let folded = len.div_ceil(2);
        for i in 0..folded {
            let first = *items.get(2 * i)?;
            // The last of an odd number is its own neighbour: lanes beyond it are not used.
            let second = if 2 * i + 1 < len {
                *items.get(2 * i + 1)?
            } else {
                first
            };
            *items.get_mut(i)? = first.fold(second);
        }
        len = folded;
    }
    items.first().copied()
}
