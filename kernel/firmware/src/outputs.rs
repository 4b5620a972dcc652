//! What is compared of a row. The host's test includes this file.

use surprisal::{Backend, CrossEntropy, Element, Error};

/// The most classes of a row: more than two rounds of the lanes of a sum.
pub const MOST_CLASSES: usize = 40;

/// The label of rows that are ignored.
pub const IGNORED: i32 = -100;

/// The vector that Hessians are multiplied by: eight numbers, again and again.
pub const VECTOR: [f32; MOST_CLASSES] = {
    const NUMBERS: [f32; 8] = [1.0, -2.0, 0.5, 3.0, -0.25, 4.0, -1.5, 0.0];
    let mut vector = [0.0; MOST_CLASSES];
    let mut i = 0;
    while i < MOST_CLASSES {
        vector[i] = NUMBERS[i % NUMBERS.len()];
        i += 1;
    }
    vector
};

/// Number of outputs of a row.
pub const fn n_outputs(n_classes: usize) -> usize {
    1 + 3 * n_classes
}

/// Loss, gradient, Hessian diagonal and Hessian-vector product of a row, one after the other.
///
/// # Errors
///
/// Those of the kernel; lengths that do not fit together.
pub fn outputs<T: Element>(
    backend: Backend,
    logits: &[T],
    label: i32,
    vector: &[T],
    out: &mut [T],
) -> Result<(), Error> {
    let (n_classes, labels) = (logits.len(), [label]);
    let loss = CrossEntropy::new().ignore_label(IGNORED).backend(backend);
    let (losses, out) = out.split_at_mut_checked(1).unwrap_or_default();
    let (gradient, out) = out.split_at_mut_checked(n_classes).unwrap_or_default();
    let (diagonal, product) = out.split_at_mut_checked(n_classes).unwrap_or_default();
    loss.losses_and_gradients(logits, n_classes, &labels, None, losses, gradient)?;
    loss.hessian_diagonals(logits, n_classes, &labels, diagonal)?;
    let vector = vector.get(..n_classes).unwrap_or_default();
    loss.hessian_vector_products(logits, n_classes, &labels, vector, product)
}

/// The bits of a number. Which NaN an operation gives is the processor's business, so all are one.
pub fn bits_f32(number: f32) -> u32 {
    if number.is_nan() {
        f32::INFINITY.to_bits() | 1 << 22
    } else {
        number.to_bits()
    }
}

/// The same in double precision.
pub fn bits_f64(number: f64) -> u64 {
    if number.is_nan() {
        f64::INFINITY.to_bits() | 1 << 51
    } else {
        number.to_bits()
    }
}
