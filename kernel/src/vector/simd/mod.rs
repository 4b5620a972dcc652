//! The vector instructions of a processor, through `fearless_simd`, whose tokens are the proof
//! that the processor has them. One adaptor serves all of its levels.

mod columns;
mod halves;
mod lanes;
mod prefetch;
mod processors;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod two;

use fearless_simd::Simd;

use super::{Arch, Arithmetic, InBase, Single};
use crate::{
    base::{Base, Bases},
    element::Float,
};
use processors::Processor;

/// A level of the processor, in an arithmetic class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level<S, M>(S, M);

impl<S: Simd, M> Level<S, M> {
    /// With the token of the level.
    #[inline(always)]
    pub(super) fn new(token: S, arithmetic: M) -> Self {
        Self(token, arithmetic)
    }
}

/// The best level of this processor; without run-time detection, the best one that the compiler
/// was told about.
#[inline]
pub(super) fn best() -> fearless_simd::Level {
    fearless_simd::Level::try_detect().unwrap_or(fearless_simd::Level::baseline())
}

impl<S: Processor, M: Arithmetic> Arch for Level<S, M> {
    type F32 = S::F32<M>;
    type F64 = S::F64<M>;

    type Single = Level<S, Single<M>>;
    type InBase = Level<S, InBase<M>>;

    const FUSED: bool = M::FUSED;
    const IN_PAIRS: bool = M::IN_PAIRS;
    const IN_BASE_E: bool = M::IN_BASE_E;

    #[inline(always)]
    fn single(self) -> Self::Single {
        Level(self.0, Single(self.1))
    }

    #[inline(always)]
    fn in_base(self, bases: Bases) -> Self::InBase {
        Level(self.0, InBase::new(self.1, bases))
    }

    #[inline(always)]
    fn base<T: Float>(self) -> Base<T> {
        self.1.base()
    }

    #[inline(always)]
    fn run<R>(self, operation: impl FnOnce() -> R) -> R {
        self.0.vectorize(operation)
    }

    #[inline(always)]
    fn prefetch<T>(self, slice: &[T]) {
        self.0.prefetch(slice.as_ptr().cast());
    }

    #[inline(always)]
    fn prefetch_near<T>(self, slice: &[T]) {
        self.0.prefetch_near(slice.as_ptr().cast());
    }
}
