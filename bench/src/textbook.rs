//! Three ways to do without the kernel.
//!
//! They are what a careful engineer writes: the largest logit subtracted, one row at a time so
//! that it stays in the first-level cache, buffers reused, safe Rust.

mod exponential;
mod ways;

use std::fmt;

use surprisal::Backend;

use crate::{
    Buffers, Contender, Inputs, Task,
    verification::{Bound, Exact, Tolerance},
};
use exponential::{Library, Polynomial};
use ways::{LogSumExp, SoftmaxLookup, SoftmaxOneHot};

/// Losses, or losses and gradients, computed in one of the ways.
#[derive(Clone, Copy, Debug)]
pub struct Textbook {
    /// How it is computed.
    pub way: Way,
    /// How that is compiled.
    pub build: Build,
    /// Whether gradients are computed too.
    pub with_gradient: bool,
}

/// How losses and gradients are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Softmax into a buffer, a one-hot row, -ln of their dot product; gradient p - one-hot.
    SoftmaxOneHot,
    /// Softmax into a buffer, -ln of its entry at the label; gradient p, less 1 at the label.
    SoftmaxLookup,
    /// Maximum, exponentials, sum, logarithm, minus the logit of the label; gradient
    /// exp(logit - log-sum-exp), less 1 at the label.
    LogSumExp,
}

/// How a way is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Plain loops over a row with the exponential function of the standard library.
    Scalar,
    /// Loops over blocks of 16 with an exponential function of plain arithmetic, which the
    /// compiler turns into the vector instructions that every processor of the target has: SSE2
    /// on x86-64, NEON on 64-bit ARM.
    Vectorised,
    /// The same, compiled for x86 processors with AVX2 and FMA.
    VectorisedAvx2,
}

impl Textbook {
    /// Every way in every build that this processor can run.
    pub fn all(with_gradient: bool) -> impl Iterator<Item = Self> {
        let ways = [Way::SoftmaxOneHot, Way::SoftmaxLookup, Way::LogSumExp];
        ways.into_iter().flat_map(move |way| {
            Build::available().map(move |build| Self {
                way,
                build,
                with_gradient,
            })
        })
    }

    /// What is computed.
    pub fn task(&self) -> Task {
        Task::loss(self.with_gradient)
    }
}

impl Contender for Textbook {
    fn run(&mut self, inputs: &Inputs, buffers: &mut Buffers) {
        let run = match self.way {
            Way::SoftmaxOneHot => Build::run::<SoftmaxOneHot>,
            Way::SoftmaxLookup => Build::run::<SoftmaxLookup>,
            Way::LogSumExp => Build::run::<LogSumExp>,
        };
        run(self.build, self.with_gradient, inputs, buffers);
    }

    fn check(&self, inputs: &Inputs, buffers: &Buffers, exact: &Exact) {
        let tolerance = Tolerance::honest(self.build.chain(inputs.n_classes));
        let bound = Bound::Within(tolerance);
        exact.check(self, self.task(), bound, inputs, buffers);
    }
}

/// Length of the blocks of a vectorised build: two registers of AVX2, four of SSE.
const LANES: usize = 16;

impl Build {
    /// Those that this processor can run, from the plainest to the fastest.
    pub fn available() -> impl Iterator<Item = Self> {
        let avx2 = Backend::Avx2.is_available().then_some(Self::VectorisedAvx2);
        [Self::Scalar, Self::Vectorised].into_iter().chain(avx2)
    }

    /// The longest chain of additions in a sum of `n_terms`.
    fn chain(self, n_terms: usize) -> usize {
        match self {
            Self::Scalar => n_terms,
            Self::Vectorised | Self::VectorisedAvx2 => n_terms / LANES + LANES,
        }
    }

    fn run<W: ways::Way>(self, with_gradient: bool, inputs: &Inputs, buffers: &mut Buffers) {
        match self {
            Self::Scalar => ways::run::<W, Library, 1>(with_gradient, inputs, buffers),
            Self::Vectorised => {
                ways::run::<W, Polynomial<false>, LANES>(with_gradient, inputs, buffers);
            }
            Self::VectorisedAvx2 => with_avx2(
                #[inline(always)]
                || ways::run::<W, Polynomial<true>, LANES>(with_gradient, inputs, buffers),
            ),
        }
    }
}

/// Runs code that is inlined down to its loops, compiled for AVX2 with FMA.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn with_avx2(run: impl FnOnce()) {
    use fearless_simd::{Level, Simd};
    Level::new()
        .as_avx2()
        .expect("the processor has AVX2")
        .vectorize(run);
}

/// There is no AVX2 here.
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
fn with_avx2(_: impl FnOnce()) {
    unreachable!("the build is not available");
}

/// The name in reports.
impl fmt::Display for Textbook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.way {
            Way::SoftmaxOneHot => "softmax one-hot",
            Way::SoftmaxLookup => "softmax lookup",
            Way::LogSumExp => "log-sum-exp",
        };
        let build = match self.build {
            Build::Scalar => "scalar",
            Build::Vectorised => "vectorised",
            Build::VectorisedAvx2 => "vectorised avx2",
        };
        write!(f, "{way} {build}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Widths below, at and above the length of a block.
    const WIDTHS: [usize; 8] = [1, 2, 10, 15, 16, 17, 100, 1000];

    #[test]
    fn every_way_is_right() {
        for n_classes in WIDTHS {
            let inputs = Inputs::seeded(10_000, n_classes);
            for mut textbook in Textbook::all(false).chain(Textbook::all(true)) {
                let exact = Exact::new(textbook.task(), &inputs);
                let mut buffers = Buffers::new(textbook.task(), &inputs);
                textbook.run(&inputs, &mut buffers);
                textbook.check(&inputs, &buffers, &exact);
            }
        }
    }
}
