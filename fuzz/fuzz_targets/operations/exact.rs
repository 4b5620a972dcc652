//! What the reference says of a batch.

use surprisal::{Denominator, Error, Label, Reduction};
use surprisal_reference::{Refusal, Row, Wide, check};

use crate::{case::Batch, numbers::Real};

/// Exact values of every entry of every output, in the order of the entries.
pub struct Exact {
    pub losses: Vec<Wide>,
    pub gradients: Vec<Wide>,
    pub probabilities: Vec<Wide>,
    pub diagonals: Vec<Wide>,
    pub packed: Vec<Wide>,
    pub products: Vec<Wide>,
    /// What the errors of products are measured by.
    pub bounds: Vec<Wide>,
}

/// Hessians are asked for up to this many elements.
pub const MOST_ENTRIES: usize = 1 << 14;

impl Exact {
    /// The values of a batch that is not refused.
    pub fn of<T: Real>(batch: &Batch<T>) -> Self {
        let n = batch.n_classes;
        let inverse = Wide::ONE / denominator(batch);
        let mut exact = Self {
            losses: Vec::new(),
            gradients: Vec::new(),
            probabilities: Vec::new(),
            diagonals: Vec::new(),
            packed: Vec::new(),
            products: Vec::new(),
            bounds: Vec::new(),
        };
        for (i, logits) in batch.logits.0.chunks(n).enumerate() {
            let row = Row::new(logits);
            let vector = &batch.vectors.0[i * n..][..n];
            // Ignored rows are zero, whatever they hold; their labels need not be classes.
            let label = usize::try_from(batch.labels[i].value())
                .ok()
                .filter(|&label| label < n);
            let ignored = batch.is_ignored(i);
            let label = label.unwrap_or(0);
            let counted = |value| if ignored { Wide::ZERO } else { value };
            let divided = |value: Wide| counted(value * inverse);
            let factor = batch
                .upstream
                .as_ref()
                .map_or(Wide::ONE, |factors| factors.0[i].into());
            let gradient = |j| divided(row.gradient(label, j) * factor);

            exact.losses.push(counted(row.loss(label)));
            exact.gradients.extend((0..n).map(gradient));
            exact
                .probabilities
                .extend((0..n).map(|j| row.probability(j)));
            exact
                .diagonals
                .extend((0..n).map(|j| divided(row.hessian(j, j))));
            exact
                .products
                .extend(row.hessian_vector_product(vector).into_iter().map(divided));
            // A product is rounded to a subnormal before it is divided.
            let least = Wide::ONE.scale(T::E_MIN);
            let bounds = row.hessian_vector_bound(vector).into_iter();
            let bounds = bounds.map(|bound| if bound < least { least } else { bound });
            exact.bounds.extend(bounds.map(divided));
            if has_matrices(batch) {
                let entries = (0..n).flat_map(|i| (0..=i).map(move |j| (i, j)));
                exact
                    .packed
                    .extend(entries.map(|(i, j)| divided(row.hessian(i, j))));
            }
        }
        exact
    }
}

/// Whether the Hessians are small enough to be asked for.
pub fn has_matrices<T: Real>(batch: &Batch<T>) -> bool {
    let entries = batch
        .n_classes
        .checked_mul(batch.n_classes)
        .and_then(|entries| entries.checked_mul(batch.n_rows()));
    entries.is_none_or(|entries| entries <= MOST_ENTRIES)
}

/// What derivatives are divided by.
fn denominator<T: Real>(batch: &Batch<T>) -> Wide {
    match batch.reduction {
        Reduction::None | Reduction::Sum => Wide::ONE,
        Reduction::Mean(Denominator::Given(given)) => given.into(),
        Reduction::Mean(_) => {
            let counted = (0..batch.n_rows()).filter(|&row| !batch.is_ignored(row));
            (counted.count() as f64).into()
        }
    }
}

/// The error that an operation must return, where it must return one.
///
/// `slices` are its arguments but for logits and labels, with their lengths and their elements in
/// a row.
pub fn refusal<T: Real>(
    batch: &Batch<T>,
    labels: &[i128],
    reduction: Reduction,
    slices: &[(&'static str, usize, u128)],
) -> Option<Error> {
    let (n_rows, n_classes, n_logits) = (labels.len(), batch.n_classes, batch.logits.0.len());
    let mismatch = |&(argument, actual, width): &(&'static str, usize, u128)| match usize::try_from(
        n_rows as u128 * width,
    ) {
        Ok(expected) if expected == actual => None,
        Ok(expected) => Some(Error::LengthMismatch {
            argument,
            expected,
            actual,
        }),
        Err(_) => Some(Error::SizeOverflow { n_rows, n_classes }),
    };
    let ignored = batch.ignore_label.map(i128::from);
    match check(n_logits, n_classes, labels, ignored) {
        Err(Refusal::ZeroClasses) => Some(Error::ZeroClasses),
        Err(Refusal::SizeOverflow) => Some(Error::SizeOverflow { n_rows, n_classes }),
        Err(Refusal::LengthMismatch) => mismatch(&("logits", n_logits, n_classes as u128)),
        // Lengths are checked before labels, and options last.
        Err(Refusal::LabelOutOfRange { row, label }) => {
            slices
                .iter()
                .find_map(mismatch)
                .or(Some(Error::LabelOutOfRange {
                    row,
                    label,
                    n_classes,
                }))
        }
        Ok(()) => slices
            .iter()
            .find_map(mismatch)
            .or_else(|| match reduction {
                Reduction::Mean(Denominator::Given(value)) if !(1e-30..=1e30).contains(&value) => {
                    Some(Error::OptionOutOfRange {
                        option: "Denominator::Given",
                        value,
                        allowed: "from 1e-30 to 1e30",
                    })
                }
                _ => None,
            }),
    }
}
