//! Wherever slices lie, what is outside of them is neither read nor written.

use proptest::prelude::*;
use surprisal::CrossEntropy;

use crate::{
    common::{Real, assert_same_bits, backends, some_vector, with_scalars},
    config, width,
};

/// Numbers on both sides of a slice that nothing computes.
const CANARY: f64 = -1234567.0;

/// Canaries after a slice: more than a vector and a line of the cache.
const AFTER: usize = 40;

/// A slice somewhere in a buffer of canaries.
struct Guarded<T> {
    buffer: Vec<T>,
    offset: usize,
}

impl<T: Real> Guarded<T> {
    fn new(slice: &[T], offset: usize) -> Self {
        let mut buffer = vec![T::round(CANARY); offset + slice.len() + AFTER];
        buffer[offset..offset + slice.len()].copy_from_slice(slice);
        Self { buffer, offset }
    }

    fn slice(&mut self) -> &mut [T] {
        let end = self.buffer.len() - AFTER;
        &mut self.buffer[self.offset..end]
    }

    fn assert_untouched(&self, what: &str) {
        let (before, rest) = self.buffer.split_at(self.offset);
        let after = &rest[rest.len() - AFTER..];
        let outside = before.iter().chain(after);
        assert!(outside.copied().all(|x| x == T::round(CANARY)), "{what}");
    }
}

/// Runs an operation on logits and vectors.
type Run<'a, T> = &'a dyn Fn(&[T], &[T], &mut [T]);

/// The shape of a batch, and where its arrays lie.
#[derive(Clone, Copy, Debug)]
struct Shape {
    n_rows: usize,
    n_classes: usize,
    stride: usize,
    input: usize,
    output: usize,
}

fn shape() -> impl Strategy<Value = Shape> {
    let padding = prop_oneof![Just(0), 0..=9_usize];
    (1..=20_usize, width(), padding, 0..=17_usize, 0..=17_usize).prop_map(
        |(n_rows, n_classes, padding, input, output)| Shape {
            n_rows: if n_classes > 70 { 2 } else { n_rows },
            n_classes,
            stride: n_classes + padding,
            input,
            output,
        },
    )
}

/// Runs every operation on arrays at the offsets and on arrays of their own.
fn stay_inside<T: Real>(shape: Shape, loss: CrossEntropy<'_>) {
    let Shape {
        n_rows,
        n_classes: n,
        stride,
        ..
    } = shape;
    let loss = loss.row_stride(stride);
    let labels: Vec<u16> = (0..n_rows).map(|row| (row * 7 % n) as u16).collect();
    let number = |i: usize| T::round(((i * 7919) % 1009) as f64 / 64.0 - 8.0);
    let logits: Vec<T> = (0..n_rows * stride).map(number).collect();
    let vectors = some_vector::<T>(n_rows * n);
    let zeros = |len: usize| vec![T::round(0.0); len];

    let mut guarded = [&logits, &vectors].map(|array| Guarded::new(array, shape.input));
    let [at_logits, at_vectors] = guarded.each_mut().map(|array| &*array.slice());
    let compare = |what: &str, output: &[T], run: Run<'_, T>| {
        let mut expected = output.to_vec();
        run(&logits, &vectors, &mut expected);
        let mut actual = Guarded::new(output, shape.output);
        run(at_logits, at_vectors, actual.slice());
        actual.assert_untouched(what);
        assert_same_bits(what, actual.slice(), &expected);
    };
    let matrices = if n <= 70 { n_rows } else { 0 };
    let (some, rows) = (&labels[..matrices], matrices * stride);

    compare("losses", &zeros(n_rows), &|z, _, out| {
        loss.losses(z, n, &labels, out).unwrap();
    });
    compare("gradients", &zeros(logits.len()), &|z, _, out| {
        loss.gradients(z, n, &labels, None, out).unwrap();
    });
    compare("gradients in place", &logits, &|_, _, out| {
        loss.gradients_in_place(out, n, &labels, None).unwrap();
    });
    compare(
        "gradients beside losses",
        &zeros(logits.len()),
        &|z, v, out| {
            let mut losses = Guarded::new(&zeros(n_rows), shape.input);
            let losses_here = losses.slice();
            // Upstream factors may lie anywhere too.
            let upstream = Some(&v[..n_rows]);
            loss.losses_and_gradients(z, n, &labels, upstream, losses_here, out)
                .unwrap();
            losses.assert_untouched("losses beside gradients");
        },
    );
    compare("probabilities", &zeros(logits.len()), &|z, _, out| {
        loss.probabilities(z, n, out).unwrap();
    });
    compare("diagonals", &zeros(n_rows * n), &|z, _, out| {
        loss.hessian_diagonals(z, n, &labels, out).unwrap();
    });
    compare("products", &zeros(n_rows * n), &|z, v, out| {
        loss.hessian_vector_products(z, n, &labels, v, out).unwrap();
    });
    compare("Hessians", &zeros(matrices * n * n), &|z, _, out| {
        loss.hessians(&z[..rows], n, some, out).unwrap();
    });
    let packed = zeros(matrices * n * (n + 1) / 2);
    compare("packed Hessians", &packed, &|z, _, out| {
        loss.packed_hessians(&z[..rows], n, some, out).unwrap();
    });
    for array in guarded {
        array.assert_untouched("inputs");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn plain_losses(shape in shape()) {
        for backend in backends() {
            stay_inside::<f32>(shape, CrossEntropy::new().backend(backend));
            stay_inside::<f64>(shape, CrossEntropy::new().backend(backend));
        }
    }

    #[test]
    fn losses_with_options(
        shape in shape(),
        smoothing in prop_oneof![Just(0.0), 0.0..=1.0],
        z_loss in prop_oneof![Just(0.0), 0.0..=0.1],
        softcap in prop::option::of(5.0..50.0_f64),
        temperature in prop_oneof![Just(1.0), 0.5..4.0],
    ) {
        for backend in backends() {
            let loss = CrossEntropy::new().backend(backend);
            let loss = with_scalars(loss, smoothing, z_loss, softcap, temperature);
            stay_inside::<f32>(shape, loss);
            stay_inside::<f64>(shape, loss);
        }
    }
}
