//! The one door: shapes, labels and options are checked here, before the first output is
//! written. Behind it nothing can be out of range.

use core::num::NonZeroUsize;

use crate::{
    backend::Backend,
    cross_entropy::{CrossEntropy, options::is_weight},
    error::Error,
    label::Label,
    objective::Extension,
    values::Values,
    weights::Weights,
};

/// A batch whose arguments have been checked.
///
/// Nothing here depends on the type of the labels, so that the operations are compiled once, in
/// this crate, whatever types its users label rows with.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub(crate) labels: &'a dyn Classes,
    pub(crate) n_rows: usize,
    pub(crate) n_classes: NonZeroUsize,
    /// Distance between the starts of rows of logits and of gradients.
    pub(crate) stride: NonZeroUsize,
    pub(crate) weights: Weights<'a>,
    pub(crate) extension: Option<Extension<'a>>,
    /// What derivatives are divided by; `None` for 1.
    pub(crate) denominator: Option<f64>,
    pub(crate) backend: Backend,
}

/// The classes that labels name.
pub(crate) trait Classes {
    /// Writes those of rows from the first one on; `None` for one that is ignored.
    fn read(&self, first_row: usize, classes: &mut [Option<usize>]);
}

/// Labels, one of which may be ignored.
struct Labels<'a, L> {
    of_rows: &'a [L],
    n_classes: usize,
    options: &'a CrossEntropy<'a>,
}

impl<L: Label> Labels<'_, L> {
    fn class(&self, label: L) -> Option<usize> {
        if self.options.ignores(label) {
            None
        } else {
            label.class(self.n_classes)
        }
    }
}

impl<L: Label> Classes for Labels<'_, L> {
    fn read(&self, first_row: usize, classes: &mut [Option<usize>]) {
        let labels = self.of_rows.get(first_row..).unwrap_or_default();
        for (class, &label) in classes.iter_mut().zip(labels) {
            *class = self.class(label);
        }
    }
}

/// Labels of rows that the logits are a part of.
struct PartLabels<'a, L> {
    of_rows: &'a [L],
    first_class: usize,
    options: &'a CrossEntropy<'a>,
}

impl<L: Label> PartLabels<'_, L> {
    /// Index of the label's logit in the part. One that is elsewhere has an index that no slice
    /// has.
    fn class(&self, label: L) -> Option<usize> {
        if self.options.ignores(label) {
            return None;
        }
        let class = label.class(usize::MAX)?;
        Some(class.checked_sub(self.first_class).unwrap_or(usize::MAX))
    }
}

impl<L: Label> Classes for PartLabels<'_, L> {
    fn read(&self, first_row: usize, classes: &mut [Option<usize>]) {
        let labels = self.of_rows.get(first_row..).unwrap_or_default();
        for (class, &label) in classes.iter_mut().zip(labels) {
            *class = self.class(label);
        }
    }
}

/// Labels beside target probabilities: they only tell which rows are ignored, and without any, none
/// is.
struct IgnoredRows<'a, L> {
    of_rows: &'a [L],
    options: &'a CrossEntropy<'a>,
}

impl<L: Label> Classes for IgnoredRows<'_, L> {
    fn read(&self, first_row: usize, classes: &mut [Option<usize>]) {
        classes.fill(Some(0));
        let labels = self.of_rows.get(first_row..).unwrap_or_default();
        for (class, &label) in classes.iter_mut().zip(labels) {
            *class = (!self.options.ignores(label)).then_some(0);
        }
    }
}

/// For operations without labels: every row counts, and its class does not matter.
struct Unlabelled;

impl Classes for Unlabelled {
    fn read(&self, _: usize, classes: &mut [Option<usize>]) {
        classes.fill(Some(0));
    }
}

/// The shape of an argument as a function of the batch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// `[n_rows]`.
    Rows,
    /// `[n_classes]`, whatever the number of rows.
    Classes,
    /// `[n_rows, n_classes]`.
    Matrix,
    /// `[n_rows, stride]`.
    Strided(usize),
    /// `[n_rows, n_classes (n_classes + 1) / 2]`.
    Packed,
    /// `[n_rows, n_classes, n_classes]`.
    Dense,
}

impl Shape {
    /// Number of elements, if memory can address as many.
    fn len(self, n_rows: usize, n_classes: usize) -> Option<usize> {
        if let Self::Classes = self {
            return Some(n_classes);
        }
        if n_rows == 0 {
            return Some(0);
        }
        let row_len = match self {
            Self::Rows | Self::Classes => 1,
            Self::Matrix => n_classes,
            Self::Strided(stride) => stride,
            Self::Packed if n_classes.is_multiple_of(2) => {
                (n_classes / 2).checked_mul(n_classes + 1)?
            }
            Self::Packed => n_classes.checked_mul(n_classes / 2 + 1)?,
            Self::Dense => n_classes.checked_mul(n_classes)?,
        };
        n_rows.checked_mul(row_len)
    }
}

/// Checks the lengths of slices, by name, against a number of rows and classes.
pub(crate) fn check_shapes(
    n_rows: usize,
    n_classes: usize,
    arguments: &[(&'static str, Shape, usize)],
) -> Result<NonZeroUsize, Error> {
    let classes = NonZeroUsize::new(n_classes).ok_or(Error::ZeroClasses)?;
    for &(argument, shape, actual) in arguments {
        let expected = shape
            .len(n_rows, n_classes)
            .ok_or(Error::SizeOverflow { n_rows, n_classes })?;
        if actual != expected {
            return Err(Error::LengthMismatch {
                argument,
                expected,
                actual,
            });
        }
    }
    Ok(classes)
}

/// Number of labels that are not ignored, all of which must name a class, and the weight of their
/// rows.
fn count<L: Label>(
    options: &CrossEntropy<'_>,
    n_classes: usize,
    labels: &[L],
    weights: &Weights<'_>,
    class: impl Fn(L) -> Option<usize>,
) -> Result<(usize, f64), Error> {
    let (mut counted, mut weight) = (0, 0.0);
    let are_one = weights.are_one();
    for (row, &label) in labels.iter().enumerate() {
        if let Some(class) = class(label) {
            counted += 1;
            if !are_one {
                weight += weights.counted(row, class);
            }
        } else if !options.ignores(label) {
            return Err(Error::LabelOutOfRange {
                row,
                label: label.value(),
                n_classes,
            });
        }
    }
    Ok((counted, if are_one { counted as f64 } else { weight }))
}

/// Checks weights of rows or classes.
fn check_weights(argument: &'static str, weights: Option<Values<'_>>) -> Result<(), Error> {
    let weights = weights.iter().flat_map(Values::iter).enumerate();
    for (index, value) in weights {
        if !is_weight(value) {
            return Err(Error::WeightOutOfRange {
                argument,
                index,
                value,
            });
        }
    }
    Ok(())
}

/// Checks the target probabilities of rows that count; gives their number and weight.
fn count_targets(
    batch: &impl Classes,
    n_rows: usize,
    n_classes: usize,
    targets: Values<'_>,
    weights: &Weights<'_>,
) -> Result<(usize, f64), Error> {
    let mut counted = (0, 0.0);
    for row in 0..n_rows {
        let mut class = [None];
        batch.read(row, &mut class);
        let [Some(_)] = class else { continue };
        for class in 0..n_classes {
            let value = targets.get(row * n_classes + class).unwrap_or(f64::NAN);
            if !is_weight(value) {
                return Err(Error::TargetOutOfRange { row, class, value });
            }
        }
        counted.0 += 1;
        counted.1 += weights.counted(row, 0);
    }
    Ok(counted)
}

/// Checks everything, the row width, the lengths of `arguments`, every label and target, the
/// options, and then runs the operation.
pub(crate) fn enter<L: Label>(
    options: &CrossEntropy<'_>,
    n_classes: usize,
    labels: &[L],
    arguments: &[(&'static str, Shape, usize)],
    operation: impl FnOnce(Batch<'_>),
) -> Result<(), Error> {
    let n_rows = options.n_rows(labels.len(), n_classes);
    options.check_numbers(n_classes)?;
    let width = check_shapes(n_rows, n_classes, arguments)?;
    let length = |argument, values: Option<Values<'_>>, shape| {
        let values = values.map(|values| [(argument, shape, values.len())]);
        check_shapes(
            n_rows,
            n_classes,
            values.as_ref().map_or(&[][..], |v| &v[..]),
        )
    };
    length("target_probabilities", options.targets(), Shape::Matrix)?;
    length("row_weights", options.row_weights, Shape::Rows)?;
    length("class_weights", options.class_weights, Shape::Classes)?;
    check_weights("class_weights", options.class_weights)?;
    check_weights("row_weights", options.row_weights)?;

    let terms = options.extension.as_ref().map(|extension| &extension.terms);
    let weights = Weights::new(options.class_weights, options.row_weights, terms, n_classes);
    let of_labels = Labels {
        of_rows: labels,
        n_classes,
        options,
    };
    let of_targets = IgnoredRows {
        of_rows: labels,
        options,
    };
    let (counted, classes): (_, &dyn Classes) = match options.targets() {
        Some(targets) => (
            count_targets(&of_targets, n_rows, n_classes, targets, &weights)?,
            &of_targets,
        ),
        None => (
            count(options, n_classes, labels, &weights, |label| {
                of_labels.class(label)
            })?,
            &of_labels,
        ),
    };
    operation(Batch {
        labels: classes,
        n_rows,
        n_classes: width,
        stride: NonZeroUsize::new(options.stride(n_classes)).unwrap_or(width),
        weights,
        extension: options.extension,
        denominator: options.denominator(counted.0, counted.1)?,
        backend: options.chosen_backend()?,
    });
    Ok(())
}

/// The same for an operation on a part of every row, the classes from `first_class` on, of which
/// there are `n_columns`. A label may be in another part.
pub(crate) fn enter_part<L: Label>(
    options: &CrossEntropy<'_>,
    n_columns: usize,
    first_class: usize,
    labels: &[L],
    arguments: &[(&'static str, Shape, usize)],
    operation: impl FnOnce(Batch<'_>),
) -> Result<(), Error> {
    let width = check_shapes(labels.len(), n_columns, arguments)?;
    let batch = PartLabels {
        of_rows: labels,
        first_class,
        options,
    };
    let weights = Weights::none();
    let counted = count(options, usize::MAX, labels, &weights, |label| {
        batch.class(label)
    })?;
    operation(Batch {
        labels: &batch,
        n_rows: labels.len(),
        n_classes: width,
        stride: width,
        weights,
        extension: None,
        denominator: options.denominator(counted.0, counted.1)?,
        backend: options.chosen_backend()?,
    });
    Ok(())
}

/// The same for an operation without labels.
pub(crate) fn enter_unlabelled(
    options: &CrossEntropy<'_>,
    n_classes: usize,
    n_logits: usize,
    arguments: &[(&'static str, Shape, usize)],
    operation: impl FnOnce(Batch<'_>),
) -> Result<(), Error> {
    let stride = options.stride(n_classes);
    let n_rows = n_logits.checked_div(stride).ok_or(Error::ZeroClasses)?;
    options.check_numbers(n_classes)?;
    let width = check_shapes(n_rows, n_classes, arguments)?;
    operation(Batch {
        labels: &Unlabelled,
        n_rows,
        n_classes: width,
        stride: NonZeroUsize::new(stride).unwrap_or(width),
        weights: Weights::none(),
        extension: options.extension,
        denominator: None,
        backend: options.chosen_backend()?,
    });
    Ok(())
}
