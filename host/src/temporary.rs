//! Files in the making, and how a process that is interrupted leaves none behind.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tempfile::{Builder, NamedTempFile};

/// The temporary files that there are. Whoever makes, names or removes one holds the lock.
static PATHS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn paths() -> MutexGuard<'static, Vec<PathBuf>> {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the temporary files of all outputs of this process, for a handler of signals that ends
/// it right after: whatever makes an output, or gives it its name, waits from then on without end.
/// So an output is there as a whole, or as it was before.
///
/// ```no_run
/// # fn on_interrupt(_handler: impl Fn()) {}
/// on_interrupt(|| {
///     surprisal_host::discard_outputs();
///     std::process::exit(130)
/// });
/// ```
pub fn discard_outputs() {
    let paths = paths();
    for path in paths.iter() {
        // One that cannot be removed is left: nobody is there to be told.
        let _ = std::fs::remove_file(path);
    }
    std::mem::forget(paths);
}

/// A temporary file, gone when it is dropped unless it has been given a name.
#[derive(Debug)]
pub(crate) struct Temporary {
    file: NamedTempFile,
    entry: Entry,
}

impl Temporary {
    /// Makes one with the permissions of any new file; the crate's default is the owner alone.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let mut builder = Builder::new();
        builder.prefix(".surprisal-").suffix(".tmp");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut paths = paths();
        let file = builder.tempfile_in(folder)?;
        paths.push(file.path().to_owned());
        let entry = Entry(file.path().to_owned());
        Ok(Self { file, entry })
    }

    pub(crate) fn as_file(&self) -> &File {
        self.file.as_file()
    }

    /// Gives the file its name. An existing file is replaced in one step.
    pub(crate) fn persist(self, target: &Path) -> io::Result<()> {
        let Self { file, entry } = self;
        let paths = paths();
        let named = file.persist(target);
        drop(paths);
        drop(entry);
        named.map(drop).map_err(|error| error.error)
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A path in the list of temporary files, taken out when it is dropped.
#[derive(Debug)]
struct Entry(PathBuf);

impl Drop for Entry {
    fn drop(&mut self) {
        paths().retain(|path| *path != self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its name may be that of another file by then.
    #[test]
    fn what_is_gone_is_not_removed_again() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second, third] = [(); 3].map(|()| Temporary::new(folder.path()).unwrap());
        let known = [&first, &second, &third].map(|of| of.file.path().to_owned());
        let are_there = || known.each_ref().map(|path| paths().contains(path));
        assert_eq!(are_there(), [true; 3]);
        drop(first);
        assert_eq!(are_there(), [false, true, true]);
        second.persist(&folder.path().join("x")).unwrap();
        assert_eq!(are_there(), [false, false, true]);
    }
}
