//! Rows under a temperature and no other option: within 2 ulp of each value like plain ones, where the
//! options together are only held against what an entry is summed from.

mod common;

use common::{Real, backend_of, errors_under, stride};
use surprisal::{ArithmeticClass, CrossEntropy};
use surprisal_reference::{
    budget::{Operation, PROMISE},
    tiers,
};

/// Next to 1, of calibration and distillation, and the limits of those that change only the base of
/// exponentials.
const TEMPERATURES: [f64; 8] = [
    0.999,
    1.3,
    1.0 / 3.0,
    2.0,
    0.07,
    20.0,
    1.0 / 1024.0,
    1073741824.0,
];

/// Roundings of the bound that products have. The search of `search.rs` has found 4.81, and 1.78 ulp of
/// entries.
const MOST_OF_PRODUCTS: f64 = 5.0;

fn holds<T: Real>(class: ArithmeticClass) {
    let loss = CrossEntropy::new().backend(backend_of(class));
    let mut worst = [const { (0.0, String::new()) }; 6];
    let cases = tiers::bulk::<T>().into_iter().flat_map(|tier| tier.cases);
    let cases = cases.enumerate().step_by(stride());
    for (number, case) in cases {
        // By turns, and another turn with every round: labels of a row have the same temperature.
        let temperature = TEMPERATURES[(number / 4) % TEMPERATURES.len()];
        let logits = case.logits.iter();
        let logits: Vec<T> = logits
            .map(|&z| T::round(Into::<f64>::into(z) * temperature))
            .collect();
        if !logits.iter().any(|&z| Into::<f64>::into(z).is_finite()) {
            continue;
        }
        let errors = errors_under(loss, temperature, &logits, case.label);
        for (worst, error) in worst.iter_mut().zip(errors) {
            if error > worst.0 {
                let row = &logits[..logits.len().min(6)];
                *worst = (error, format!("{row:?} over {temperature}, {}", case.label));
            }
        }
    }
    for (operation, (error, row)) in Operation::ALL.into_iter().zip(worst) {
        println!(
            "{:?} {class:?} {operation:?}: {error:.4} at {row}",
            T::ELEMENT
        );
        let most = match operation {
            Operation::HessianVectorProduct => MOST_OF_PRODUCTS,
            _ => PROMISE,
        };
        assert!(
            error <= most,
            "{class:?} {operation:?}: {error} of {most} at {row}"
        );
    }
}

#[test]
fn of_f32() {
    holds::<f32>(ArithmeticClass::Fused);
    holds::<f32>(ArithmeticClass::Unfused);
}

#[test]
fn of_f64() {
    holds::<f64>(ArithmeticClass::Fused);
    holds::<f64>(ArithmeticClass::Unfused);
}
