//! The one door: shapes, labels and options are checked here, before the first output is
//! written. Behind it nothing can be out of range.

use core::num::NonZeroUsize;

use crate::{
    backend::Backend,
    code::Code,
    cross_entropy::{CrossEntropy, Divisor},
    error::Error,
    label::Label,
    objective::Extension,
    shapes::{Argument, check_lengths},
    weighing::Weighed,
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
    /// `None` where no option weighs rows or classes.
    pub(crate) weights: Option<&'a Weighed<'a>>,
    pub(crate) extension: Option<&'a Extension<'a>>,
    /// What derivatives are divided by; `None` for 1.
    pub(crate) denominator: Option<Divisor>,
    pub(crate) backend: Backend,
}

/// The classes that labels name.
pub(crate) trait Classes {
    /// That of one row; `None` if it is ignored.
    fn class(&self, row: usize) -> Option<usize>;

    /// Writes those of rows from the first one on.
    fn read(&self, first_row: usize, classes: &mut [Class]);
}

/// The class of a row's label, if it is not ignored, as one number: many of them are read and
/// written at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class(usize);

impl Class {
    /// That of an ignored row.
    pub(crate) const IGNORED: Self = Self(usize::MAX);

    /// An index that no slice has.
    const ELSEWHERE: usize = usize::MAX - 1;

    #[inline(always)]
    pub(crate) fn new(index: Option<usize>) -> Self {
        index.map_or(Self::IGNORED, Self)
    }

    /// `None` for an ignored row.
    #[inline(always)]
    pub(crate) fn index(self) -> Option<usize> {
        (self != Self::IGNORED).then_some(self.0)
    }

    /// The index of its logit in rows that begin at `start`; any other for an ignored row.
    #[inline(always)]
    pub(crate) fn index_from(self, start: usize) -> usize {
        start.wrapping_add(self.0)
    }
}

/// Labels, some of which may be ignored, of rows whose logits from a class on are at hand.
struct Labels<'a, L> {
    of_rows: &'a [L],
    /// Of whole rows.
    n_classes: usize,
    first_class: usize,
    options: &'a CrossEntropy<'a>,
}

impl<L: Label> Labels<'_, L> {
    /// Index of the label's logit among those at hand; [`Class::ELSEWHERE`] where it is before them,
    /// and where it is behind them, one that they do not have either.
    fn named_by(&self, label: L) -> Option<usize> {
        if self.options.ignores(label) {
            return None;
        }
        let index = label.class(self.n_classes)?.checked_sub(self.first_class);
        Some(index.unwrap_or(Class::ELSEWHERE))
    }

    /// Number of labels that are not ignored, all of which must name a class.
    fn count(&self) -> Result<usize, Error> {
        let mut counted = 0;
        for (row, &label) in self.of_rows.iter().enumerate() {
            if self.named_by(label).is_some() {
                counted += 1;
            } else if !self.options.ignores(label) {
                return Err(Error::LabelOutOfRange {
                    row,
                    label: label.value(),
                    n_classes: self.n_classes,
                });
            }
        }
        Ok(counted)
    }
}

impl<L: Label> Classes for Labels<'_, L> {
    fn class(&self, row: usize) -> Option<usize> {
        self.of_rows
            .get(row)
            .and_then(|&label| self.named_by(label))
    }

    fn read(&self, first_row: usize, classes: &mut [Class]) {
        let labels = self.of_rows.get(first_row..).unwrap_or_default();
        for (class, &label) in classes.iter_mut().zip(labels) {
            *class = Class::new(self.named_by(label));
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
    fn class(&self, row: usize) -> Option<usize> {
        let label = self.of_rows.get(row);
        (!label.is_some_and(|&label| self.options.ignores(label))).then_some(0)
    }

    fn read(&self, first_row: usize, classes: &mut [Class]) {
        for (row, class) in (first_row..).zip(classes) {
            *class = Class::new(self.class(row));
        }
    }
}

/// For operations without labels: every row counts, and its class does not matter.
struct Unlabelled;

impl Classes for Unlabelled {
    fn class(&self, _: usize) -> Option<usize> {
        Some(0)
    }

    fn read(&self, _: usize, classes: &mut [Class]) {
        classes.fill(Class::new(Some(0)));
    }
}

/// Checks everything, the row width, the `lengths` of arguments, every label and target, the
/// options, and then runs the operation.
pub(crate) fn enter<L: Label>(
    options: &CrossEntropy<'_>,
    n_classes: usize,
    labels: &[L],
    lengths: &[(&'static Argument, usize)],
    operation: impl FnOnce(&Batch<'_>),
) -> Result<(), Error> {
    let n_rows = options.n_rows(labels.len(), n_classes);
    options.check_numbers(n_classes)?;
    let stride = options.stride(n_classes);
    let width = check_lengths(n_rows, n_classes, stride, lengths)?;
    let mut weights = None;
    if let Some(Code(code)) = options.weighing {
        let of_options = code.check(options, n_rows, n_classes)?;
        weights = Some(Weighed {
            weights: of_options,
            code,
        });
    }
    let weights = weights.as_ref();

    let of_labels = Labels {
        of_rows: labels,
        n_classes,
        first_class: 0,
        options,
    };
    let of_targets = IgnoredRows {
        of_rows: labels,
        options,
    };
    let mut classes: &dyn Classes = &of_labels;
    let (counted, weight);
    if let (Some(targets), Some(weights)) = (options.targets(), weights) {
        classes = &of_targets;
        let of_rows = weights.count_targets(classes, n_rows, targets)?;
        (counted, weight) = (of_rows.0, Some(of_rows.1));
    } else {
        counted = of_labels.count()?;
        weight = weights.and_then(|weights| weights.of_rows(classes, n_rows));
    }
    operation(&Batch {
        labels: classes,
        n_rows,
        n_classes: width,
        stride: NonZeroUsize::new(stride).unwrap_or(width),
        weights,
        extension: options.extension.as_ref(),
        denominator: options.denominator(counted, weight)?,
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
    lengths: &[(&'static Argument, usize)],
    operation: impl FnOnce(&Batch<'_>),
) -> Result<(), Error> {
    let width = check_lengths(labels.len(), n_columns, n_columns, lengths)?;
    let of_labels = Labels {
        of_rows: labels,
        // How many the whole rows have is not known here.
        n_classes: usize::MAX,
        first_class,
        options,
    };
    let counted = of_labels.count()?;
    operation(&Batch {
        labels: &of_labels,
        n_rows: labels.len(),
        n_classes: width,
        stride: width,
        weights: None,
        extension: None,
        denominator: options.denominator(counted, None)?,
        backend: options.chosen_backend()?,
    });
    Ok(())
}

/// The same for an operation without labels.
pub(crate) fn enter_unlabelled(
    options: &CrossEntropy<'_>,
    n_classes: usize,
    n_logits: usize,
    lengths: &[(&'static Argument, usize)],
    operation: impl FnOnce(&Batch<'_>),
) -> Result<(), Error> {
    // First: a stride of 0 is no lack of classes.
    options.check_numbers(n_classes)?;
    let stride = options.stride(n_classes);
    let n_rows = n_logits.checked_div(stride).ok_or(Error::ZeroClasses)?;
    let width = check_lengths(n_rows, n_classes, stride, lengths)?;
    operation(&Batch {
        labels: &Unlabelled,
        n_rows,
        n_classes: width,
        stride: NonZeroUsize::new(stride).unwrap_or(width),
        weights: None,
        extension: options.extension.as_ref(),
        denominator: None,
        backend: options.chosen_backend()?,
    });
    Ok(())
}
