//! Outputs held against the reference.

use surprisal::{Denominator, Reduction};
use surprisal_fuzz::{
    numbers::Real,
    options::{Options, Smoothing, Weights},
};
use surprisal_reference::{
    Objective, Row, Wide,
    budget::{ElementType, PROMISE},
    error_measure::{rounded_over, roundings, ulps},
};

use crate::batch::{Batch, Operation};

/// Derivatives that are multiplied by an upstream factor or divided by a denominator are allowed
/// one unit more: a factor is one more number that the kernel rounds.
const FOR_A_FACTOR: f64 = 1.0;

/// Roundings of p_i (|v'_i| + sum p_j |v'_j|), of which there is no promise in units: four of p_i, which
/// is off by two units, one of v'_i, two where the mean is subtracted, one of the product. Those of the
/// mean's terms are of either sign.
const ROUNDINGS_OF_PRODUCTS: f64 = 8.0;

/// An exact entry of an output, and what its error is measured by where that is not itself.
struct Entry {
    value: Wide,
    bound: Option<Wide>,
}

impl<T: Real> Batch<T> {
    /// Holds every entry of the output of the operation against its exact value.
    pub fn compare(&self, output: &[T]) {
        let n = self.n_classes;
        let n_rows = match self.operation {
            Operation::Probabilities => self.logits.0.len() / self.stride(),
            _ => self.n_rows(),
        };
        if n_rows == 0 {
            return;
        }
        let width = match self.operation {
            Operation::Losses => 1,
            Operation::Matrices => n * (n + 1) / 2,
            _ => n,
        };
        let allowed = self.allowance();
        for (row, output) in output.chunks(output.len() / n_rows).enumerate() {
            let (entries, padding) = output.split_at(width);
            assert!(
                padding.iter().all(|entry| entry.value() == 0.0),
                "{row}: {padding:?}"
            );
            if self.operation != Operation::Probabilities && self.is_ignored(row) {
                assert!(
                    entries.iter().all(|entry| entry.value() == 0.0),
                    "{row}: {entries:?}"
                );
                continue;
            }
            for (i, (&actual, entry)) in entries.iter().zip(self.exact(row)).enumerate() {
                let error = match entry.bound {
                    Some(bound) => roundings(actual, entry.value, bound),
                    None => ulps(actual, entry.value),
                };
                assert!(
                    error <= allowed,
                    "{:?} on {}: entry {i} of row {row} is {actual:?}, exactly {}, \
                     {error} units off, {allowed} allowed",
                    self.operation,
                    self.backends[0],
                    entry.value.to_f64(),
                );
            }
            if self.operation == Operation::Products {
                self.check_zeros(row, entries);
            }
        }
    }

    /// The exact entries of a row.
    fn exact(&self, row: usize) -> Vec<Entry> {
        let logits = &self.logits.0[row * self.stride()..][..self.n_classes];
        let label = self.labels.get(row).copied().unwrap_or(0);
        if self.options.are_plain() {
            self.plain(&Row::new(logits), row, label as usize)
        } else if self.operation == Operation::Probabilities {
            // They depend on no weight and on no target.
            let scores = Options {
                softcap: self.options.softcap,
                temperature: self.options.temperature,
                ..Options::PLAIN
            };
            let row = scores.objective(logits, row, 0);
            let entry =
                |j| bounded::<T>(row.softmax().probability(j), row.softmax().probability(j));
            (0..logits.len()).map(entry).collect()
        } else {
            // Target probabilities need no label that is a class.
            let label = match self.options.targets {
                Some(_) => 0,
                None => label as usize,
            };
            self.with_options(&self.options.objective(logits, row, label), row)
        }
    }

    fn plain(&self, exact: &Row, row: usize, label: usize) -> Vec<Entry> {
        let classes = 0..exact.n_classes();
        let factor = self.factor(row);
        // A larger factor than what lifts probabilities brings to light what they lose.
        let lost = factor.abs() * lost_lifted::<T>();
        let entry = |value: Wide| {
            let value = value * factor;
            let size = value.abs();
            bounded::<T>(value, if size < lost { lost } else { size })
        };
        match self.operation {
            Operation::Losses => vec![Entry {
                value: exact.loss(label),
                bound: None,
            }],
            Operation::Gradients => classes.map(|j| entry(exact.gradient(label, j))).collect(),
            Operation::Probabilities => classes
                .map(|j| Entry {
                    value: exact.probability(j),
                    bound: None,
                })
                .collect(),
            Operation::Diagonals => classes.map(|j| entry(exact.hessian(j, j))).collect(),
            Operation::Matrices => classes
                .flat_map(|i| (0..=i).map(move |j| (i, j)))
                .map(|(i, j)| entry(exact.hessian(i, j)))
                .collect(),
            Operation::Products => {
                let vector = self.vector(row);
                // A product is rounded to a subnormal before it is divided.
                let least = Wide::ONE.scale(T::E_MIN);
                let bounds = exact.hessian_vector_bound(vector).into_iter();
                let bounds = bounds.map(|bound| if bound < least { least } else { bound });
                let values = exact.hessian_vector_product(vector).into_iter();
                values
                    .zip(bounds)
                    .map(|(value, bound)| Entry {
                        value: value * factor,
                        bound: Some(bound * factor),
                    })
                    .collect()
            }
        }
    }

    fn with_options(&self, exact: &Objective, row: usize) -> Vec<Entry> {
        let classes = 0..exact.n_classes();
        let factor = self.factor(row);
        let vector = self.vector(row);
        // What is computed in `f64` and not lifted loses what is below its normal numbers, lse as well
        // as p, before the weights, derivatives of z by the logits and the vector multiply it.
        let bend = Wide::from(1.0 + self.options.softcap.map_or(0.0, |cap| 2.0 / cap));
        let steep = Wide::from(
            self.options
                .temperature
                .map_or(1.0, |t| 1.0_f64.max(1.0 / t / t)),
        );
        let of_z_loss =
            (exact.z_loss().scale(1) + Wide::ONE) * (exact.log_sum_exp().abs() + Wide::ONE);
        let scale = (exact.total_weight() + of_z_loss) * bend * steep;
        let least = match T::ELEMENT {
            ElementType::F32 => lost_lifted::<T>(),
            ElementType::F64 => Wide::ONE.scale(T::E_MIN),
        };
        let lost = least * scale;
        let entry =
            |value: Wide, bound: Wide| bounded::<T>(value * factor, (bound + lost) * factor.abs());
        match self.operation {
            Operation::Losses => {
                let without_weight = exact.loss() / exact.total_weight();
                let is_beyond = rounded_over::<T>(without_weight) == Wide::INFINITY;
                if is_beyond && !self.options.have_terms() {
                    return vec![Entry {
                        value: Wide::from(f64::INFINITY),
                        bound: None,
                    }];
                }
                vec![bounded::<T>(exact.loss(), exact.loss_bound() + lost)]
            }
            Operation::Gradients => classes
                .map(|j| entry(exact.gradient(j), exact.gradient_bound(j)))
                .collect(),
            Operation::Diagonals => classes
                .map(|j| entry(exact.hessian(j, j), exact.hessian_bound(j, j)))
                .collect(),
            Operation::Matrices => classes
                .flat_map(|i| (0..=i).map(move |j| (i, j)))
                .map(|(i, j)| entry(exact.hessian(i, j), exact.hessian_bound(i, j)))
                .collect(),
            Operation::Products => {
                let largest = vector.iter().map(|v| v.value().abs()).fold(1.0, f64::max);
                let lost = lost * Wide::from(largest);
                // Weights multiply what the plain loss gives.
                let least = (exact.total_weight() + Wide::ONE).scale(T::E_MIN);
                let bounds = exact.hessian_vector_bound(vector).into_iter();
                let values = exact.hessian_vector_product(vector).into_iter();
                values
                    .zip(bounds)
                    .map(|(value, bound)| Entry {
                        value: value * factor,
                        bound: Some((bound + lost + least) * factor),
                    })
                    .collect()
            }
            Operation::Probabilities => unreachable!("have no weights and targets"),
        }
    }

    /// The vector of a row, where the operation has vectors.
    fn vector(&self, row: usize) -> &[T] {
        let (vectors, n) = (&self.vectors.0, self.n_classes);
        vectors.get(row * n..(row + 1) * n).unwrap_or_default()
    }

    /// What the derivatives of a row are multiplied by.
    fn factor(&self, row: usize) -> Wide {
        let upstream = self.upstream.as_ref();
        let upstream = upstream.map_or(Wide::ONE, |factors| factors.0[row].into());
        upstream / self.denominator()
    }

    fn denominator(&self) -> Wide {
        let counted = (0..self.n_rows())
            .filter(|&row| !self.is_ignored(row))
            .count();
        let (weight, _) = self.weight_of_rows();
        match self.options.reduction {
            Reduction::None | Reduction::Sum => Wide::ONE,
            Reduction::Mean(Denominator::Given(given)) => given.into(),
            Reduction::Mean(Denominator::Rows) => (counted as f64).into(),
            // Where no row has a weight, nothing is divided.
            Reduction::Mean(_) if weight == 0.0 => Wide::ONE,
            Reduction::Mean(_) => weight.into(),
        }
    }

    /// The weight of the counted rows, and how far it may be off: a product and a sum are rounded
    /// for each of them.
    pub fn weight_of_rows(&self) -> (f64, f64) {
        let widened = |weights: &Option<Weights>| weights.as_ref().map(Weights::widened);
        let [of_rows, of_classes] =
            [&self.options.row_weights, &self.options.class_weights].map(widened);
        let weight = |row: usize| {
            let of_row = of_rows.as_ref().map_or(1.0, |weights| weights[row]);
            let of_class = match (&of_classes, &self.options.targets) {
                (Some(weights), None) => weights[self.labels[row] as usize],
                _ => 1.0,
            };
            Wide::from(of_row) * Wide::from(of_class)
        };
        let counted = (0..self.n_rows()).filter(|&row| !self.is_ignored(row));
        let sum: f64 = counted.map(weight).sum::<Wide>().to_f64();
        (sum, sum * self.n_rows() as f64 * f64::EPSILON)
    }

    /// Units that an entry may be off.
    fn allowance(&self) -> f64 {
        let options = &self.options;
        let is_double = T::ELEMENT == ElementType::F64;
        let is_mean = matches!(options.reduction, Reduction::Mean(_));
        let is_derivative = !matches!(self.operation, Operation::Losses | Operation::Probabilities);
        let has_factor = is_derivative && (is_mean || self.upstream.is_some());
        let mut allowed = match self.operation {
            Operation::Products => ROUNDINGS_OF_PRODUCTS,
            _ => PROMISE,
        };
        if has_factor {
            allowed += FOR_A_FACTOR;
        }
        if is_double {
            // The weight of the rows is a sum in this precision.
            if has_factor && options.reduction == Reduction::Mean(Denominator::Weight) {
                allowed += self.n_rows() as f64;
            }
            // Smoothing over others is given to the reference as a quotient.
            if let Some(Smoothing::OverOthers(_)) = options.smoothing {
                allowed += 2.0;
            }
            allowed += self.added_by_softcap();
        }
        allowed
    }

    /// Units that capped logits add in `f64`: they carry an error of 2^-4 of an ulp, and what it
    /// does to a probability is as many times larger as they are; a product of two has it twice.
    fn added_by_softcap(&self) -> f64 {
        let Some(cap) = self.options.softcap else {
            return 0.0;
        };
        let finite = self.logits.0.iter().map(|z| z.value().abs());
        let largest = finite.filter(|z| z.is_finite()).fold(0.0, f64::max);
        2.0 * largest.min(cap) / self.options.temperature.unwrap_or(1.0) / 16.0
    }

    /// Products that are zero by decree, where the bound of their error is not: of masked classes,
    /// and of constant vectors where a Hessian has these as its null vectors.
    fn check_zeros(&self, row: usize, products: &[T]) {
        let vector = self.vector(row);
        let logits = &self.logits.0[row * self.stride()..][..self.n_classes];
        let is_constant = vector.iter().all(|v| *v == vector[0])
            && self.options.z_loss.is_none()
            && self.options.softcap.is_none();
        for (&product, logit) in products.iter().zip(logits) {
            let is_decreed = is_constant || logit.value() == f64::NEG_INFINITY;
            let is_right = product.value() == 0.0 || product.value().is_nan();
            assert!(
                !is_decreed || is_right,
                "row {row} has {product:?}, not zero"
            );
        }
    }
}

/// The smallest number that keeps all its digits where probabilities are lifted, by 2^26 in `f32` and
/// 2^60 in `f64`.
fn lost_lifted<T: Real>() -> Wide {
    let lift = match T::ELEMENT {
        ElementType::F32 => 26,
        ElementType::F64 => 60,
    };
    Wide::ONE.scale(T::E_MIN - lift)
}

/// An entry whose error is measured in units in the last place of what it is summed from.
fn bounded<T: Real>(value: Wide, bound: Wide) -> Entry {
    let unit = bound
        .floor_log2()
        .map_or(bound, |binade| Wide::ONE.scale(binade.max(T::E_MIN) + 1));
    Entry {
        value,
        bound: Some(unit),
    }
}
