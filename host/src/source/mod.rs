//! From files to an array whose every claim has been checked.
//!
//! Nothing is allocated before the shape, the type and the length of the data agree, so a header
//! cannot ask for more memory than the file is long; where the length is not known before the data
//! have been read, memory grows with what has been.

#[cfg(feature = "arrow")]
mod columns;
mod container;
mod csv;
mod dict;
mod format;
mod mapped;
mod npy;
mod npz;
mod part;
mod place;
mod safetensors;

use std::{collections::VecDeque, fs::File, io::Read, path::Path};

pub use container::ContainerError;
pub use dict::DictError;
pub(crate) use mapped::Mapped;
pub use npy::HeaderError;
pub(crate) use npy::header;
use part::Part;
use surprisal::{Bf16, F16};

use crate::{
    array::{ArrayName, Role, Shape},
    error::Error,
    memory::reserve,
    number::{Endian, Number, NumberType},
    values::Values,
};

/// What a file says about one of its arrays. Nothing in it has been checked.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The type of the numbers as the file names it.
    type_name: String,
    /// The type and byte order, where it is one we know.
    numbers: Option<(NumberType, Endian)>,
    fortran_order: bool,
    shape: Vec<u64>,
}

/// An array in a file, and where its numbers are read from, in row-major order.
struct Found {
    layout: Layout,
    data: Data,
}

/// The bytes of an array.
struct Data {
    reader: Box<dyn Read + Send>,
    /// How many there are, `None` where only reading tells.
    length: Option<u64>,
    /// Whether the file is at least as long.
    is_stored: bool,
    /// The file and where in it they begin, where these bytes are its own.
    file: Option<(File, u64)>,
}

/// A checked array, of which nothing has been read but the header: the type and the number of
/// dimensions suit its [`Role`], the order is C, and the data are exactly as long as the shape says
/// as far as that can be known before they are read. It can be in several files, one after the
/// other.
///
/// What can be opened, in place of a path everywhere in this package:
///
/// | written | read |
/// |---|---|
/// | `x.npy`, `x.csv` | the array, the column of integers |
/// | `x.npz:name`, `x.safetensors:name`, `x.parquet:name`, `x.arrow:name`, `x.csv:name` | the array or column of that name; needless where only one can play the part |
/// | `folder`, `folder:name` | all such files in the folder, as one array |
/// | `part-*.npy`, `part-*.npz:name` | all files that match, as one array |
/// | `-` | an npy file from standard input |
///
/// Files of a folder or pattern are in the order of their names, in which numbers count by their
/// value. What a file is, its first bytes tell, not its name.
///
/// ```
/// use surprisal_host::{NumberType, Role, Source};
///
/// # fn main() -> Result<(), surprisal_host::Error> {
/// # let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
/// let logits = Source::open(folder.join("digits_logits.npy"), Role::Logits)?;
/// assert_eq!(logits.number(), NumberType::Float32);
/// assert_eq!(logits.shape().0, [1797, 10]);
///
/// let shards = Source::open(folder.join("formats/digits_shards"), Role::Logits)?;
/// assert_eq!(shards.shape().0, [36, 10]);
/// let labels = Source::open(folder.join("formats/digits.safetensors:i64"), Role::Labels)?;
/// assert_eq!(labels.shape().0, [36]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Source {
    name: ArrayName,
    number: NumberType,
    shape: Shape,
    n_numbers: usize,
    /// What has not been read yet.
    parts: VecDeque<Part>,
}

impl Source {
    /// Opens what is written and checks everything but the numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], [`Error::NotAFile`], [`Error::NoShards`], [`Error::Header`] and
    /// [`Error::Container`] for what is no array; [`Error::NumberType`], [`Error::Rank`] and
    /// [`Error::FortranOrder`] for an array that cannot play the part; [`Error::TooLarge`],
    /// [`Error::Truncated`] and [`Error::TrailingBytes`] for a header that lies;
    /// [`Error::ShardDiffers`] for files that do not make one array.
    pub fn open(written: impl AsRef<Path>, role: Role) -> Result<Self, Error> {
        Self::open_all(&[written], role)
    }

    /// Opens all of them as one array, one after the other.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    ///
    /// # Panics
    ///
    /// Without any.
    pub fn open_all(written: &[impl AsRef<Path>], role: Role) -> Result<Self, Error> {
        let (name, places) = place::find_all(written, role)?;
        let mut parts = VecDeque::with_capacity(places.len());
        for place in places {
            let mut part = Part::open(place, role)?;
            if let Some(first) = parts.front() {
                part.check_beside(first)?;
                // So that there may be more files than can be open at once.
                part.close();
            }
            parts.push_back(part);
        }
        let first = parts.front().expect("at least one file is named");
        // The name of one file says which array of it is meant.
        let name = if parts.len() == 1 {
            first.name().clone()
        } else {
            name
        };
        let mut shape = first.shape().clone();
        shape.0[0] = parts
            .iter()
            .fold(0, |rows: u64, part| rows.saturating_add(part.shape().0[0]));
        let number = first.number();
        let Some((n_numbers, _)) = part::data_length(&shape, number) else {
            return Err(Error::TooLarge { array: name, shape });
        };
        Ok(Self {
            name,
            number,
            shape,
            n_numbers,
            parts,
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

    /// Whether its windows are the bytes of its first file, where these are aligned.
    pub(crate) fn is_mapped(&self) -> bool {
        self.parts.front().is_some_and(Part::is_in_place)
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
        /// Numbers that memory is asked for at a time, where a header's word is all there is.
        const STEP: usize = 1 << 20;
        let name = self.name.clone();
        let is_stored = self.parts.iter().all(Part::is_stored);
        let room = if is_stored { self.n_numbers } else { 0 };
        let mut numbers = reserve(|| name.to_string(), room)?;
        while numbers.len() < self.n_numbers {
            let some = STEP.min(self.n_numbers - numbers.len());
            if numbers.try_reserve(some).is_err() {
                return Err(Error::OutOfMemory {
                    what: name.to_string(),
                    bytes: self.n_numbers as u128 * size_of::<U>() as u128,
                });
            }
            self.read_next::<T, U>(some, &mut numbers)?;
        }
        self.end()?;
        Ok(numbers)
    }

    /// Appends the next `n` numbers, each turned into a `U`.
    ///
    /// # Panics
    ///
    /// If `T` is not the type of the array's numbers, or there are fewer.
    pub(crate) fn read_next<T: Number, U: From<T>>(
        &mut self,
        n: usize,
        numbers: &mut Vec<U>,
    ) -> Result<(), Error> {
        assert_eq!(T::TYPE, self.number, "the caller chose T by number()");
        let mut left = n;
        while left > 0 {
            let part = self.parts.front_mut().expect("there are as many numbers");
            let some = left.min(part.n_left());
            part.read::<T, U>(some, numbers)?;
            left -= some;
            if part.n_left() == 0 {
                part.end()?;
                self.parts.pop_front();
            }
        }
        Ok(())
    }

    /// The next `n` numbers, at least one: those of the file themselves where it has them as the
    /// processor does, otherwise read to `room`, which is empty.
    ///
    /// # Panics
    ///
    /// As [`read_next`](Self::read_next).
    pub(crate) fn next_window<T: Number>(
        &mut self,
        n: usize,
        mut room: Vec<T>,
    ) -> Result<Values<T>, Error> {
        assert_eq!(T::TYPE, self.number, "the caller chose T by number()");
        let part = self.parts.front_mut().expect("there is a number");
        // A window that ends in another file is read.
        if n <= part.n_left()
            && let Some(mapped) = part.map(n)?
        {
            if part.n_left() == 0 {
                self.parts.pop_front();
            }
            return Ok(Values::Mapped(mapped));
        }
        self.read_next::<T, T>(n, &mut room)?;
        Ok(Values::Owned(room))
    }

    /// Makes sure that nothing comes after the last number.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        // What is left has no numbers.
        self.parts.drain(..).try_for_each(|mut part| part.end())
    }
}
