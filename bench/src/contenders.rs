//! Who is timed: the kernel, and three ways to do without it.

mod exponential;
mod ways;

use std::fmt;

use surprisal::{Backend, CrossEntropy};

use crate::{Buffers, Inputs, Task, timed_backends};
use exponential::{Library, Polynomial};
use ways::{LogSumExp, SoftmaxLookup, SoftmaxOneHot, Way};

/// Something that computes losses, and gradients, of rows of logits.
///
/// All but the kernel are what a careful engineer writes: the largest logit subtracted, one row
/// at a time so that it stays in the first-level cache, buffers reused, safe Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// This library: log-sum-exp minus the logit of the label, which is looked up.
    Kernel(Backend),
    /// Softmax into a buffer, a one-hot row, -ln of their dot product; gradient p - one-hot.
    SoftmaxOneHot(Build),
    /// Softmax into a buffer, -ln of its entry at the label; gradient p, less 1 at the label.
    SoftmaxLookup(Build),
    /// Maximum, exponentials, sum, logarithm, minus the logit of the label; gradient
    /// exp(logit - log-sum-exp), less 1 at the label.
    LogSumExp(Build),
}

/// How a contender other than the kernel is made.
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

impl Contender {
    /// Everyone who can run on this processor: the kernel on each of the [`timed_backends`], and
    /// every way in every build.
    pub fn all() -> Vec<Self> {
        let ways = [Self::SoftmaxOneHot, Self::SoftmaxLookup, Self::LogSumExp];
        let others = ways.iter().flat_map(|way| Build::available().map(way));
        timed_backends().map(Self::Kernel).chain(others).collect()
    }

    /// Computes the task from all rows of the inputs into the buffers.
    ///
    /// # Panics
    ///
    /// If the processor lacks the instructions, or the buffers are made for other inputs.
    pub fn run(self, task: Task, inputs: &Inputs, buffers: &mut Buffers) {
        match self {
            Self::Kernel(backend) => kernel(backend, task, inputs, buffers),
            Self::SoftmaxOneHot(build) => build.run::<SoftmaxOneHot>(task, inputs, buffers),
            Self::SoftmaxLookup(build) => build.run::<SoftmaxLookup>(task, inputs, buffers),
            Self::LogSumExp(build) => build.run::<LogSumExp>(task, inputs, buffers),
        }
    }

    /// How it is made, where it is not the kernel.
    pub fn build(self) -> Option<Build> {
        match self {
            Self::Kernel(_) => None,
            Self::SoftmaxOneHot(build) | Self::SoftmaxLookup(build) | Self::LogSumExp(build) => {
                Some(build)
            }
        }
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

    /// The longest chain of additions in a sum of `n_terms`, which decides its error.
    pub(crate) fn chain(self, n_terms: usize) -> usize {
        match self {
            Self::Scalar => n_terms,
            Self::Vectorised | Self::VectorisedAvx2 => n_terms / LANES + LANES,
        }
    }

    fn run<W: Way>(self, task: Task, inputs: &Inputs, buffers: &mut Buffers) {
        match self {
            Self::Scalar => ways::run::<W, Library, 1>(task, inputs, buffers),
            Self::Vectorised => ways::run::<W, Polynomial<false>, LANES>(task, inputs, buffers),
            Self::VectorisedAvx2 => with_avx2(
                #[inline(always)]
                || ways::run::<W, Polynomial<true>, LANES>(task, inputs, buffers),
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

fn kernel(backend: Backend, task: Task, inputs: &Inputs, buffers: &mut Buffers) {
    let Inputs {
        logits,
        labels,
        n_classes,
    } = inputs;
    let Buffers {
        losses, gradients, ..
    } = buffers;
    let loss = CrossEntropy::new().backend(backend);
    match task {
        Task::Loss => loss.losses(logits, *n_classes, labels, losses),
        Task::LossWithGradient => {
            loss.losses_and_gradients(logits, *n_classes, labels, None, losses, gradients)
        }
    }
    .expect("inputs and buffers fit");
}

/// The name in reports.
impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel(backend) => write!(f, "surprisal {backend}"),
            Self::SoftmaxOneHot(build) => write!(f, "softmax one-hot {build}"),
            Self::SoftmaxLookup(build) => write!(f, "softmax lookup {build}"),
            Self::LogSumExp(build) => write!(f, "log-sum-exp {build}"),
        }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Vectorised => "vectorised",
            Self::VectorisedAvx2 => "vectorised avx2",
        })
    }
}
