//! The outputs held against the exact values, and the backends against each other.

use surprisal::{ArithmeticClass, Backend, Reduction, Total};
use surprisal_reference::{
    Wide,
    budget::{Budget, Class, ElementType, Operation, PROMISE},
    error_measure::{roundings, ulps},
};

use crate::{
    case::Batch,
    exact::Exact,
    numbers::{Real, same_bits},
    outputs::{Outputs, assert_same_bits},
};

/// Derivatives that are multiplied by an upstream factor or divided by a denominator are allowed
/// one unit more: the figures of the table come from derivatives without a factor, and a factor
/// is one more number that the kernel rounds.
const FOR_A_FACTOR: f64 = 1.0;

impl<T: Real> Batch<T> {
    /// Runs every operation on every backend and holds the outputs against the reference.
    pub fn check(&self) {
        let mut exact = None;
        let mut first_of_class: Vec<(Backend, Outputs<T>)> = Vec::new();
        for backend in Backend::available() {
            let outputs = Outputs::of(self, backend);
            let class = backend.arithmetic_class();
            let first = first_of_class
                .iter()
                .find(|(first, _)| first.arithmetic_class() == class);
            if let Some((first, expected)) = first {
                for ((what, actual), (_, expected)) in outputs.list().iter().zip(expected.list()) {
                    let (actual, expected) =
                        (actual.unwrap_or_default(), expected.unwrap_or_default());
                    assert_same_bits(
                        &format!("{what} on {backend} and {first}"),
                        actual,
                        expected,
                    );
                }
                continue;
            }
            // The rest of a batch with something wrong has no values of interest.
            if self.wrong_length.is_none() && outputs.losses.is_some() {
                let exact = exact.get_or_insert_with(|| Exact::of(self));
                self.check_values(backend, &outputs, exact);
            }
            first_of_class.push((backend, outputs));
        }
    }

    fn check_values(&self, backend: Backend, outputs: &Outputs<T>, exact: &Exact) {
        self.check_total(outputs);
        self.check_matrices(outputs);
        let divided = matches!(self.reduction, Reduction::Mean(_));
        let multiplied = divided || self.upstream.is_some();
        let comparisons = [
            (Operation::Loss, &outputs.losses, &exact.losses, false),
            (
                Operation::Gradient,
                &outputs.gradients,
                &exact.gradients,
                multiplied,
            ),
            (
                Operation::Probability,
                &outputs.probabilities,
                &exact.probabilities,
                false,
            ),
            (
                Operation::HessianDiagonal,
                &outputs.diagonals,
                &exact.diagonals,
                divided,
            ),
            (Operation::Hessian, &outputs.packed, &exact.packed, divided),
            (
                Operation::HessianVectorProduct,
                &outputs.products,
                &exact.products,
                divided,
            ),
        ];
        for (operation, actual, exact_values, has_factor) in comparisons {
            let actual = actual.as_deref().unwrap_or_default();
            assert_eq!(actual.len(), exact_values.len(), "{operation:?}");
            let factor = if has_factor { FOR_A_FACTOR } else { 0.0 };
            let allowed = allowance(operation, T::ELEMENT, class_of(backend)) + factor;
            for (i, (&actual, &value)) in actual.iter().zip(exact_values).enumerate() {
                let error = match operation {
                    Operation::HessianVectorProduct => roundings(actual, value, exact.bounds[i]),
                    _ => ulps(actual, value),
                };
                assert!(
                    error <= allowed,
                    "{operation:?} on {backend}: entry {i} is {actual:?}, exactly {}, \
                     {error} units off, {allowed} allowed",
                    value.to_f64(),
                );
            }
        }
        self.check_zeros(outputs, exact);
    }

    /// Sums and counts of the losses.
    fn check_total(&self, outputs: &Outputs<T>) {
        let mut expected = Total::default();
        for (row, &loss) in outputs.losses.iter().flatten().enumerate() {
            if self.is_ignored(row) {
                expected.add_ignored();
            } else {
                expected.add_row(loss.value(), 1.0);
            }
        }
        let actual = outputs.total.expect("refused where losses are not");
        assert!(
            same_bits(actual.sum, expected.sum),
            "{actual:?}, not {expected:?}"
        );
        let rest = |total: Total| Total { sum: 0.0, ..total };
        assert_eq!(rest(actual), rest(expected));
    }

    /// Dense Hessians are the packed ones, mirrored.
    fn check_matrices(&self, outputs: &Outputs<T>) {
        let (Some(dense), Some(packed)) = (&outputs.hessians, &outputs.packed) else {
            assert_eq!(outputs.hessians.is_some(), outputs.packed.is_some());
            return;
        };
        let n = self.n_classes;
        let mut packed = packed.iter();
        for entry in 0..dense.len() {
            let (row, i, j) = (entry / n / n, entry / n % n, entry % n);
            if j <= i {
                let lower = packed.next().expect("as many as in the lower triangles");
                for entry in [dense[entry], dense[(row * n + j) * n + i]] {
                    assert!(
                        same_bits(entry, *lower),
                        "row {row}, {i}, {j}: {entry:?}, {lower:?}"
                    );
                }
            }
        }
        assert_eq!(packed.next(), None);
    }

    /// Products that are zero by decree, where the bound of their error is not.
    fn check_zeros(&self, outputs: &Outputs<T>, exact: &Exact) {
        let products = outputs.products.as_deref().unwrap_or_default();
        for (i, (&product, &value)) in products.iter().zip(&exact.products).enumerate() {
            // Of a masked class, a constant vector, or an ignored row.
            let decreed = value == Wide::ZERO
                && (self.is_ignored(i / self.n_classes)
                    || self.logits.0[i].value() == f64::NEG_INFINITY
                    || self
                        .vectors
                        .0
                        .chunks(self.n_classes)
                        .nth(i / self.n_classes)
                        .is_some_and(|vector| vector.iter().all(|v| *v == vector[0])));
            assert!(
                !decreed || product.value() == 0.0,
                "product {i} is {product:?}, not zero"
            );
        }
    }
}

/// The error of an operation that is allowed without a factor. The figures of the table are the
/// worst errors over the tiers of inputs, and a search finds worse: up to what is promised, or
/// one unit more for products, for which there is no promise in ulps.
fn allowance(operation: Operation, element: ElementType, class: Class) -> f64 {
    match operation {
        Operation::HessianVectorProduct => Budget::of(operation, element, class).ulps + 1.0,
        _ => PROMISE,
    }
}

/// The class of a budget for that of a backend.
fn class_of(backend: Backend) -> Class {
    match backend.arithmetic_class() {
        ArithmeticClass::Fused => Class::Fused,
        ArithmeticClass::Unfused => Class::Unfused,
    }
}
