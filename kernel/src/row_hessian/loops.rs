//! Loops over the classes, which compilers make vectors of.

use super::{RowHessian, sums::LANES};
use crate::{
    element::Element,
    vector::{Arch, token},
};

/// Classes whose terms are computed together, for vectors: processors of 64 bits have them. On smaller
/// ones it would only take room on the stack.
pub(super) const BLOCK: usize = if cfg!(target_pointer_width = "64") {
    64
} else {
    LANES
};

/// Runs a loop over so many classes with the widest vectors that this processor has: nothing is fused, so
/// the bits are the same with all. What the loop calls has to be inlined in it. A row shorter than a block
/// takes no longer without asking for them.
#[inline(always)]
pub(super) fn over_classes<R>(n_classes: usize, run_loop: impl FnOnce() -> R) -> R {
    let is_long = n_classes >= BLOCK;
    if is_long && let Some(arch) = token::avx512() {
        arch.run(run_loop)
    } else if is_long && let Some(arch) = token::avx2() {
        arch.run(run_loop)
    } else {
        run_loop()
    }
}

impl<T: Element> RowHessian<'_, T> {
    /// Writes what `entry` makes of every number of a vector and of the probability, slope and bend of
    /// its class. It owns what it computes with, like the terms of [`sums`](super::sums::sums).
    #[inline(always)]
    pub(super) fn map_classes(&self, vector: &[T], out: &mut [T], entry: impl Fn(T, [T; 3]) -> T) {
        let [p, slopes, bends] = self.classes();
        over_classes(
            self.n_classes(),
            #[inline(always)]
            move || {
                let classes = p.iter().zip(slopes).zip(bends);
                for ((out, &v), ((&p, &slope), &bend)) in out.iter_mut().zip(vector).zip(classes) {
                    *out = entry(v, [p, slope, bend]);
                }
            },
        );
    }
}
