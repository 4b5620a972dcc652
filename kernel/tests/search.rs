//! A search for rows with large errors, which climbs: it changes one logit, keeps the row where the
//! error has not become smaller, and begins again elsewhere.
//!
//! ```sh
//! SURPRISAL_SEARCH_STEPS=1000000 cargo test --release -p surprisal --test search -- --ignored --nocapture
//! ```
//!
//! It prints the worst row of every operation with its error. Rows that are worse than those of
//! `surprisal_reference::tiers::found` belong there, and their errors are the budgets'.
//! `SURPRISAL_SEARCH_SEED=n` has it look elsewhere, and `SURPRISAL_SEARCH_TEMPERATURE=t` under a
//! temperature, whose figures are in `temperatures.rs`.

mod common;

use common::{Real, backend_of, errors_of, errors_under};
use surprisal::{ArithmeticClass, CrossEntropy};
use surprisal_reference::budget::Operation;

/// Changes of a row until the search begins again.
const STEPS_PER_ROW: usize = 400;

/// The number in an environment variable.
fn number_in(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |number| {
        number
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is a number"))
    })
}

/// SplitMix64.
struct Draw(u64);

impl Draw {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn index(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// Uniform in [-1, 1).
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// A logit of a size that is drawn too.
    fn logit<T: Real>(&mut self) -> T {
        let size = [1e-3, 0.3, 1.0, 3.0, 10.0, 80.0][self.index(6)];
        T::round(self.unit() * size)
    }

    fn row<T: Real>(&mut self) -> Vec<T> {
        let n = 2 + self.index(9);
        (0..n).map(|_| self.logit()).collect()
    }

    /// A neighbour of a logit, some way off, or any other.
    fn moved<T: Real>(&mut self, logit: T) -> T {
        let z: f64 = logit.into();
        match self.index(4) {
            0 => T::round(z * (1.0 + 2.0 * self.unit().signum() * relative_ulp::<T>())),
            1 => T::round(z * (1.0 + 100.0 * self.unit() * relative_ulp::<T>())),
            2 => T::round(z + self.unit() * 0.1),
            _ => self.logit(),
        }
    }
}

/// An ulp of 1, halved: what a number can be told from its neighbour by.
fn relative_ulp<T: Real>() -> f64 {
    f64::from(-T::PRECISION as i32).exp2()
}

/// The worst errors of a row, under the temperature that an environment variable asks for.
fn errors<T: Real>(loss: CrossEntropy<'_>, row: &[T], label: usize) -> [f64; 6] {
    match std::env::var("SURPRISAL_SEARCH_TEMPERATURE") {
        Ok(temperature) => {
            let temperature = temperature
                .parse()
                .expect("SURPRISAL_SEARCH_TEMPERATURE is a number");
            errors_under(loss, temperature, row, label)
        }
        Err(_) => errors_of(loss, row, label),
    }
}

/// Climbs the error of one operation in so many steps; gives the worst error with its row and label.
fn climb<T: Real>(
    loss: CrossEntropy<'_>,
    operation: usize,
    steps: usize,
    draw: &mut Draw,
) -> (f64, Vec<T>, usize) {
    let mut worst = (0.0, Vec::new(), 0);
    for _ in 0..steps.div_ceil(STEPS_PER_ROW) {
        let mut row: Vec<T> = draw.row();
        let label = draw.index(row.len());
        let mut error = errors(loss, &row, label)[operation];
        for _ in 1..STEPS_PER_ROW {
            let j = draw.index(row.len());
            let before = row[j];
            row[j] = draw.moved(before);
            let now = errors(loss, &row, label)[operation];
            if now >= error {
                error = now;
            } else {
                row[j] = before;
            }
        }
        if error > worst.0 {
            worst = (error, row, label);
        }
    }
    worst
}

fn search<T: Real>() {
    let steps = number_in("SURPRISAL_SEARCH_STEPS", 100_000) as usize;
    let mut draw = Draw(number_in("SURPRISAL_SEARCH_SEED", 0));
    for class in [ArithmeticClass::Fused, ArithmeticClass::Unfused] {
        let loss = CrossEntropy::new().backend(backend_of(class));
        for (i, operation) in Operation::ALL.into_iter().enumerate() {
            let (error, row, label) = climb::<T>(loss, i, steps, &mut draw);
            println!("// {class:?} {operation:?}: {error:.4}");
            println!("(&{row:?}, {label}),");
        }
    }
}

#[test]
#[ignore = "as long as one likes"]
fn f32_rows() {
    search::<f32>();
}

#[test]
#[ignore = "as long as one likes"]
fn f64_rows() {
    search::<f64>();
}
