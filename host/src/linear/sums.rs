//! Sums over blocks of rows with the same bits on any number of threads.

use std::ops::Range;

use ndarray::{Array, Dimension};

use crate::{blocks::Blocks, error::Error};

/// What blocks of rows give, to be added up.
pub(crate) trait Part: Sized + Send {
    /// Adds the part of the rows that follow.
    fn merge(self, next: Self) -> Self;
}

impl<D: Dimension> Part for Array<f64, D> {
    fn merge(mut self, next: Self) -> Self {
        self += &next;
        self
    }
}

impl<D: Dimension> Part for (f64, Array<f64, D>) {
    fn merge(self, next: Self) -> Self {
        (self.0 + next.0, self.1.merge(next.1))
    }
}

/// Merges the parts of some of the blocks, of which there is one at least. Each half is merged
/// before the two are: no more parts are in memory than threads times the depth of the tree,
/// however many rows there are, and its shape depends on the number of blocks alone.
pub(crate) fn sum<P: Part>(
    blocks: Blocks,
    some: Range<usize>,
    part: &(impl Fn(Range<usize>) -> Result<P, Error> + Sync),
) -> Result<P, Error> {
    if some.len() == 1 {
        return part(blocks.rows(some.start));
    }
    let middle = some.start + some.len() / 2;
    let (before, after) = rayon::join(
        || sum(blocks, some.start..middle, part),
        || sum(blocks, middle..some.end, part),
    );
    Ok(before?.merge(after?))
}

#[cfg(test)]
mod tests {
    use rayon::ThreadPoolBuilder;

    use super::*;

    impl Part for String {
        fn merge(self, next: Self) -> Self {
            format!("({self}{next})")
        }
    }

    #[test]
    fn the_tree_depends_on_nothing_but_the_blocks() {
        let blocks = Blocks::of_at_least(2, 9, usize::MAX);
        for threads in [1, 2, 3] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            let sum = pool.unwrap().install(|| {
                sum(blocks, 0..blocks.len(), &|rows| {
                    Ok(format!("{}{}", rows.start, rows.len()))
                })
            });
            assert_eq!(sum.unwrap(), "((0222)(42(6281)))");
        }
    }

    #[test]
    fn the_first_error_is_the_one() {
        let blocks = Blocks::of_at_least(1, 5, usize::MAX);
        let error = sum(blocks, 0..5, &|rows| -> Result<String, Error> {
            match rows.start {
                0 | 3 => Ok(String::new()),
                _ => Err(Error::Print(std::io::Error::other(rows.start.to_string()))),
            }
        });
        assert_eq!(error.unwrap_err().to_string(), "standard output: 1");
    }
}
