//! Rows of a file, a window at a time, read or mapped ahead by a thread of its own while others
//! compute.

use std::{
    io,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use crate::{
    array::ArrayName, blocks::Blocks, error::Error, number::Number, rows::Rows, source::Source,
    values::Values,
};

/// Numbers of a window for each thread: some 60 blocks, after which they wait for each other, and few
/// enough to be in a cache when they are computed on.
const NUMBERS_PER_THREAD: usize = 1 << 20;

/// The same where a window is mapped: it comes from memory however long it is, and threads wait less
/// often, for each other and for the system. 6 GB of `bf16` take two threads 0.94 of the time that
/// they take by 2^20 (`larger_than_memory` in the benches); read, 1.1 of it.
const MAPPED_NUMBERS_PER_THREAD: usize = 1 << 22;

/// Windows that go round: one is read, one waits, and the third is in the hands of [`Rows`].
const IN_FLIGHT: usize = 2;

/// How many rows a window has, the last one of the file aside: whole blocks, whose sums are then
/// those that the whole array in memory has.
pub(crate) fn rows_per_window(n_rows: usize, n_classes: usize) -> usize {
    whole_blocks(NUMBERS_PER_THREAD, n_rows, n_classes)
}

/// The same for the rows of a source.
pub(crate) fn rows_per_window_of<T: Number>(source: &Source, rows: &Rows<T>) -> usize {
    let n_numbers = if source.is_mapped() {
        MAPPED_NUMBERS_PER_THREAD
    } else {
        NUMBERS_PER_THREAD
    };
    whole_blocks(n_numbers, rows.n_rows(), rows.n_classes())
}

fn whole_blocks(numbers_per_thread: usize, n_rows: usize, n_classes: usize) -> usize {
    let per_block = Blocks::new(n_rows, n_classes).rows_per_block();
    let n_numbers = numbers_per_thread * rayon::current_num_threads();
    per_block * (n_numbers / (per_block * n_classes)).max(1)
}

/// The next numbers of a source, which can be read to the room of others.
type NextWindow<T> = fn(&mut Source, usize, Vec<T>) -> Result<Values<T>, Error>;

/// The windows of an array, in order. What is read stays within three of them, whatever its size.
#[derive(Debug)]
pub(crate) struct Windows<T> {
    name: ArrayName,
    full: Receiver<Result<Values<T>, Error>>,
    empty: SyncSender<Values<T>>,
}

impl<T: Number> Windows<T> {
    /// Starts to read a source, whose numbers are `T`, for these rows, of which none is in memory.
    pub(crate) fn start(
        source: Source,
        rows: &Rows<T>,
        rows_per_window: usize,
    ) -> Result<Self, Error> {
        let next = |source: &mut Source, n: usize, room: Vec<T>| {
            let room = with_room(source, n, room)?;
            source.next_window(n, room)
        };
        Self::start_with(next, source, rows, rows_per_window)
    }

    /// The same for a source whose numbers are `N`, which are widened.
    pub(crate) fn start_widening<N: Number>(
        source: Source,
        rows: &Rows<T>,
        rows_per_window: usize,
    ) -> Result<Self, Error>
    where
        T: From<N>,
    {
        let next = |source: &mut Source, n: usize, room: Vec<T>| {
            let mut values = with_room(source, n, room)?;
            source.read_next::<N, T>(n, &mut values)?;
            Ok(Values::Owned(values))
        };
        Self::start_with(next, source, rows, rows_per_window)
    }

    fn start_with(
        next: NextWindow<T>,
        mut source: Source,
        rows: &Rows<T>,
        rows_per_window: usize,
    ) -> Result<Self, Error> {
        let name = source.name().clone();
        let (n_rows, n_classes) = (rows.n_rows(), rows.n_classes());
        let (send_full, full) = sync_channel(IN_FLIGHT);
        let (empty, receive_empty) = sync_channel::<Values<T>>(IN_FLIGHT + 1);
        for _ in 0..IN_FLIGHT {
            let nothing = Values::default();
            empty.send(nothing).expect("the channel has room");
        }
        let read_ahead = move || {
            for first in (0..n_rows).step_by(rows_per_window) {
                let n_numbers = rows_per_window.min(n_rows - first) * n_classes;
                let is_last = first + rows_per_window >= n_rows;
                // Nobody is left to read for.
                let Ok(before) = receive_empty.recv() else {
                    return;
                };
                let window = next(&mut source, n_numbers, before.into_room());
                let window = window.and_then(|window| {
                    if is_last {
                        source.end()?;
                    }
                    Ok(window)
                });
                let has_failed = window.is_err();
                if send_full.send(window).is_err() || has_failed {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("read ahead".to_owned());
        thread.spawn(read_ahead).map_err(|cause| Error::Read {
            array: name.clone(),
            cause,
        })?;
        Ok(Self { name, full, empty })
    }

    /// Puts the next window into the rows; there may be none.
    pub(crate) fn advance(&mut self, rows: &mut Rows<T>) -> Result<bool, Error> {
        if rows.held().end == rows.n_rows() {
            return Ok(false);
        }
        let window = self.full.recv().map_err(|_| Error::Read {
            array: self.name.clone(),
            cause: io::Error::other("cannot be read"),
        })??;
        // The thread has ended where it read the last window.
        let _ = self.empty.send(rows.advance(window));
        Ok(true)
    }
}

/// Room for so many numbers.
fn with_room<T>(source: &Source, n_numbers: usize, mut room: Vec<T>) -> Result<Vec<T>, Error> {
    match room.try_reserve_exact(n_numbers) {
        Ok(()) => Ok(room),
        Err(_) => Err(Error::OutOfMemory {
            what: source.name().to_string(),
            bytes: n_numbers as u128 * size_of::<T>() as u128,
        }),
    }
}
