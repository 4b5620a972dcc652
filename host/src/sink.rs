//! From numbers to a file that is there as a whole or not at all.

use std::{
    fs,
    io::{self, BufWriter, Write},
    marker::PhantomData,
    path::{Path, PathBuf},
};

use crate::{array::ArrayName, error::Error, number::Number, source, temporary::Temporary};

/// Bytes that are written at once. What is written in pieces of 32 KB is mapped later at three times
/// the cost, which took 6 GB of `bf16` on two threads 1.4 times as long (`larger_than_memory` in the
/// benches): the system keeps a piece in pages that are as large as the piece lets it.
const PIECE: usize = 1 << 20;

/// An npy file in the making, or one of plain bytes. The numbers go to a temporary file beside the
/// output, which takes the output's name in [`Finished::commit`]; dropped before that, it leaves
/// nothing behind.
#[derive(Debug)]
pub struct Sink<T> {
    /// The output as the caller named it.
    path: PathBuf,
    /// The file it stands for.
    target: PathBuf,
    writer: BufWriter<Temporary>,
    /// Bytes of the numbers on their way.
    bytes: Vec<u8>,
    numbers: PhantomData<T>,
}

impl<T: Number> Sink<T> {
    /// Starts an output of the given shape. An output that is one of the inputs, that is no
    /// regular file, or whose folder cannot be written is refused here, before any computation.
    ///
    /// # Errors
    ///
    /// [`Error::OutputIsInput`], [`Error::OutputRefused`] and [`Error::Write`].
    pub fn create(path: &Path, shape: &[usize], inputs: &[&ArrayName]) -> Result<Self, Error> {
        let mut sink = Self::bare(path, inputs)?;
        sink.write_bytes(&source::header(T::TYPE, shape))?;
        Ok(sink)
    }

    /// The same without a header.
    fn bare(path: &Path, inputs: &[&ArrayName]) -> Result<Self, Error> {
        let write_error = |cause| Error::Write {
            path: path.to_owned(),
            cause,
        };
        let refused = |reason| Error::OutputRefused {
            path: path.to_owned(),
            reason,
        };

        // The file behind a link is the one to replace. What does not exist has no such form.
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let is_target = |input: &Path| input.canonicalize().is_ok_and(|input| input == target);
        if let Some(&input) = inputs
            .iter()
            .find(|input| input.paths().iter().any(|path| is_target(path)))
        {
            return Err(Error::OutputIsInput {
                path: path.to_owned(),
                input: input.clone(),
            });
        }
        if target.file_name().is_none() {
            return Err(refused("is not the name of a file"));
        }
        let existing = fs::metadata(&target).ok();
        if let Some(existing) = &existing {
            if existing.is_dir() {
                return Err(refused("is a folder"));
            }
            if !existing.is_file() {
                return Err(refused("is not a regular file"));
            }
            if existing.permissions().readonly() {
                return Err(refused("is read-only"));
            }
        }

        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let file = Temporary::new(folder).map_err(write_error)?;
        if let Some(existing) = existing {
            file.as_file()
                .set_permissions(existing.permissions())
                .map_err(write_error)?;
        }
        Ok(Self {
            path: path.to_owned(),
            target,
            writer: BufWriter::new(file),
            bytes: Vec::new(),
            numbers: PhantomData,
        })
    }

    /// Appends numbers, little-endian.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn write(&mut self, numbers: &[T]) -> Result<(), Error> {
        // Not all at once: the numbers themselves can be most of the memory.
        for numbers in numbers.chunks(PIECE / size_of::<T>()) {
            self.bytes.clear();
            T::encode(numbers, &mut self.bytes);
            let bytes = std::mem::take(&mut self.bytes);
            self.write_bytes(&bytes)?;
            self.bytes = bytes;
        }
        Ok(())
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.writer.write_all(bytes).map_err(|cause| Error::Write {
            path: self.path.clone(),
            cause,
        })
    }

    /// Waits until the numbers are on the disk, so that [`Finished::commit`] can only rename.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn finish(self) -> Result<Finished, Error> {
        let Self {
            path,
            target,
            writer,
            ..
        } = self;
        let finished = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.as_file().sync_all().map(|()| file));
        match finished {
            Ok(file) => Ok(Finished { path, target, file }),
            Err(cause) => Err(Error::Write { path, cause }),
        }
    }
}

impl Sink<u8> {
    /// Starts an output that is no array but the bytes that are written.
    ///
    /// # Errors
    ///
    /// Those of [`create`](Self::create).
    pub fn plain(path: &Path, inputs: &[&ArrayName]) -> Result<Self, Error> {
        Self::bare(path, inputs)
    }
}

/// A whole output under its temporary name; dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Finished {
    path: PathBuf,
    target: PathBuf,
    file: Temporary,
}

impl Finished {
    /// Gives the file its name. An existing file is replaced in one step.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn commit(self) -> Result<(), Error> {
        let Self { path, target, file } = self;
        file.persist(&target)
            .map_err(|cause| Error::Write { path, cause })
    }
}
