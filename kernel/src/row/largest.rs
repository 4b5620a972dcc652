//! The two largest logits: in every lane of a vector, then of every row.

use crate::{element::Float, lane_sum::Fold, logit::Logit, vector::Vector};

/// The two largest logits in every lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Largest<V> {
    pub(crate) first: V,
    /// As large as the first where that occurs twice.
    pub(crate) second: V,
}

impl<V: Vector> Largest<V> {
    /// Of no logits.
    #[inline(always)]
    pub(crate) fn new(arch: V::Arch) -> Self {
        let lowest = V::splat(arch, V::Element::NEG_INFINITY);
        Self {
            first: lowest,
            second: lowest,
        }
    }

    /// NaN is forgotten: the sum remembers it.
    #[inline(always)]
    pub(crate) fn add(&mut self, z: V) {
        self.second = z.min(self.first).max(self.second);
        self.first = z.max(self.first);
    }

    #[inline(always)]
    pub(crate) fn add_all<Z: Logit<Element = V::Element>>(&mut self, arch: V::Arch, logits: &[Z]) {
        if V::IS_SCALAR {
            return self.add_one_by_one(arch, logits);
        }
        let whole = logits.chunks_exact(V::LANES);
        let rest = whole.remainder();
        for logits in whole {
            self.add(Z::load(arch, logits));
        }
        if !rest.is_empty() {
            self.add(Z::load(arch, rest));
        }
    }

    /// The same a logit at a time: few are among the largest, so a branch is cheaper than what
    /// [`add`](Self::add) does. Once the second largest is positive, what is larger has a larger
    /// bit pattern, and integers are cheaper still.
    #[inline(always)]
    fn add_one_by_one<Z: Logit<Element = V::Element>>(&mut self, arch: V::Arch, logits: &[Z]) {
        let zero = V::Element::ZERO.signed_bits();
        let mut others = logits.iter();
        while self.second.first_lane().signed_bits() <= zero {
            let Some(logit) = others.next() else { return };
            let z = V::splat(arch, logit.widen());
            if V::any(self.first.less_than(z)) {
                (self.first, self.second) = (z, self.first);
            } else if V::any(self.second.less_than(z)) {
                self.second = z;
            }
        }
        let mut first = self.first.first_lane().signed_bits();
        let mut second = self.second.first_lane().signed_bits();
        let mut add = |logit: &Z| {
            let bits = logit.widen().signed_bits();
            if bits > second {
                (first, second) = largest_bits::<V::Element>(bits, first, second);
            }
        };
        let (chunks, rest) = others.as_slice().as_chunks();
        for [a, b, c, d, e, f, g, h] in chunks {
            add(a);
            add(b);
            add(c);
            add(d);
            add(e);
            add(f);
            add(g);
            add(h);
        }
        rest.iter().for_each(add);
        self.first = V::splat(arch, V::Element::from_signed_bits(first));
        self.second = V::splat(arch, V::Element::from_signed_bits(second));
    }

    /// Those of all lanes, in every lane.
    #[inline(always)]
    pub(crate) fn of_all_lanes(self) -> Self {
        let mut largest = self;
        for _ in 0..V::LANES.trailing_zeros() {
            largest = largest.fold(largest);
        }
        largest
    }

    /// Lane by lane of both.
    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Self {
        let second = self.first.min(other.first);
        Self {
            first: self.first.max(other.first),
            second: second.max(self.second.max(other.second)),
        }
    }
}

impl<V: Vector> Fold for Largest<V> {
    #[inline(always)]
    fn fold(self, other: Self) -> Self {
        let ((first, other_first), (second, other_second)) = (
            self.first.unzip(other.first),
            self.second.unzip(other.second),
        );
        Self { first, second }.plus(Self {
            first: other_first,
            second: other_second,
        })
    }
}

/// The two largest of a number beyond the second and the two largest others, all of them positive,
/// by their bits.
#[cold]
#[inline(never)]
fn largest_bits<T: Float>(bits: T::Bits, first: T::Bits, second: T::Bits) -> (T::Bits, T::Bits) {
    // NaN has larger ones than infinity.
    if bits > T::INFINITY.signed_bits() {
        (first, second)
    } else {
        (bits.max(first), bits.min(first))
    }
}
