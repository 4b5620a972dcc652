//! The batch that the fuzzer's bytes describe.

use surprisal::Backend;
use surprisal_fuzz::{
    assert_same_bits,
    backends::two_of_a_class,
    bytes::Bytes,
    numbers::{Numbers, Real},
    options::Options,
};
use surprisal_reference::budget::ElementType;

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    Losses,
    Gradients,
    Probabilities,
    Diagonals,
    Matrices,
    Products,
}

/// In the order of their numbers in the bytes.
pub const OPERATIONS: [Operation; 6] = [
    Operation::Losses,
    Operation::Gradients,
    Operation::Probabilities,
    Operation::Diagonals,
    Operation::Matrices,
    Operation::Products,
];

/// Arguments of an operation.
#[derive(Debug)]
pub struct Batch<T: Real> {
    pub operation: Operation,
    pub backends: [Backend; 2],
    /// Which of the other ways to the same output is taken.
    pub way: u8,
    pub n_classes: usize,
    pub labels: Vec<i64>,
    pub options: Options,
    /// An argument that has more or fewer elements than it must have.
    pub wrong_length: Option<(&'static str, i8)>,
    pub logits: Numbers<T>,
    pub upstream: Option<Numbers<T>>,
    pub vectors: Numbers<T>,
}

/// Arguments whose length can be wrong.
const SLICES: [&str; 13] = [
    "logits",
    "upstream",
    "vectors",
    "losses",
    "gradients",
    "probabilities",
    "diagonals",
    "hessians",
    "packed",
    "products",
    "class_weights",
    "row_weights",
    "target_probabilities",
];

/// Batches have about this many logits at most, so that the reference is done in a moment.
const MOST_LOGITS: usize = 96;

/// Most rows have this many classes at most.
const WIDEST_NARROW: usize = 70;

/// Rows up to this width now and then: several blocks of 16 KiB in either type.
const WIDEST: usize = 5000;

impl<T: Real> Batch<T> {
    pub fn read(bytes: &mut Bytes<'_>) -> Self {
        let operation = bytes.choose(&OPERATIONS);
        let backends = two_of_a_class(bytes);
        let way = bytes.byte();
        // The fuzzer likes to insert 255, which takes a narrow row.
        let n_classes = match bytes.byte() {
            253 => bytes.choose(&[usize::MAX, usize::MAX / 2 + 1, 1 << 32]),
            254 => WIDEST_NARROW + 1 + bytes.below(WIDEST - WIDEST_NARROW),
            narrow => usize::from(narrow) % (WIDEST_NARROW + 1),
        };
        let most_rows = (MOST_LOGITS / n_classes.max(1)).clamp(1, 40);
        let n_rows = usize::from(bytes.byte()) % (most_rows + 1);
        let wrong_length = bytes.once_in(32).then(|| {
            let changes = [1, -1, 2, -2, 64, -64];
            (bytes.choose(&SLICES), bytes.choose(&changes))
        });
        let len = |argument: &'static str, right: usize| match wrong_length {
            Some((wrong, change)) if wrong == argument => {
                right.saturating_add_signed(change.into())
            }
            _ => right,
        };
        let options = Options::read(bytes, n_rows, n_classes, len);
        let labels: Vec<i64> = (0..n_rows)
            .map(|_| label(bytes, n_classes, &options.ignored))
            .collect();

        // No slice has as many elements as the hugest shapes ask for.
        let fitting = |width: usize| {
            let len = n_rows.checked_mul(width);
            len.filter(|&len| len <= 16 * WIDEST).unwrap_or(n_rows)
        };
        let strided = fitting(options.stride.unwrap_or(n_classes));
        let mut logits = Numbers::read(bytes, len("logits", strided));
        if options.have_terms() {
            logits = logits.zero_unless(|z| !z.is_finite() || z.abs() <= largest_score::<T>());
        }
        let has_upstream = operation == Operation::Gradients && bytes.once_in(4);
        let upstream = has_upstream
            .then(|| Numbers::read(bytes, len("upstream", n_rows)).zero_unless(is_moderate));
        let n_vectors = if operation == Operation::Products {
            len("vectors", fitting(n_classes))
        } else {
            0
        };
        let vectors = Numbers::read(bytes, n_vectors).zero_unless(is_moderate);
        Self {
            operation,
            backends,
            way,
            n_classes,
            labels,
            options,
            wrong_length,
            logits,
            upstream,
            vectors,
        }
    }

    /// Runs the operation and holds the outputs against each other and the reference.
    pub fn check(&self) {
        let [backend, other] = self.backends;
        let output = self.run(backend);
        if other != backend {
            let what = format!("{:?} on {other} and {backend}", self.operation);
            let same = self.run(other);
            assert_eq!(same.is_some(), output.is_some(), "{what}");
            let [same, output] = [&same, &output].map(|o| o.as_deref().unwrap_or_default());
            assert_same_bits(&what, same, output);
        }
        if let Some(output) = output {
            self.compare(&output);
        }
    }

    /// Whether rows may have several blocks, and as many entries.
    pub fn is_wide(&self) -> bool {
        (WIDEST_NARROW + 1..=WIDEST).contains(&self.n_classes)
    }

    /// Distance between the starts of rows of logits.
    pub fn stride(&self) -> usize {
        self.options.stride.unwrap_or(self.n_classes)
    }

    /// Number of rows, which a wrong number of target probabilities may say where there are no
    /// labels.
    pub fn n_rows(&self) -> usize {
        match &self.options.targets {
            Some(targets) if self.labels.is_empty() => {
                let rows = targets.values().len().checked_div(self.n_classes);
                rows.unwrap_or_default()
            }
            _ => self.labels.len(),
        }
    }

    /// Whether a row is ignored.
    pub fn is_ignored(&self, row: usize) -> bool {
        let label = self.labels.get(row);
        label.is_some_and(|&label| self.options.ignores(label))
    }
}

/// The squares of scores and all that follows stay within the type.
fn largest_score<T: Real>() -> f64 {
    match T::ELEMENT {
        ElementType::F32 => 1e15,
        ElementType::F64 => 1e140,
    }
}

/// Whether a number may be an upstream factor or an entry of a vector. The ends of the format leave
/// them no room: what they are multiplied with carries a large scale.
fn is_moderate(value: f64) -> bool {
    (1e-6..=1e6).contains(&value.abs())
}

/// Mostly a class.
fn label(bytes: &mut Bytes<'_>, n_classes: usize, ignored: &[i64]) -> i64 {
    match bytes.byte() {
        255 => bytes.long() as i64,
        254 => -1,
        253 => n_classes as i64,
        byte @ 230..253 => {
            let ignored = ignored.get(usize::from(byte) % ignored.len().max(1));
            ignored.copied().unwrap_or(0)
        }
        byte => (usize::from(byte) % n_classes.max(1)) as i64,
    }
}
