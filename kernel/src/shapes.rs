//! The arguments of operations by name, with the shapes that they must have.

use core::num::NonZeroUsize;

use crate::error::Error;

/// An argument: in memory once, so that checking it takes little of a small processor's stack.
#[derive(Debug)]
pub(crate) struct Argument {
    name: &'static str,
    shape: Shape,
}

/// The shape of an argument.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// `[n_rows]`.
    Rows,
    /// `[n_classes]`, whatever the number of rows.
    Classes,
    /// `[n_rows, n_classes]`.
    Matrix,
    /// `[n_rows, stride]`.
    Strided,
    /// As many elements a row as this function says of the classes, if memory can address as many:
    /// it is linked with the operations that have such an argument.
    Elements(fn(usize) -> Option<usize>),
}

macro_rules! arguments {
    ($($constant:ident: $name:literal $shape:expr),* $(,)?) => {$(
        pub(crate) const $constant: &Argument = &Argument {
            name: $name,
            shape: $shape,
        };
    )*};
}

arguments! {
    LOGITS: "logits" Shape::Strided,
    LABEL_LOGITS: "label_logits" Shape::Rows,
    STATES: "states" Shape::Rows,
    NEXT: "next" Shape::Rows,
    UPSTREAM: "upstream" Shape::Rows,
    VECTORS: "vectors" Shape::Matrix,
    LOSSES: "losses" Shape::Rows,
    GRADIENTS: "gradients" Shape::Strided,
    PROBABILITIES: "probabilities" Shape::Strided,
    DIAGONALS: "diagonals" Shape::Matrix,
    HESSIANS: "hessians" Shape::Elements(of_square),
    PACKED: "packed" Shape::Elements(of_triangle),
    PRODUCTS: "products" Shape::Matrix,
    TARGET_PROBABILITIES: "target_probabilities" Shape::Matrix,
    ROW_WEIGHTS: "row_weights" Shape::Rows,
    CLASS_WEIGHTS: "class_weights" Shape::Classes,
}

impl Shape {
    /// Number of elements, if memory can address as many.
    fn len(self, n_rows: usize, n_classes: usize, stride: usize) -> Option<usize> {
        match self {
            Self::Rows => Some(n_rows),
            Self::Classes => Some(n_classes),
            Self::Matrix => n_rows.checked_mul(n_classes),
            Self::Strided => n_rows.checked_mul(stride),
            Self::Elements(_) if n_rows == 0 => Some(0),
            Self::Elements(of_row) => n_rows.checked_mul(of_row(n_classes)?),
        }
    }
}

/// n (n + 1) / 2.
fn of_triangle(n: usize) -> Option<usize> {
    if n.is_multiple_of(2) {
        (n / 2).checked_mul(n.wrapping_add(1))
    } else {
        n.checked_mul(n / 2 + 1)
    }
}

/// n n.
fn of_square(n: usize) -> Option<usize> {
    n.checked_mul(n)
}

/// Checks the lengths of arguments against a number of rows and classes, and a distance between the
/// starts of rows.
pub(crate) fn check_lengths(
    n_rows: usize,
    n_classes: usize,
    stride: usize,
    lengths: &[(&'static Argument, usize)],
) -> Result<NonZeroUsize, Error> {
    let classes = NonZeroUsize::new(n_classes).ok_or(Error::ZeroClasses)?;
    for &(argument, actual) in lengths {
        let expected = argument
            .shape
            .len(n_rows, n_classes, stride)
            .ok_or(Error::SizeOverflow { n_rows, n_classes })?;
        if actual != expected {
            return Err(Error::LengthMismatch {
                argument: argument.name,
                expected,
                actual,
            });
        }
    }
    Ok(classes)
}
