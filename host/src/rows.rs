//! Rows of numbers, one number a class: the only arrays of floats that the batch layer accepts.

use std::{num::NonZeroUsize, ops::Range, path::Path};

use surprisal::{Bf16, F16};

use crate::{
    array::{ArrayName, Extent, Role, Shape},
    error::Error,
    number::{Number, NumberType},
    source::Source,
    values::Values,
};

/// An array `[rows, classes]` in row-major order, with at least one class. A
/// [`Stream`](crate::Stream) has a window of its rows in memory, otherwise all of them are.
#[derive(Clone, Debug)]
pub struct Rows<T> {
    name: ArrayName,
    /// Those in memory.
    values: Values<T>,
    n_classes: NonZeroUsize,
    /// How many rows there are, in memory or not.
    total: usize,
    /// The first row in memory.
    first: usize,
}

impl<T: Number> Rows<T> {
    /// Takes the rows from memory. `role` names the array in messages.
    ///
    /// Numbers of 16 bits are bit patterns to the kernel, whatever type they come in; those of
    /// the crate `half`, for example, are `values.map(|x| Bf16::from_bits(x.to_bits()))`.
    ///
    /// # Errors
    ///
    /// [`Error::ZeroClasses`] and [`Error::PartOfARow`].
    pub fn new(role: Role, values: Vec<T>, n_classes: usize) -> Result<Self, Error> {
        let name = ArrayName::memory(role);
        match NonZeroUsize::new(n_classes) {
            None => Err(Error::ZeroClasses {
                array: name,
                shape: Shape(vec![values.len() as u64, n_classes as u64]),
            }),
            Some(_) if !values.len().is_multiple_of(n_classes) => Err(Error::PartOfARow {
                array: name,
                values: values.len(),
                n_classes,
            }),
            Some(n_classes) => Ok(Self {
                name,
                total: values.len() / n_classes,
                values: Values::Owned(values),
                n_classes,
                first: 0,
            }),
        }
    }

    /// Reads the rows of a file that holds them as `T`.
    ///
    /// # Errors
    ///
    /// Those of [`Source::open`] and of reading, [`Error::NumberTypeDiffers`] for another type, and
    /// [`Error::ZeroClasses`].
    pub fn open(path: &Path, role: Role) -> Result<Self, Error> {
        let source = Source::open(path, role)?;
        Self::check_type(&source)?;
        Self::read::<T>(source)
    }

    pub(crate) fn check_type(source: &Source) -> Result<(), Error> {
        let (found, needed) = (source.number(), T::TYPE);
        if found == needed {
            return Ok(());
        }
        Err(Error::NumberTypeDiffers {
            array: source.name().clone(),
            found,
            needed,
        })
    }

    /// Reads the rows of a source whose numbers are `N`.
    pub(crate) fn read<N: Number>(source: Source) -> Result<Self, Error>
    where
        T: From<N>,
    {
        let rows = Self::unread(&source)?;
        Ok(Self {
            values: Values::Owned(source.read::<N, T>()?),
            ..rows
        })
    }

    /// The rows of a source, none of them in memory.
    pub(crate) fn unread(source: &Source) -> Result<Self, Error> {
        let name = source.name().clone();
        let dimension = |index: usize| {
            let length = source.shape().0.get(index);
            length.and_then(|&n| usize::try_from(n).ok())
        };
        match dimension(1).and_then(NonZeroUsize::new) {
            None => Err(Error::ZeroClasses {
                array: name,
                shape: source.shape().clone(),
            }),
            Some(n_classes) => Ok(Self {
                name,
                values: Values::default(),
                n_classes,
                total: dimension(0).unwrap_or_default(),
                first: 0,
            }),
        }
    }

    /// As many rows as others are, none of them in memory.
    pub(crate) fn as_many_as<U>(others: &Rows<U>) -> Self {
        Self {
            name: others.name.clone(),
            values: Values::default(),
            n_classes: others.n_classes,
            total: others.total,
            first: 0,
        }
    }

    /// Puts the rows that follow in the place of those in memory, which are handed back.
    pub(crate) fn advance(&mut self, values: Values<T>) -> Values<T> {
        self.first = self.held().end;
        std::mem::replace(&mut self.values, values)
    }

    /// The rows in memory.
    pub(crate) fn held(&self) -> Range<usize> {
        self.first..self.first + self.values.len() / self.n_classes
    }

    /// The array as messages name it.
    pub fn name(&self) -> &ArrayName {
        &self.name
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.total
    }

    /// Number of classes, which is the length of a row.
    pub fn n_classes(&self) -> usize {
        self.n_classes.get()
    }

    /// `[rows, classes]`
    pub fn shape(&self) -> Shape {
        Shape(vec![self.n_rows() as u64, self.n_classes() as u64])
    }

    /// What labels and weights have to fit.
    pub(crate) fn extent(&self) -> Extent<'_> {
        Extent {
            rows: (&self.name, self.n_rows()),
            classes: (&self.name, self.n_classes()),
        }
    }

    /// The values of some of the rows in memory.
    pub fn slice(&self, rows: Range<usize>) -> &[T] {
        let place = |row: usize| (row - self.first) * self.n_classes();
        &self.values[place(rows.start)..place(rows.end)]
    }
}

/// Rows of logits in the type that their file has, in memory as well.
#[derive(Clone, Debug)]
pub enum Logits {
    /// Rows of [`F16`].
    F16(Rows<F16>),
    /// Rows of [`Bf16`].
    Bf16(Rows<Bf16>),
    /// Rows of `f32`.
    F32(Rows<f32>),
    /// Rows of `f64`.
    F64(Rows<f64>),
}

impl Logits {
    /// Reads a file of logits.
    ///
    /// # Errors
    ///
    /// Those of [`Source::open`], and [`Error::ZeroClasses`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let source = Source::open(path, Role::Logits)?;
        match source.number() {
            NumberType::Float16 => Rows::read::<F16>(source).map(Self::F16),
            NumberType::BFloat16 => Rows::read::<Bf16>(source).map(Self::Bf16),
            NumberType::Float64 => Rows::read::<f64>(source).map(Self::F64),
            // An open source of logits has one of the four types.
            _ => Rows::read::<f32>(source).map(Self::F32),
        }
    }
}
