//! What the kernel says of a batch.

use surprisal::{Backend, Error, Label, Reduction, Total};

use crate::{
    case::{Batch, changed_length},
    exact::{has_matrices, refusal},
    numbers::{Real, same_bits},
};

/// The outputs of every operation on a backend; `None` where the operation has refused the batch,
/// as it had to, and has written nothing.
pub struct Outputs<T> {
    pub total: Option<Total>,
    pub losses: Option<Vec<T>>,
    pub gradients: Option<Vec<T>>,
    pub probabilities: Option<Vec<T>>,
    pub diagonals: Option<Vec<T>>,
    pub hessians: Option<Vec<T>>,
    pub packed: Option<Vec<T>>,
    pub products: Option<Vec<T>>,
}

impl<T: Real> Outputs<T> {
    /// Runs every operation. Other ways to the same output must give the same bits: gradients in
    /// place or with losses beside them, labels of another type.
    pub fn of(batch: &Batch<T>, backend: Backend) -> Self {
        let loss = batch.options().backend(backend);
        let (logits, n, labels) = (&*batch.logits.0, batch.n_classes, &*batch.labels);
        let upstream = batch.upstream.as_ref().map(|upstream| &*upstream.0);
        let vectors = &*batch.vectors.0;
        let calls = Calls {
            batch,
            labels: labels.iter().map(|label| label.value()).collect(),
            reduction: batch.reduction,
        };

        let mut total = None;
        calls.attempt("total", &[], [], |[]| {
            total = Some(loss.total(logits, n, labels)?);
            Ok(())
        });
        let losses = calls.single("losses", &[], "losses", |out| {
            loss.losses(logits, n, labels, out)
        });
        let probabilities =
            calls
                .unlabelled()
                .single("probabilities", &[], "probabilities", |out| {
                    loss.probabilities(logits, n, out)
                });
        let gradients = calls.single("gradients", &["upstream"], "gradients", |out| {
            loss.gradients(logits, n, labels, upstream, out)
        });
        let diagonals = calls.single("hessian_diagonals", &[], "diagonals", |out| {
            loss.hessian_diagonals(logits, n, labels, out)
        });
        let products = calls.single("hessian_vector_products", &["vectors"], "products", |out| {
            loss.hessian_vector_products(logits, n, labels, vectors, out)
        });
        let (mut hessians, mut packed) = (None, None);
        if has_matrices(batch) {
            hessians = calls.single("hessians", &[], "hessians", |out| {
                loss.hessians(logits, n, labels, out)
            });
            packed = calls.single("packed_hessians", &[], "packed", |out| {
                loss.packed_hessians(logits, n, labels, out)
            });
        }

        let in_place = calls.single("gradients_in_place", &["upstream"], "logits", |out| {
            loss.gradients_in_place(out, n, labels, upstream)
        });
        assert_agree("gradients in place", in_place, &gradients);
        let (beside, gradients_beside) = calls
            .attempt(
                "losses_and_gradients",
                &["upstream"],
                ["losses", "gradients"],
                |[losses, out]| loss.losses_and_gradients(logits, n, labels, upstream, losses, out),
            )
            .map(<(_, _)>::from)
            .unzip();
        assert_agree("losses beside gradients", beside, &losses);
        assert_agree("gradients beside losses", gradients_beside, &gradients);
        let (beside, gradients_beside) = calls
            .attempt(
                "losses_and_gradients_in_place",
                &["upstream"],
                ["losses", "logits"],
                |[losses, out]| {
                    loss.losses_and_gradients_in_place(out, n, labels, upstream, losses)
                },
            )
            .map(<(_, _)>::from)
            .unzip();
        assert_agree("losses beside gradients in place", beside, &losses);
        assert_agree(
            "gradients in place beside losses",
            gradients_beside,
            &gradients,
        );

        if let Some(labels) = narrowed::<u8>(&calls.labels) {
            let out = calls.single("losses", &[], "losses", |out| {
                loss.losses(logits, n, &labels, out)
            });
            assert_agree("losses of labels as u8", out, &losses);
        }
        if let Some(labels) = narrowed::<i32>(&calls.labels) {
            let out = calls.single("losses", &[], "losses", |out| {
                loss.losses(logits, n, &labels, out)
            });
            assert_agree("losses of labels as i32", out, &losses);
        }

        Self {
            total,
            losses,
            gradients,
            probabilities,
            diagonals,
            hessians,
            packed,
            products,
        }
    }

    /// The outputs by name.
    pub fn list(&self) -> [(&'static str, Option<&[T]>); 7] {
        [
            ("losses", self.losses.as_deref()),
            ("gradients", self.gradients.as_deref()),
            ("probabilities", self.probabilities.as_deref()),
            ("Hessian diagonals", self.diagonals.as_deref()),
            ("Hessians", self.hessians.as_deref()),
            ("packed Hessians", self.packed.as_deref()),
            ("Hessian-vector products", self.products.as_deref()),
        ]
    }
}

/// The labels in another type that has them all.
fn narrowed<L: TryFrom<i128>>(labels: &[i128]) -> Option<Vec<L>> {
    labels
        .iter()
        .map(|&label| L::try_from(label).ok())
        .collect()
}

/// The same bits, unless one of the two was refused for a slice that the other has not.
#[track_caller]
fn assert_agree<T: Real>(what: &str, actual: Option<Vec<T>>, expected: &Option<Vec<T>>) {
    if let (Some(actual), Some(expected)) = (actual, expected) {
        assert_same_bits(what, &actual, expected);
    }
}

#[track_caller]
pub fn assert_same_bits<T: Real>(what: &str, actual: &[T], expected: &[T]) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (i, (&a, &b)) in actual.iter().zip(expected).enumerate() {
        assert!(same_bits(a, b), "{what}: entry {i} is {a:?}, not {b:?}");
    }
}

/// What outputs hold before: a number that no operation writes by chance.
const CANARY: f64 = -7.640625e20;

/// No output has more elements; the hugest shapes ask for them and are refused.
const MOST_ELEMENTS: u128 = 1 << 16;

/// The calls of operations on one batch.
struct Calls<'a, T: Real> {
    batch: &'a Batch<T>,
    /// The labels as numbers.
    labels: Vec<i128>,
    reduction: Reduction,
}

impl<T: Real> Calls<'_, T> {
    /// The same for an operation that depends on no label and no option: its rows are those of
    /// the logits.
    fn unlabelled(&self) -> Self {
        let n_logits = self.batch.logits.0.len();
        let n_rows = n_logits.checked_div(self.batch.n_classes).unwrap_or(0);
        Calls {
            batch: self.batch,
            labels: vec![0; n_rows],
            reduction: Reduction::None,
        }
    }

    /// An operation with one output.
    fn single(
        &self,
        operation: &str,
        inputs: &[&'static str],
        output: &'static str,
        call: impl FnOnce(&mut [T]) -> Result<(), Error>,
    ) -> Option<Vec<T>> {
        let outputs = self.attempt(operation, inputs, [output], |[out]| call(out));
        outputs.map(|[out]| out)
    }

    /// Runs an operation on outputs full of canaries, or of the logits for one in place. It must
    /// succeed or refuse as the reference says, and a refused one must leave the outputs alone.
    fn attempt<const N: usize>(
        &self,
        operation: &str,
        inputs: &[&'static str],
        outputs: [&'static str; N],
        call: impl FnOnce([&mut Vec<T>; N]) -> Result<(), Error>,
    ) -> Option<[Vec<T>; N]> {
        let before = outputs.map(|argument| self.before(argument));
        let inputs = inputs
            .iter()
            .map(|&argument| (argument, self.input_len(argument)));
        let outputs = outputs.into_iter().zip(before.iter().map(Vec::len));
        let slices: Vec<_> = inputs
            .chain(outputs)
            .map(|(argument, len)| (argument, len, self.width(argument)))
            .collect();
        let expected = refusal(self.batch, &self.labels, self.reduction, &slices);

        let mut after = before.clone();
        let result = call(after.each_mut());
        assert!(
            same_error(result.err(), expected),
            "{operation}: {result:?}, not {expected:?}"
        );
        if expected.is_none() {
            return Some(after);
        }
        for (before, after) in before.iter().zip(&after) {
            assert_same_bits(operation, after, before);
        }
        None
    }

    /// Elements of an argument in a row.
    fn width(&self, argument: &str) -> u128 {
        let n = self.batch.n_classes as u128;
        match argument {
            "losses" | "upstream" => 1,
            "hessians" => n * n,
            "packed" => n * (n + 1) / 2,
            _ => n,
        }
    }

    fn input_len(&self, argument: &str) -> usize {
        match (argument, &self.batch.upstream) {
            ("upstream", Some(upstream)) => upstream.0.len(),
            // A factor that is not given has no wrong length.
            ("upstream", None) => self.batch.n_rows(),
            _ => self.batch.vectors.0.len(),
        }
    }

    /// What an output holds before the call.
    fn before(&self, argument: &str) -> Vec<T> {
        if argument == "logits" {
            return self.batch.logits.0.clone();
        }
        let len = self
            .width(argument)
            .saturating_mul(self.batch.n_rows() as u128);
        let len = len.min(MOST_ELEMENTS);
        let len = changed_length(self.batch.wrong_length, argument, len as usize);
        vec![T::round(CANARY); len]
    }
}

/// Equal errors, where a denominator that is NaN equals itself.
fn same_error(actual: Option<Error>, expected: Option<Error>) -> bool {
    format!("{actual:?}") == format!("{expected:?}")
}
