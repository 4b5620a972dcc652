//! Numbers in memory, wherever they are there.

use std::ops::Deref;

use crate::source::Mapped;

/// Numbers of an array, or of a window of it.
#[derive(Clone, Debug)]
pub(crate) enum Values<T> {
    /// Numbers that were computed, or read from a file.
    Owned(Vec<T>),
    /// The numbers of a file themselves.
    Mapped(Mapped<T>),
}

impl<T> Values<T> {
    /// The room that they take, for others.
    pub(crate) fn into_room(self) -> Vec<T> {
        match self {
            Self::Owned(mut values) => {
                values.clear();
                values
            }
            Self::Mapped(_) => Vec::new(),
        }
    }
}

impl<T> Default for Values<T> {
    fn default() -> Self {
        Self::Owned(Vec::new())
    }
}

impl<T> Deref for Values<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Owned(values) => values,
            Self::Mapped(values) => values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_over() {
        let values = Vec::from([1, 2, 3]);
        let place = values.as_ptr();
        let room = Values::Owned(values).into_room();
        assert!(room.is_empty() && room.capacity() >= 3);
        assert_eq!(room.as_ptr(), place);
    }
}
