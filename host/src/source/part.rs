//! One file of an array.

use std::{
    fmt, io,
    io::{Read, Seek, SeekFrom},
};

use super::{Data, Found, Layout, Mapped, container::one_line, format, place::Place};
use crate::{
    array::{ArrayName, Role, Shape},
    error::Error,
    number::{Endian, Number, NumberType},
};

/// Bytes read at a time: a multiple of the size of every number, so that none is cut, and few
/// enough to be still in the cache when they are turned into numbers.
const PIECE: usize = 1 << 16;

/// A checked array in one file, at the first of the numbers that have not been read.
pub(super) struct Part {
    name: ArrayName,
    place: Place,
    number: NumberType,
    endian: Endian,
    shape: Shape,
    n_numbers: usize,
    n_left: usize,
    is_stored: bool,
    /// `None` where the file has been closed and nothing has been read.
    data: Option<Data>,
    /// Whether numbers have been mapped, which its reader knows nothing of.
    is_mapped: bool,
    bytes: Vec<u8>,
}

impl Part {
    pub(super) fn open(place: Place, role: Role) -> Result<Self, Error> {
        let name = place.name(role);
        let Found { layout, data } = format::open(&place, &name)?;
        let Layout {
            type_name,
            numbers,
            fortran_order,
            shape,
        } = layout;
        let shape = Shape(shape);

        let Some((number, endian)) = numbers.filter(|&(number, _)| role.accepts(number)) else {
            return Err(Error::NumberType {
                array: name,
                found: one_line(&type_name),
                needed: role.accepted(),
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
        let is_line = shape.0.iter().filter(|&&length| length != 1).count() <= 1;
        if fortran_order && !is_line {
            return Err(Error::FortranOrder { array: name });
        }
        let Some((n_numbers, needed)) = data_length(&shape, number) else {
            return Err(Error::TooLarge { array: name, shape });
        };
        match data.length {
            Some(found) if found < needed => {
                return Err(Error::Truncated {
                    array: name,
                    shape,
                    needed,
                    found,
                });
            }
            Some(found) if found > needed => {
                return Err(Error::TrailingBytes {
                    array: name,
                    shape,
                    needed,
                    found,
                });
            }
            _ => {}
        }
        Ok(Self {
            name,
            place,
            number,
            endian,
            shape,
            n_numbers,
            n_left: n_numbers,
            is_stored: data.is_stored,
            data: Some(data),
            is_mapped: false,
            bytes: Vec::new(),
        })
    }

    /// Checks that it goes on where `first` ends: the same numbers, and as many a row.
    pub(super) fn check_beside(&self, first: &Self) -> Result<(), Error> {
        let differs = |found, needed| {
            Err(Error::ShardDiffers {
                array: self.name.clone(),
                found,
                first: first.name.clone(),
                needed,
            })
        };
        if self.number != first.number {
            return differs(self.number.to_string(), first.number.to_string());
        }
        match (&self.shape.0[..], &first.shape.0[..]) {
            ([_, found], [_, needed]) if found != needed => {
                let columns = self.name.role().dimensions()[1];
                differs(format!("{found} {columns}"), format!("{needed} {columns}"))
            }
            _ => Ok(()),
        }
    }

    /// Closes the file until its numbers are read. Standard input has no second opening.
    pub(super) fn close(&mut self) {
        if !self.place.is_standard_input() {
            self.data = None;
        }
    }

    pub(super) fn name(&self) -> &ArrayName {
        &self.name
    }

    pub(super) fn number(&self) -> NumberType {
        self.number
    }

    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    pub(super) fn is_stored(&self) -> bool {
        self.is_stored
    }

    /// Whether the open file has the numbers as the processor does.
    pub(super) fn is_in_place(&self) -> bool {
        let is_in_order = (self.endian == Endian::Little) == cfg!(target_endian = "little");
        is_in_order && self.data.as_ref().is_some_and(|data| data.file.is_some())
    }

    /// Numbers that have not been read.
    pub(super) fn n_left(&self) -> usize {
        self.n_left
    }

    /// Appends the next `n` numbers, of which there are at least as many.
    pub(super) fn read<T: Number, U: From<T>>(
        &mut self,
        n: usize,
        numbers: &mut Vec<U>,
    ) -> Result<(), Error> {
        if self.data.is_none() {
            self.data = Some(self.open_again()?);
        }
        self.catch_up().map_err(|cause| self.read_error(cause))?;
        let mut left = n * size_of::<T>();
        self.bytes.resize(PIECE, 0);
        while left > 0 {
            let wanted = left.min(PIECE);
            let data = self.data.as_mut().expect("the file has been opened");
            let found = fill(&mut data.reader, &mut self.bytes[..wanted])
                .map_err(|cause| self.read_error(cause))?;
            if found < wanted {
                let before = (self.n_numbers - self.n_left) * size_of::<T>();
                return Err(self.truncated((before + found) as u64));
            }
            T::decode(&self.bytes[..found], self.endian, numbers);
            self.n_left -= found / size_of::<T>();
            left -= found;
        }
        Ok(())
    }

    /// Maps the next `n` numbers, of which there are at least as many; `None` where they have to be
    /// read.
    pub(super) fn map<T: Number>(&mut self, n: usize) -> Result<Option<Mapped<T>>, Error> {
        if self.data.is_none() {
            self.data = Some(self.open_again()?);
        }
        let is_in_place = self.is_in_place();
        let file = self.data.as_ref().and_then(|data| data.file.as_ref());
        let Some((file, start)) = file.filter(|_| is_in_place) else {
            return Ok(None);
        };
        let bytes_of = |n: usize| (n * size_of::<T>()) as u64;
        let length = file.metadata().map_err(|cause| self.read_error(cause))?;
        let found = length.len().saturating_sub(*start);
        if found < bytes_of(self.n_numbers) {
            return Err(self.truncated(found));
        }
        let read = bytes_of(self.n_numbers - self.n_left);
        let mapped = Mapped::new(file, start + read, n);
        let mapped = mapped.map_err(|cause| self.read_error(cause))?;
        if mapped.is_some() {
            self.n_left -= n;
            self.is_mapped = true;
        }
        Ok(mapped)
    }

    /// Lets the reader go on behind the numbers that have been mapped.
    fn catch_up(&mut self) -> io::Result<()> {
        let read = ((self.n_numbers - self.n_left) * self.number.size()) as u64;
        let left = (self.n_left * self.number.size()) as u64;
        if let Some(data) = self.data.as_mut().filter(|_| self.is_mapped)
            && let Some((file, start)) = &data.file
        {
            let mut file = file.try_clone()?;
            file.seek(SeekFrom::Start(start + read))?;
            data.reader = Box::new(file.take(left));
            self.is_mapped = false;
        }
        Ok(())
    }

    fn truncated(&self, found: u64) -> Error {
        Error::Truncated {
            array: self.name.clone(),
            shape: self.shape.clone(),
            needed: (self.n_numbers * self.number.size()) as u64,
            found,
        }
    }

    /// Makes sure that nothing comes after the last number.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        let Some(data) = &mut self.data else {
            return Ok(());
        };
        match fill(&mut data.reader, &mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Error::GoesOn {
                array: self.name.clone(),
                shape: self.shape.clone(),
            }),
            Err(cause) => Err(self.read_error(cause)),
        }
    }

    fn open_again(&self) -> Result<Data, Error> {
        let again = Self::open(self.place.clone(), self.name.role())?;
        let is_same =
            (again.number, again.endian, &again.shape) == (self.number, self.endian, &self.shape);
        again
            .data
            .filter(|_| is_same)
            .ok_or_else(|| self.read_error(io::Error::other("has changed since it was opened")))
    }

    fn read_error(&self, cause: io::Error) -> Error {
        Error::Read {
            array: self.name.clone(),
            cause,
        }
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("name", &self.name)
            .field("number", &self.number)
            .field("shape", &self.shape)
            .field("n_left", &self.n_left)
            .finish_non_exhaustive()
    }
}

/// Reads until the buffer is full or there is nothing more; tells how much was read.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(filled)
}

/// Numbers in the shape and their bytes, where memory can address them.
pub(super) fn data_length(shape: &Shape, number: NumberType) -> Option<(usize, u64)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// One byte at a time, after an interruption.
    struct Halting<'a>(&'a [u8], bool);

    impl Read for Halting<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let n = buffer.len().min(1);
            self.0.read(&mut buffer[..n])
        }
    }

    #[test]
    fn a_buffer_is_filled_in_pieces() {
        let mut buffer = [0; 4];
        let mut reader = Halting(b"abcdef", false);
        assert_eq!(fill(&mut reader, &mut buffer).unwrap(), 4);
        assert_eq!(buffer, *b"abcd");
        assert_eq!(fill(&mut reader, &mut buffer).unwrap(), 2);
    }
}
