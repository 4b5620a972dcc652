//! The states of some blocks of logits, found together.
//!
//! A block is a row, or a part of a row too wide for the first-level cache. What is small work
//! for each of them, from lanes to numbers and from numbers to states, is done for all at once,
//! a block a lane. While the logits of one group of blocks are summed, the largest of the next
//! group are found: so memory is read while the processor computes, each logit comes from memory
//! once, and the second reading is of the first-level cache.

use core::slice;

use super::state::State;
use crate::{
    element::Float,
    exponential::Exponential,
    lane_sum::{Fold, LaneSum, LogicalSum, fold_lanes},
    logit::Logit,
    vector::{Arch, Array, Vector},
};

/// Bytes of the elements of a group of blocks: two groups stay in the first-level cache, 32 KiB
/// or more wherever there is one.
const GROUP_BYTES: usize = 16 * 1024;

/// Elements of the longest block of logits that are computed in `T`.
pub(crate) const fn block_len<T>() -> usize {
    GROUP_BYTES / size_of::<T>()
}

/// Vectors that are summed before as many of the next block are looked at: few enough that their
/// logits are on the way from memory meanwhile.
const VECTORS_A_TURN: usize = 8;

/// Logits whose comparisons are written out one after the other where they are one by one.
const LOGITS_A_TURN: usize = 8;

/// Blocks of up to this many logits are summed on a scale on which the sums of their leading
/// parts are exact, in any order: 32 terms of up to sqrt(2) times a power of two stay below 2^6
/// of it.
pub(crate) const EXACT_LEN: usize = 32;

/// The two largest logits in every lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Largest<V> {
    pub(crate) first: V,
    /// As large as the first where that occurs twice.
    pub(crate) second: V,
}

impl<V: Vector> Largest<V> {
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch) -> Self {
        let lowest = V::splat(arch, V::Element::NEG_INFINITY);
        Self {
            first: lowest,
            second: lowest,
        }
    }

    /// NaN is forgotten, or kept, as the processor likes: the sum remembers it.
    #[inline(always)]
    pub(crate) fn add(&mut self, z: V) {
        self.second = z.min(self.first).max(self.second);
        self.first = z.max(self.first);
    }

    #[inline(always)]
    fn add_all<Z: Logit<Element = V::Element>>(&mut self, arch: V::Arch, logits: &[Z]) {
        if V::Arch::ONE_BY_ONE {
            return self.add_one_by_one(arch, logits);
        }
        for logits in logits.chunks(V::LANES) {
            self.add(Z::load(arch, logits));
        }
    }

    /// The same a logit at a time: few are among the largest, so a branch is cheaper than what
    /// [`add`](Self::add) does.
    #[inline(always)]
    fn add_one_by_one<Z: Logit<Element = V::Element>>(&mut self, arch: V::Arch, logits: &[Z]) {
        let mut chunks = logits.chunks_exact(LOGITS_A_TURN);
        for logits in &mut chunks {
            for logit in logits {
                self.add_one(arch, logit);
            }
        }
        for logit in chunks.remainder() {
            self.add_one(arch, logit);
        }
    }

    #[inline(always)]
    fn add_one<Z: Logit<Element = V::Element>>(&mut self, arch: V::Arch, logit: &Z) {
        let z = Z::load(arch, slice::from_ref(logit));
        if V::any(self.second.less_than(z)) {
            self.add(z);
        }
    }
}

impl<V: Vector> Fold for Largest<V> {
    #[inline(always)]
    fn fold(self, other: Self) -> Self {
        let ((a, b), (a_second, b_second)) = (
            self.first.unzip(other.first),
            self.second.unzip(other.second),
        );
        Self {
            first: a.max(b),
            second: a.min(b).max(a_second.max(b_second)),
        }
    }
}

/// How the terms of blocks with these largest logits are scaled and summed, a block a lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale<V> {
    pub(crate) exponential: Exponential<V>,
    /// What sums start at: a power of two that no term exceeds but those of the largest, and
    /// not far above the largest of these.
    pub(crate) bias: V,
}

impl<V: Vector> Scale<V> {
    #[inline(always)]
    pub(crate) fn of(arch: V::Arch, largest: Largest<V>, len: usize) -> Self {
        let zero = V::splat(arch, V::Element::ZERO);
        // Any number does for a block without a finite one: its terms are zero or NaN.
        let usable = largest
            .first
            .max(-largest.first)
            .less_than(V::splat(arch, V::Element::INFINITY));
        let exponential = Exponential::of_lanes(arch, V::select(usable, largest.first, zero));
        let above = if len <= EXACT_LEN {
            V::Element::SIXTY_FOUR
        } else {
            V::Element::TWO
        };
        Self {
            exponential,
            bias: exponential.power(arch, largest.second) * V::splat(arch, above),
        }
    }
}

/// The term of a logit, or zero for the largest.
#[inline(always)]
pub(crate) fn term_below<V: Vector>(
    arch: V::Arch,
    exponential: &Exponential<V>,
    max: V,
    z: V,
) -> (V, V) {
    let (power, t) = exponential.term(arch, z);
    let zero = V::splat(arch, V::Element::ZERO);
    (V::select(z.equal(max), zero, power), t)
}

/// The largest logits of a group of up to as many blocks as a vector has lanes, not yet folded.
#[derive(Clone, Copy)]
pub(crate) struct LookAhead<V: Vector>(V::PerLane<Largest<V>>);

impl<V: Vector> LookAhead<V> {
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch) -> Self {
        Self(V::PerLane::filled(Largest::new(arch)))
    }

    /// The largest of each block, one a lane.
    #[inline(always)]
    fn fold(&mut self, n_blocks: usize) -> Option<Largest<V>> {
        fold_lanes::<V, _>(self.0.as_mut().get_mut(..n_blocks)?)
    }
}

/// The states of `blocks`, one a lane, whose largest logits are known; gives in their place
/// those of the blocks that come `next`.
///
/// A function of its own, so that its loops are compiled once for all operations.
#[inline(never)]
pub(crate) fn states<Z, V>(
    arch: V::Arch,
    blocks: &[&[Z]],
    ahead: &mut LookAhead<V>,
    next: &[&[Z]],
) -> Option<State<V>>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    arch.run(
        #[inline(always)]
        || states_inline(arch, blocks, ahead, next),
    )
}

#[inline(always)]
fn states_inline<Z, V>(
    arch: V::Arch,
    blocks: &[&[Z]],
    ahead: &mut LookAhead<V>,
    next: &[&[Z]],
) -> Option<State<V>>
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let largest = ahead.fold(blocks.len());
    let Some(largest) = largest else {
        for (ahead, block) in ahead.0.as_mut().iter_mut().zip(next) {
            *ahead = Largest::new(arch);
            ahead.add_all(arch, block);
        }
        return None;
    };
    let len = blocks.iter().map(|block| block.len()).max().unwrap_or(0);
    let scale = Scale::of(arch, largest, len);
    let exponentials = scale.exponential.to_rows();
    let (maxima, biases) = (largest.first.to_lanes(), scale.bias.to_lanes());
    let of_rows = exponentials.zip(maxima.into_iter().zip(biases));

    let zero = V::splat(arch, V::Element::ZERO);
    let mut sums = V::PerLane::filled(LaneSum::new(arch, zero));
    let mut nexts = next.iter();
    let mut aheads = ahead.0.as_mut().iter_mut();
    for ((sum, block), (exponential, (max, bias))) in
        sums.as_mut().iter_mut().zip(blocks).zip(of_rows)
    {
        let row = Block {
            exponential: Exponential::splat(arch, exponential),
            max: V::splat(arch, max),
            bias: V::splat(arch, bias),
        };
        let next = nexts.next().copied().unwrap_or_default();
        let (of_block, of_next) = row.sum_and_look_ahead(arch, block, next);
        *sum = of_block?;
        if let Some(ahead) = aheads.next() {
            *ahead = of_next;
        }
    }
    for (ahead, next) in aheads.zip(nexts) {
        *ahead = Largest::new(arch);
        ahead.add_all(arch, next);
    }

    let sum = fold_lanes::<V, _>(sums.as_mut().get_mut(..blocks.len())?)?;
    let tied = largest.first.equal(largest.second);
    let equals = V::any(tied).then(
        #[inline(always)]
        || equals(arch, blocks, maxima),
    );
    Some(State::of_sums(
        arch,
        largest.first,
        &scale.exponential,
        sum.to_pair(),
        equals,
    ))
}

/// What the sum of one block needs.
struct Block<V> {
    exponential: Exponential<V>,
    max: V,
    bias: V,
}

impl<V: Vector> Block<V> {
    /// Adds the terms of up to as many logits as there are logical lanes.
    #[inline(always)]
    fn add<Z>(&self, arch: V::Arch, sum: &mut LogicalSum<V>, logits: &[Z])
    where
        Z: Logit<Element = V::Element>,
    {
        for (sum, logits) in sum.parts().zip(logits.chunks(V::LANES)) {
            let z = Z::load(arch, logits);
            let (power, t) = term_below(arch, &self.exponential, self.max, z);
            sum.add_term(power, t);
        }
    }

    /// The sum of the terms of a block, and the largest logits of another.
    #[inline(always)]
    fn sum_and_look_ahead<Z>(
        &self,
        arch: V::Arch,
        block: &[Z],
        next: &[Z],
    ) -> (Option<LaneSum<V>>, Largest<V>)
    where
        Z: Logit<Element = V::Element>,
    {
        let lanes = V::Element::LANES;
        let mut sum = LogicalSum::new(arch, self.bias);
        let mut largest = Largest::new(arch);
        if V::Arch::ONE_BY_ONE
            && let Some(limit) = self.exponential.unshifted_limit(arch, self.max)
        {
            largest.add_all(arch, next);
            return (self.sum_one_by_one(arch, block, limit), largest);
        }
        let shared = block.len().min(next.len()) / lanes * lanes;
        let (block, rest) = block.split_at_checked(shared).unwrap_or_default();
        let (next, next_rest) = next.split_at_checked(shared).unwrap_or_default();
        // By turns of a few vectors: both at once need more registers than many processors have.
        let turn = lanes * VECTORS_A_TURN;
        for (logits, next) in block.chunks(turn).zip(next.chunks(turn)) {
            for logits in logits.chunks_exact(lanes) {
                self.add(arch, &mut sum, logits);
            }
            largest.add_all(arch, next);
        }
        for logits in rest.chunks(lanes) {
            self.add(arch, &mut sum, logits);
        }
        largest.add_all(arch, next_rest);
        for part in sum.parts() {
            *part = part.without(self.bias);
        }
        (sum.fold(), largest)
    }

    /// The sum of the terms of a block a logit at a time, for processors without vectors: one
    /// logical lane after the other, so that its sum stays in registers.
    #[inline(always)]
    fn sum_one_by_one<Z>(&self, arch: V::Arch, block: &[Z], limit: V) -> Option<LaneSum<V>>
    where
        Z: Logit<Element = V::Element>,
    {
        let mut sums = LogicalSum::new(arch, self.bias);
        let used = block.len().clamp(1, V::Element::LANES);
        let (first, others) = block.split_at_checked(used).unwrap_or_default();
        for (sum, logit) in sums.parts().zip(first) {
            self.add_one(arch, sum, logit, limit);
        }
        let chunks = others.chunks_exact(V::Element::LANES);
        let rest = chunks.remainder();
        for (lane, part) in sums.parts().take(used).enumerate() {
            let mut sum = *part;
            if !others.is_empty() {
                for logits in chunks.clone() {
                    if let Some(logit) = logits.get(lane) {
                        self.add_one(arch, &mut sum, logit, limit);
                    }
                }
                if let Some(logit) = rest.get(lane) {
                    self.add_one(arch, &mut sum, logit, limit);
                }
            }
            *part = sum.without(self.bias);
        }
        sums.fold_first(used)
    }

    /// Adds the term of one logit.
    #[inline(always)]
    fn add_one<Z>(&self, arch: V::Arch, sum: &mut LaneSum<V>, logit: &Z, limit: V)
    where
        Z: Logit<Element = V::Element>,
    {
        let z = Z::load(arch, slice::from_ref(logit));
        let (power, t) = match self.exponential.term_of_smaller(arch, z, limit) {
            Some(term) => term,
            None => term_below(arch, &self.exponential, self.max, z),
        };
        sum.add_term(power, t);
    }
}

/// How many logits of each block equal its largest, beyond the first.
#[inline(always)]
fn equals<Z, V>(arch: V::Arch, blocks: &[&[Z]], maxima: V::PerLane<V::Element>) -> V
where
    Z: Logit<Element = V::Element>,
    V: Vector,
{
    let mut counts: V::PerLane<V::Element> = Array::filled(V::Element::ZERO);
    for (count, (block, max)) in counts.as_mut().iter_mut().zip(blocks.iter().zip(maxima)) {
        for z in block.iter().map(|z| z.widen()) {
            if z == max {
                *count = *count + V::Element::ONE;
            }
        }
    }
    let counts = V::load(arch, counts.as_ref(), V::Element::ZERO);
    let one = V::splat(arch, V::Element::ONE);
    // Zero beyond the blocks, and where there is none.
    (counts - one).max(V::splat(arch, V::Element::ZERO))
}
