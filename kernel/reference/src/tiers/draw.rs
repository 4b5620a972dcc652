//! Draws with the same bits on every machine.
//!
//! Only the generator's raw words are used, and only operations that IEEE 754 rounds exactly: no
//! logarithm, no cosine, and nothing that a library may change between versions.

use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};

use crate::wide::power_of_two;

/// A seeded source of numbers.
pub(super) struct Draw(Xoshiro256PlusPlus);

impl Draw {
    pub(super) fn seeded(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Uniform in [0, 1), all 53 bits.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * power_of_two(-53)
    }

    /// Uniform in [low, high).
    pub(super) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0..n.
    pub(super) fn index(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }

    /// Whether something happens that has this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Mean 0 and variance 1: the sum of twelve uniform numbers, normal but for its tails, which
    /// end at 6.
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Of either sign, with the exponent uniform in low..high.
    pub(super) fn spread(&mut self, low: i64, high: i64) -> f64 {
        let exponent = low + self.index((high - low) as usize) as i64;
        let magnitude = (1.0 + self.unit()) * power_of_two(exponent);
        if self.unit() < 0.5 {
            -magnitude
        } else {
            magnitude
        }
    }
}
