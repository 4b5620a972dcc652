//! The messages of an Arrow IPC file or stream: a schema, then record batches.
//!
//! A file is a stream between two magic strings, with a footer that tells where the messages start.
//! They follow each other without it as well, so that files and streams are read alike.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use arrow_ipc::{Message, root_as_message};

use crate::source::ContainerError;

/// What a file starts and ends with.
const MAGIC: &[u8; 6] = b"ARROW1";

/// What a message starts with.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Longer than the metadata of any table: some 100 bytes a column.
const MAX_METADATA: u64 = 1 << 26;

/// The metadata of a message, and where its body is.
pub(super) struct Encapsulated {
    metadata: Vec<u8>,
    /// Offset of its body in the file.
    pub(super) body: u64,
}

impl Encapsulated {
    /// The message, whose fields are where they say. Its body lies within the file.
    pub(super) fn message(&self) -> Result<Message<'_>, ContainerError> {
        root_as_message(&self.metadata).map_err(|error| broken(&error.to_string()))
    }
}

/// The messages of a file, in order.
pub(super) struct Messages<'f> {
    file: &'f File,
    at: u64,
    end: u64,
}

impl<'f> Messages<'f> {
    pub(super) fn new(mut file: &'f File, file_length: u64) -> Result<Self, ContainerError> {
        let mut start = [0; 8];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut start).map_err(ended)?;
        if !start.starts_with(MAGIC) {
            let (at, end) = (0, file_length);
            return Ok(Self { file, at, end });
        }
        let mut end = [0; 10];
        let end_start = file_length.checked_sub(10).filter(|&at| at >= 8);
        let end_start = end_start.ok_or_else(|| broken("it ends inside its first message"))?;
        file.seek(SeekFrom::Start(end_start))?;
        file.read_exact(&mut end).map_err(ended)?;
        let (footer, magic) = end.split_at(4);
        if magic != MAGIC {
            return Err(broken("it is truncated: its end is not the end of a file"));
        }
        let footer = u32::from_le_bytes(footer.try_into().expect("four bytes"));
        match end_start.checked_sub(footer.into()) {
            Some(end) if end >= 8 => Ok(Self { file, at: 8, end }),
            _ => Err(broken("it claims a footer longer than the file")),
        }
    }

    /// The next message; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Encapsulated>, ContainerError> {
        let mut length = [0; 4];
        if self.end - self.at < 4 {
            return Ok(None);
        }
        self.read(&mut length)?;
        // Before version 0.15 a message began with its length.
        if length == CONTINUATION {
            self.read(&mut length)?;
        }
        let length = u64::from(u32::from_le_bytes(length));
        if length == 0 {
            return Ok(None);
        }
        if length > MAX_METADATA || length > self.end - self.at {
            let reason = format!("a message at byte {} claims {length} bytes", self.at);
            return Err(broken(&reason));
        }
        let mut metadata = vec![0; length as usize];
        self.read(&mut metadata)?;
        let message = Encapsulated {
            metadata,
            body: self.at,
        };
        let length = message.message()?.bodyLength();
        let end = u64::try_from(length)
            .ok()
            .and_then(|length| self.at.checked_add(length));
        match end {
            Some(end) if end <= self.end => self.at = end,
            _ => return Err(broken("a record batch reaches beyond the end of the file")),
        }
        Ok(Some(message))
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<(), ContainerError> {
        if (self.end - self.at) < bytes.len() as u64 {
            return Err(broken("it ends inside a message"));
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        self.file.read_exact(bytes).map_err(ended)?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

pub(super) fn broken(reason: &str) -> ContainerError {
    ContainerError::broken("Arrow", reason)
}

fn ended(cause: io::Error) -> ContainerError {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => broken("it ends inside a message"),
        _ => cause.into(),
    }
}
