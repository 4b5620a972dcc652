//! Every number of `f32` where one number decides: two-class rows (d, 0), and the exponential.
//!
//! ```sh
//! cargo test --release -p surprisal --test exhaustive -- --ignored --nocapture
//! ```
//!
//! The tests take as many threads as they may, and print the worst errors with their arguments.
//! `SURPRISAL_PART=k/n` takes the k-th of n parts, every n-th block of 2^14 consecutive numbers: the
//! parts 1/n to n/n, on any days, are all of them. Exact values are those of `f64`, whose `exp` and
//! `ln_1p` the C libraries document to be within an ulp of their own; [`ORACLE_ERROR`] is checked
//! against the double-doubles once in every block. That is 2^-26 ulp of an `f32`, and nothing beside
//! the figures.

#[path = "../common/mod.rs"]
mod common;
mod exponential;
mod two_classes;

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use common::backends;
use surprisal::{ArithmeticClass, Backend};

/// Numbers with consecutive bits that are computed together.
const BLOCK: u32 = 1 << 14;

/// Bound of the relative error of the exact values.
const ORACLE_ERROR: f64 = 1.0 / (1_u64 << 50) as f64;

/// The worst errors by what errs, each with the number that it is at.
#[derive(Default)]
struct Worst(BTreeMap<String, (f64, f32)>);

impl Worst {
    fn see(&mut self, what: String, errors: impl Iterator<Item = (f64, f32)>) {
        let larger = |a: (f64, f32), b: (f64, f32)| if b.0 > a.0 { b } else { a };
        let worst = errors.fold((0.0, 0.0), larger);
        let seen = self.0.entry(what).or_insert(worst);
        *seen = larger(*seen, worst);
    }

    fn merge(&mut self, other: Self) {
        for (what, worst) in other.0 {
            self.see(what, std::iter::once(worst));
        }
    }
}

/// The blocks that are asked for: the first of them, and how far they are apart.
fn part() -> [u32; 2] {
    let Ok(part) = std::env::var("SURPRISAL_PART") else {
        return [0, 1];
    };
    let numbers = part.split_once('/').and_then(|(k, n)| {
        let [k, n] = [k, n].map(|number| number.parse().ok());
        Some([k?, n?])
    });
    match numbers {
        Some([k, n]) if (1..=n).contains(&k) => [k - 1, n],
        _ => panic!("SURPRISAL_PART is '{part}', must be k/n with k from 1 to n"),
    }
}

/// Visits the numbers whose bits are in a range, a block at a time, on all threads.
fn sweep(bits: RangeInclusive<u32>, visit: impl Fn(&[f32], &mut Worst) + Sync) -> Worst {
    let first = bits.start() / BLOCK;
    let next = AtomicU32::new(first);
    let total = Mutex::new(Worst::default());
    let [start, step] = part();
    let work = || {
        let mut worst = Worst::default();
        loop {
            let block = next.fetch_add(1, Ordering::Relaxed);
            if block > bits.end() / BLOCK {
                break;
            }
            if (block - first) % step == start {
                let numbers = (block * BLOCK..=block * BLOCK + (BLOCK - 1))
                    .filter(|number| bits.contains(number))
                    .map(f32::from_bits);
                visit(&numbers.collect::<Vec<_>>(), &mut worst);
            }
        }
        total.lock().expect("no thread has panicked").merge(worst);
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    let worst = total.into_inner().expect("no thread has panicked");
    for (what, (error, at)) in &worst.0 {
        println!("{what}: {error:.4} at {at:e}, {:#010x}", at.to_bits());
    }
    worst
}

/// The backends under test, in classes of the same bits.
fn classes() -> Vec<(ArithmeticClass, Vec<Backend>)> {
    let classes = [ArithmeticClass::Fused, ArithmeticClass::Unfused].map(|class| {
        let of_class = |backend: &Backend| backend.arithmetic_class() == class;
        (class, backends().into_iter().filter(of_class).collect())
    });
    let has_some = |(_, backends): &(_, Vec<_>)| !backends.is_empty();
    classes.into_iter().filter(has_some).collect()
}

/// Whether all numbers have the same bits, or are NaN on both sides.
fn same(a: &[f32], b: &[f32]) -> bool {
    let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    a.len() == b.len() && a.iter().zip(b).all(same)
}
