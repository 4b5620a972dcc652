//! Rows of a file, a window at a time, read ahead by a thread of its own while others compute.

use std::{
    io,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use crate::{
    array::ArrayName, blocks::Blocks, error::Error, number::Number, rows::Rows, source::Source,
};

/// Numbers of a window for each thread: some 30 blocks, after which they wait for each other, and few
/// enough to be in a cache when they are computed on.
const NUMBERS_PER_THREAD: usize = 1 << 19;

/// Buffers that go round: one is read into, one waits, and the third is in the hands of [`Rows`].
const IN_FLIGHT: usize = 2;

/// How many rows a window has, the last one of the file aside: whole blocks, whose sums are then
/// those that the whole array in memory has.
pub(super) fn rows_per_window(n_rows: usize, n_classes: usize) -> usize {
    let per_block = Blocks::new(n_rows, n_classes).rows_per_block();
    let n_numbers = NUMBERS_PER_THREAD * rayon::current_num_threads();
    per_block * (n_numbers / (per_block * n_classes)).max(1)
}

/// The windows of an array, in order. What is read stays within three of them, whatever its size.
#[derive(Debug)]
pub(super) struct Windows<T> {
    name: ArrayName,
    full: Receiver<Result<Vec<T>, Error>>,
    empty: SyncSender<Vec<T>>,
}

impl<T: Number> Windows<T> {
    /// Starts to read a source, whose numbers are `N`, for these rows, of which none is in memory.
    pub(super) fn start<N: Number>(
        mut source: Source,
        rows: &Rows<T>,
        rows_per_window: usize,
    ) -> Result<Self, Error>
    where
        T: From<N>,
    {
        let name = source.name().clone();
        let (n_rows, n_classes) = (rows.n_rows(), rows.n_classes());
        let (send_full, full) = sync_channel(IN_FLIGHT);
        let (empty, receive_empty) = sync_channel(IN_FLIGHT + 1);
        for _ in 0..IN_FLIGHT {
            empty.send(Vec::new()).expect("the channel has room");
        }
        let read_ahead = move || {
            for first in (0..n_rows).step_by(rows_per_window) {
                let n_numbers = rows_per_window.min(n_rows - first) * n_classes;
                let is_last = first + rows_per_window >= n_rows;
                // Nobody is left to read for.
                let Ok(mut values) = receive_empty.recv() else {
                    return;
                };
                let window = read::<N, T>(&mut source, n_numbers, is_last, &mut values);
                let has_failed = window.is_err();
                if send_full.send(window.map(|()| values)).is_err() || has_failed {
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

    /// Puts the next window into the rows.
    pub(super) fn advance(&mut self, rows: &mut Rows<T>) -> Result<(), Error> {
        let window = self.full.recv().map_err(|_| Error::Read {
            array: self.name.clone(),
            cause: io::Error::other("cannot be read"),
        })??;
        // The thread has ended where it read the last window.
        let _ = self.empty.send(rows.advance(window));
        Ok(())
    }
}

fn read<N: Number, T: From<N>>(
    source: &mut Source,
    n_numbers: usize,
    is_last: bool,
    values: &mut Vec<T>,
) -> Result<(), Error> {
    values.clear();
    if values.try_reserve_exact(n_numbers).is_err() {
        return Err(Error::OutOfMemory {
            what: source.name().to_string(),
            bytes: n_numbers as u128 * size_of::<T>() as u128,
        });
    }
    source.read_next::<N, T>(n_numbers, values)?;
    if is_last { source.end() } else { Ok(()) }
}
