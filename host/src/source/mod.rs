//! From a file to an array whose every claim has been checked.
//!
//! Nothing is allocated before the shape, the type and the length of the file agree, so a header
//! cannot ask for more memory than the file is long.

mod dict;
mod npy;

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

pub use dict::DictError;
pub use npy::HeaderError;
pub(crate) use npy::header;
use surprisal::{Bf16, F16};

use crate::{
    array::{ArrayName, Role, Shape},
    error::Error,
    memory::reserve,
    number::{Endian, Number, NumberType},
};

/// Bytes read at a time: a multiple of the size of every number, so that none is cut.
const PIECE: usize = 1 << 16;

/// What a header says about its array. Nothing in it has been checked.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The type of the numbers as the file names it.
    type_name: String,
    /// The type and byte order, where it is one we know.
    numbers: Option<(NumberType, Endian)>,
    fortran_order: bool,
    shape: Vec<u64>,
    /// Length of the header.
    data_start: u64,
}

/// An open file with the reading position at the first number of a checked array: the type and
/// the number of dimensions suit its [`Role`], the order is C, and the file is exactly as long
/// as its shape says.
#[derive(Debug)]
pub struct Source {
    name: ArrayName,
    reader: BufReader<File>,
    number: NumberType,
    endian: Endian,
    shape: Shape,
    n_numbers: usize,
}

impl Source {
    /// Opens the file and checks everything but the numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], [`Error::NotAFile`] and [`Error::Header`] for what is no array;
    /// [`Error::NumberType`], [`Error::Rank`] and [`Error::FortranOrder`] for an array that cannot
    /// play the part; [`Error::TooLarge`], [`Error::Truncated`] and [`Error::TrailingBytes`] for a
    /// header that lies.
    pub fn open(path: &Path, role: Role) -> Result<Self, Error> {
        let name = ArrayName::file(role, path);
        let read_error = |cause| Error::Read {
            array: name.clone(),
            cause,
        };

        // Asked before opening: opening a pipe would wait for its writer.
        if !path.metadata().map_err(read_error)?.is_file() {
            return Err(Error::NotAFile { array: name });
        }
        let file = File::open(path).map_err(read_error)?;
        let file_length = file.metadata().map_err(read_error)?.len();
        let mut reader = BufReader::new(file);
        let layout = npy::read_layout(&mut reader).map_err(|cause| match cause {
            HeaderError::Read(cause) => Error::Read {
                array: name.clone(),
                cause,
            },
            cause => Error::Header {
                array: name.clone(),
                cause,
            },
        })?;
        Self::check(name, reader, file_length, layout)
    }

    fn check(
        name: ArrayName,
        reader: BufReader<File>,
        file_length: u64,
        layout: Layout,
    ) -> Result<Self, Error> {
        let role = name.role();
        let shape = Shape(layout.shape);

        let Some((number, endian)) = layout.numbers.filter(|&(number, _)| role.accepts(number))
        else {
            let (found, needed) = (layout.type_name, role.accepted());
            return Err(Error::NumberType {
                array: name,
                found,
                needed,
            });
        };
        if shape.0.len() != role.rank() {
            return Err(Error::Rank {
                array: name,
                found: shape,
                needed: role.dimensions(),
            });
        }
        // With at most one dimension longer than 1 the two orders are the same.
        let one_line = shape.0.iter().filter(|&&length| length != 1).count() <= 1;
        if layout.fortran_order && !one_line {
            return Err(Error::FortranOrder { array: name });
        }
        let Some((n_numbers, needed)) = data_length(&shape, number) else {
            return Err(Error::TooLarge { array: name, shape });
        };
        let found = file_length.saturating_sub(layout.data_start);
        if found < needed {
            return Err(Error::Truncated {
                array: name,
                shape,
                needed,
                found,
            });
        }
        if found > needed {
            return Err(Error::TrailingBytes {
                array: name,
                shape,
                needed,
                found,
            });
        }
        Ok(Self {
            name,
            reader,
            number,
            endian,
            shape,
            n_numbers,
        })
    }

    /// The array as messages name it.
    pub fn name(&self) -> &ArrayName {
        &self.name
    }

    /// The type of its numbers.
    pub fn number(&self) -> NumberType {
        self.number
    }

    /// Its shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// All its numbers, of any type of float. Those of fewer bits are widened, which changes none.
    ///
    /// # Panics
    ///
    /// If they are integers.
    pub(crate) fn read_floats(self) -> Result<Vec<f64>, Error> {
        match self.number {
            NumberType::Float16 => self.read::<F16, _>(),
            NumberType::BFloat16 => self.read::<Bf16, _>(),
            NumberType::Float32 => self.read::<f32, _>(),
            _ => self.read::<f64, _>(),
        }
    }

    /// All its numbers, each turned into a `U`.
    ///
    /// # Panics
    ///
    /// If `T` is not the type of the array's numbers.
    pub(crate) fn read<T: Number, U: From<T>>(mut self) -> Result<Vec<U>, Error> {
        assert_eq!(T::TYPE, self.number, "the caller chose T by number()");
        let mut numbers = reserve(|| self.name.to_string(), self.n_numbers)?;

        let mut bytes = vec![0; PIECE];
        let mut decoded = Vec::with_capacity(bytes.len() / size_of::<T>());
        let mut left = self.n_numbers * size_of::<T>();
        while left > 0 {
            let part = &mut bytes[..left.min(PIECE)];
            self.reader.read_exact(part).map_err(|cause| Error::Read {
                array: self.name.clone(),
                cause,
            })?;
            decoded.clear();
            T::decode(part, self.endian, &mut decoded);
            numbers.extend(decoded.iter().map(|&number| U::from(number)));
            left -= part.len();
        }
        Ok(numbers)
    }
}

/// Numbers in the shape and their bytes, where memory can address them.
fn data_length(shape: &Shape, number: NumberType) -> Option<(usize, u64)> {
    let n_numbers = shape
        .0
        .iter()
        .try_fold(1_u64, |product, &n| product.checked_mul(n));
    // A shape such as [0, 2^40, 2^40] overflows on the way to its product, which is 0.
    let n_numbers = if shape.0.contains(&0) { 0 } else { n_numbers? };
    let bytes = n_numbers.checked_mul(number.size() as u64)?;
    isize::try_from(bytes).ok()?;
    // Each dimension is an index of its own, also next to a dimension of 0.
    shape
        .0
        .iter()
        .try_for_each(|&n| isize::try_from(n).ok().map(drop))?;
    Some((usize::try_from(n_numbers).ok()?, bytes))
}
