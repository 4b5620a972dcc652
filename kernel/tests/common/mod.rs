//! What the tests share: the backends under test, and every operation in one list.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test is a crate of its own and uses what it needs"
)]

use surprisal::{ArithmeticClass, Backend, CrossEntropy, Element, Label};
use surprisal_reference::{
    Float, Objective, Options, Row, Target, Wide,
    budget::{Class, ElementType},
    error_measure::{roundings, ulps},
    tiers::{OptionsBatch, Targets},
};

/// An element type as the kernel and the reference see it.
pub trait Real: Element + Float {
    const ELEMENT: ElementType;
}

impl Real for f32 {
    const ELEMENT: ElementType = ElementType::F32;
}

impl Real for f64 {
    const ELEMENT: ElementType = ElementType::F64;
}

/// The backends under test: those of this processor, or those that the environment variable
/// `SURPRISAL_BACKENDS` lists by name, which must be available.
///
/// The environment variable `SURPRISAL_EXPECT_BACKENDS` lists by name those that must be among
/// them; one that is not is a failure, so that no backend is skipped unseen.
pub fn backends() -> Vec<Backend> {
    let backends = match named_in("SURPRISAL_BACKENDS") {
        Some(forced) => forced,
        None => Backend::available().collect(),
    };
    for backend in &backends {
        assert!(backend.is_available(), "{backend} is not available");
    }
    for backend in named_in("SURPRISAL_EXPECT_BACKENDS").unwrap_or_default() {
        assert!(
            backends.contains(&backend),
            "{backend} was expected and is not among {backends:?}"
        );
    }
    backends
}

/// The backends that an environment variable lists, if it is set.
fn named_in(variable: &str) -> Option<Vec<Backend>> {
    let names = std::env::var(variable).ok()?;
    let backend = |name: &str| {
        name.parse()
            .unwrap_or_else(|error| panic!("{variable}: {name} is {error}"))
    };
    Some(names.split_whitespace().map(backend).collect())
}

/// The fastest of the backends under test that is of a class.
pub fn backend_of(class: ArithmeticClass) -> Backend {
    let of_class = |backend: &Backend| backend.arithmetic_class() == class;
    backends()
        .into_iter()
        .rfind(of_class)
        .unwrap_or_else(|| panic!("SURPRISAL_BACKENDS lists none of the class {class:?}"))
}

pub fn budget_class(class: ArithmeticClass) -> Class {
    match class {
        ArithmeticClass::Fused => Class::Fused,
        ArithmeticClass::Unfused => Class::Unfused,
    }
}

/// Everything the kernel says of a batch.
#[derive(Clone, Debug)]
pub struct Outputs<T> {
    pub losses: Vec<T>,
    pub gradients: Vec<T>,
    pub probabilities: Vec<T>,
    pub diagonals: Vec<T>,
    pub products: Vec<T>,
    /// Only of narrow rows, like the next.
    pub hessians: Vec<T>,
    pub packed: Vec<T>,
}

/// Rows up to this width have their matrices computed.
pub const WIDEST_MATRIX: usize = 64;

impl<T: Real> Outputs<T> {
    /// Runs every operation, those in place and fused ones too, which must have the bits of
    /// their plain forms.
    pub fn of<L: Label>(
        loss: CrossEntropy<'_>,
        logits: &[T],
        n_classes: usize,
        labels: &[L],
        vectors: &[T],
    ) -> Self {
        // Zeros have to be written as well.
        let unwritten = |len: usize| vec![T::round(7.0); len];
        let n_rows = labels.len();
        let mut losses = unwritten(n_rows);
        loss.losses(logits, n_classes, labels, &mut losses).unwrap();
        let mut gradients = unwritten(logits.len());
        loss.gradients(logits, n_classes, labels, None, &mut gradients)
            .unwrap();

        let mut in_place = logits.to_vec();
        loss.gradients_in_place(&mut in_place, n_classes, labels, None)
            .unwrap();
        assert_same_bits("gradients in place", &in_place, &gradients);
        let (mut both_losses, mut both_gradients) = (unwritten(n_rows), unwritten(logits.len()));
        loss.losses_and_gradients(
            logits,
            n_classes,
            labels,
            None,
            &mut both_losses,
            &mut both_gradients,
        )
        .unwrap();
        assert_same_bits("losses beside gradients", &both_losses, &losses);
        assert_same_bits("gradients beside losses", &both_gradients, &gradients);
        in_place.copy_from_slice(logits);
        loss.losses_and_gradients_in_place(
            &mut in_place,
            n_classes,
            labels,
            None,
            &mut both_losses,
        )
        .unwrap();
        assert_same_bits("losses beside gradients in place", &both_losses, &losses);
        assert_same_bits("gradients in place beside losses", &in_place, &gradients);

        let mut probabilities = unwritten(logits.len());
        loss.probabilities(logits, n_classes, &mut probabilities)
            .unwrap();
        let mut diagonals = unwritten(logits.len());
        loss.hessian_diagonals(logits, n_classes, labels, &mut diagonals)
            .unwrap();
        let mut products = unwritten(logits.len());
        loss.hessian_vector_products(logits, n_classes, labels, vectors, &mut products)
            .unwrap();

        let matrices = if n_classes <= WIDEST_MATRIX {
            n_rows
        } else {
            0
        };
        let narrow = (&logits[..matrices * n_classes], &labels[..matrices]);
        let mut hessians = unwritten(matrices * n_classes * n_classes);
        loss.hessians(narrow.0, n_classes, narrow.1, &mut hessians)
            .unwrap();
        let mut packed = unwritten(matrices * n_classes * (n_classes + 1) / 2);
        loss.packed_hessians(narrow.0, n_classes, narrow.1, &mut packed)
            .unwrap();

        Self {
            losses,
            gradients,
            probabilities,
            diagonals,
            products,
            hessians,
            packed,
        }
    }

    /// The outputs by name.
    pub fn list(&self) -> [(&'static str, &[T]); 7] {
        [
            ("losses", &self.losses),
            ("gradients", &self.gradients),
            ("probabilities", &self.probabilities),
            ("Hessian diagonals", &self.diagonals),
            ("Hessian-vector products", &self.products),
            ("Hessians", &self.hessians),
            ("packed Hessians", &self.packed),
        ]
    }
}

/// The worst error of each of [`Operation::ALL`](surprisal_reference::budget::Operation::ALL) over
/// the entries of a row.
pub fn errors_of<T: Real>(loss: CrossEntropy<'_>, logits: &[T], label: usize) -> [f64; 6] {
    errors_in(loss, Wide::ONE, &Row::new(logits), logits, label)
}

/// The same under a temperature.
pub fn errors_under<T: Real>(
    loss: CrossEntropy<'_>,
    temperature: f64,
    logits: &[T],
    label: usize,
) -> [f64; 6] {
    let options = Options {
        temperature,
        ..Options::default()
    };
    let objective = Objective::new(logits, Target::Label(label), &options);
    let slope = Wide::ONE / Wide::from(temperature);
    let loss = loss.temperature(temperature);
    errors_in(loss, slope, objective.softmax(), logits, label)
}

/// The same, given the row of the scores and their derivative by a logit.
fn errors_in<T: Real>(
    loss: CrossEntropy<'_>,
    slope: Wide,
    row: &Row,
    logits: &[T],
    label: usize,
) -> [f64; 6] {
    let n = logits.len();
    let vector = some_vector::<T>(n);
    let outputs = Outputs::of(loss, logits, n, &[label], &vector);
    let worst = |errors: &mut dyn Iterator<Item = f64>| errors.fold(0.0, f64::max);
    let gradient = |j| row.gradient(label, j) * slope;
    let squared = slope * slope;
    let hessian = |i, j| row.hessian(i, j) * squared;

    let matrix = if n <= WIDEST_MATRIX { n } else { 0 };
    let entries = (0..matrix).flat_map(|i| (0..matrix).map(move |j| (i, j)));
    let products = row.hessian_vector_product(&vector);
    let bounds = row.hessian_vector_bound(&vector);
    let product = |j: usize| {
        roundings(
            outputs.products[j],
            products[j] * squared,
            bounds[j] * squared,
        )
    };
    [
        ulps(outputs.losses[0], row.loss(label)),
        worst(&mut (0..n).map(|j| ulps(outputs.gradients[j], gradient(j)))),
        worst(&mut (0..n).map(|j| ulps(outputs.probabilities[j], row.probability(j)))),
        worst(&mut (0..n).map(|j| ulps(outputs.diagonals[j], hessian(j, j)))),
        worst(&mut entries.map(|(i, j)| ulps(outputs.hessians[i * n + j], hessian(i, j)))),
        worst(&mut (0..n).map(product)),
    ]
}

/// A batch in an element type, with the loss of its options.
pub struct OptionsCase<T> {
    pub logits: Vec<T>,
    pub vectors: Vec<T>,
    pub labels: Vec<usize>,
    probabilities: Vec<f64>,
}

impl<T: Real> OptionsCase<T> {
    pub fn new(batch: &OptionsBatch) -> Self {
        let narrow = |numbers: &[f64]| numbers.iter().map(|&x| T::round(x)).collect();
        let (labels, probabilities) = match &batch.targets {
            Targets::Labels(labels) => (labels.clone(), Vec::new()),
            // Labels that only say that no row is ignored.
            Targets::Probabilities(q) => (vec![0; batch.n_rows()], q.clone()),
        };
        Self {
            logits: narrow(&batch.logits),
            vectors: narrow(&batch.vectors),
            labels,
            probabilities,
        }
    }

    pub fn loss<'a>(&'a self, batch: &'a OptionsBatch) -> CrossEntropy<'a> {
        let mut loss = CrossEntropy::new();
        if !self.probabilities.is_empty() {
            loss = loss.target_probabilities(&self.probabilities[..]);
        }
        if let Some(weights) = &batch.class_weights {
            loss = loss.class_weights(&weights[..]);
        }
        if let Some(weights) = &batch.row_weights {
            loss = loss.row_weights(&weights[..]);
        }
        with_scalars(
            loss,
            batch.label_smoothing,
            batch.z_loss,
            batch.softcap,
            batch.temperature,
        )
    }
}

/// A loss with those of the options that are not off.
pub fn with_scalars(
    mut loss: CrossEntropy<'_>,
    label_smoothing: f64,
    z_loss: f64,
    softcap: Option<f64>,
    temperature: f64,
) -> CrossEntropy<'_> {
    if label_smoothing != 0.0 {
        loss = loss.label_smoothing(label_smoothing);
    }
    if z_loss != 0.0 {
        loss = loss.z_loss(z_loss);
    }
    if let Some(cap) = softcap {
        loss = loss.softcap(cap);
    }
    if temperature != 1.0 {
        loss = loss.temperature(temperature);
    }
    loss
}

/// What has a rounding of one unit in the last place of a bound: the power of two above it.
pub fn unit<T: Real>(bound: Wide) -> Wide {
    let binade = bound.floor_log2();
    binade.map_or(bound, |binade| Wide::ONE.scale(binade.max(T::E_MIN) + 1))
}

/// Of how many rows or batches one is taken: 1, or what the environment variable
/// `SURPRISAL_BUDGETS_STRIDE` says, where the processor is emulated.
pub fn stride() -> usize {
    let stride = std::env::var("SURPRISAL_BUDGETS_STRIDE").map_or(
        std::num::NonZero::<usize>::MIN,
        |stride| {
            stride
                .parse()
                .expect("SURPRISAL_BUDGETS_STRIDE is a number from 1 on")
        },
    );
    stride.get()
}

/// Equal bits, or NaN on both sides: the payload of a NaN is nobody's business.
pub fn same_bits<T: Real>(a: T, b: T) -> bool {
    let (a, b): (f64, f64) = (a.into(), b.into());
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

#[track_caller]
pub fn assert_same_bits<T: Real>(what: &str, actual: &[T], expected: &[T]) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (i, (&a, &b)) in actual.iter().zip(expected).enumerate() {
        assert!(same_bits(a, b), "{what}: entry {i} is {a:?}, not {b:?}");
    }
}

/// FNV-1a over the bits of the values, continuing from the hash of those before; a NaN is a NaN.
pub fn hash_bits<T: Real>(before: u64, values: &[T]) -> u64 {
    let bits = |&value: &T| {
        let value: f64 = value.into();
        if value.is_nan() {
            u64::MAX
        } else {
            value.to_bits()
        }
    };
    values
        .iter()
        .flat_map(|value| bits(value).to_le_bytes())
        .fold(before, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// The hash of nothing: the offset basis of FNV.
pub const NO_BITS: u64 = 0xcbf2_9ce4_8422_2325;

/// Rows of `n` with as much NaN behind each as brings it to `stride`.
pub fn padded<T: Real>(rows: &[T], n: usize, stride: usize) -> Vec<T> {
    let mut padded = vec![T::round(f64::NAN); rows.len() / n * stride];
    for (padded, row) in padded.chunks_mut(stride).zip(rows.chunks(n)) {
        padded[..n].copy_from_slice(row);
    }
    padded
}

/// A vector to multiply Hessians with: of both signs and several magnitudes, without a pattern
/// that a width could share.
pub fn some_vector<T: Real>(len: usize) -> Vec<T> {
    (0..len)
        .map(|i| T::round((((i * 37 + 11) % 101) as f64 - 50.0) / 8.0))
        .collect()
}
