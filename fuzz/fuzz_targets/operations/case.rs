//! The batch that the fuzzer's bytes describe.

use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use surprisal::{CrossEntropy, Denominator, Label, Reduction};

use crate::numbers::{Numbers, Real, number};

/// A batch in one of the element types.
#[derive(Debug)]
pub enum Case {
    F32(Batch<f32>),
    F64(Batch<f64>),
}

/// Arguments of every operation.
#[derive(Debug)]
pub struct Batch<T: Real> {
    pub n_classes: usize,
    pub labels: Vec<T::Label>,
    pub ignore_label: Option<i64>,
    pub reduction: Reduction,
    /// An argument that has more or fewer elements than it must have.
    pub wrong_length: Option<(&'static str, i8)>,
    pub logits: Numbers<T>,
    pub upstream: Option<Numbers<T>>,
    pub vectors: Numbers<T>,
}

/// Arguments whose length can be wrong.
const SLICES: [&str; 10] = [
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
];

/// Batches have about this many logits at most, so that the reference is done in a moment.
const MOST_LOGITS: usize = 600;

/// Rows up to this width now and then: several blocks of 16 KiB in either type.
const WIDEST: usize = 9000;

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(if u.arbitrary()? {
            Self::F32(Batch::arbitrary(u)?)
        } else {
            Self::F64(Batch::arbitrary(u)?)
        })
    }
}

impl Case {
    /// Runs every operation and holds the outputs against the reference.
    pub fn check(&self) {
        match self {
            Self::F32(batch) => batch.check(),
            Self::F64(batch) => batch.check(),
        }
    }
}

impl<T: Real> Batch<T> {
    fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        let n_classes = match u.arbitrary::<u8>()? {
            255 => *u.choose(&[usize::MAX, usize::MAX / 2 + 1, 1 << 32])?,
            250..255 => u.int_in_range(71..=WIDEST)?,
            narrow => usize::from(narrow % 71),
        };
        let most_rows = (MOST_LOGITS / n_classes.max(1)).clamp(2, 40);
        let n_rows = u.int_in_range(0..=most_rows)?;
        let ignore_label = *u.choose(&[None, Some(-100), Some(0), Some(2), Some(255)])?;
        let reduction = arbitrary_reduction(u)?;
        let wrong_length = if u.ratio(1, 16)? {
            Some((*u.choose(&SLICES)?, u.int_in_range(-3..=3)?))
        } else {
            None
        };
        let labels = (0..n_rows)
            .map(|_| Ok(T::label(arbitrary_label(u, n_classes, ignore_label)?)))
            .collect::<Result<_>>()?;

        // No slice has as many elements as the hugest shapes ask for.
        let len = |argument| {
            let right = if n_classes <= WIDEST {
                n_rows * n_classes
            } else {
                n_rows
            };
            changed_length(wrong_length, argument, right)
        };
        let logits = Numbers::arbitrary(u, len("logits"))?;
        let upstream = if u.ratio(1, 4)? {
            let len = changed_length(wrong_length, "upstream", n_rows);
            Some(Numbers::arbitrary(u, len)?.zero_unless(is_moderate))
        } else {
            None
        };
        let vectors = Numbers::arbitrary(u, len("vectors"))?.zero_unless(is_moderate);
        Ok(Self {
            n_classes,
            labels,
            ignore_label,
            reduction,
            wrong_length,
            logits,
            upstream,
            vectors,
        })
    }

    pub fn n_rows(&self) -> usize {
        self.labels.len()
    }

    /// Whether the row counts.
    pub fn is_ignored(&self, row: usize) -> bool {
        self.ignore_label
            .is_some_and(|ignored| ignored.value() == self.labels[row].value())
    }

    /// The options of the loss.
    pub fn options(&self) -> CrossEntropy<'static> {
        let options = CrossEntropy::new().reduction(self.reduction);
        match self.ignore_label {
            Some(label) => options.ignore_label(label),
            None => options,
        }
    }
}

/// The length of an argument, changed where the case says so.
pub fn changed_length(
    wrong_length: Option<(&'static str, i8)>,
    argument: &str,
    right: usize,
) -> usize {
    match wrong_length {
        Some((wrong, change)) if wrong == argument => right.saturating_add_signed(change.into()),
        _ => right,
    }
}

/// Whether a number may be an upstream factor, a denominator or an entry of a vector. The ends of
/// the format leave them no room: what they are multiplied with carries a large scale.
fn is_moderate(value: f64) -> bool {
    (1e-6..=1e6).contains(&value.abs())
}

fn arbitrary_reduction(u: &mut Unstructured<'_>) -> Result<Reduction> {
    Ok(match u.int_in_range(0..=5)? {
        0 | 1 => Reduction::None,
        2 => Reduction::Sum,
        3 => Reduction::Mean(Denominator::Weight),
        4 => Reduction::Mean(Denominator::Rows),
        _ => {
            let given: f64 = number(u, 1.0)?;
            let is_allowed = (1e-30..=1e30).contains(&given);
            let given = if is_allowed && !is_moderate(given) {
                1.5
            } else {
                given
            };
            Reduction::Mean(Denominator::Given(given))
        }
    })
}

/// Mostly a class.
fn arbitrary_label(
    u: &mut Unstructured<'_>,
    n_classes: usize,
    ignore_label: Option<i64>,
) -> Result<i64> {
    Ok(match u.arbitrary::<u8>()? {
        255 => u.arbitrary()?,
        254 => -1,
        253 => n_classes as i64,
        230..253 => ignore_label.unwrap_or(0),
        _ => u.int_in_range(0..=n_classes.max(1) - 1)? as i64,
    })
}
