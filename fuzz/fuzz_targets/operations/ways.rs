//! The operations, and the other ways to the same output.

use surprisal::{Backend, Bf16, Error, F16, Label, Total};
use surprisal_fuzz::{
    assert_same_bits,
    numbers::{Real, same_bits},
};

use crate::{
    batch::{Batch, Operation},
    faults::Rows,
};

impl<T: Real> Batch<T> {
    /// Runs the operation on a backend; `None` where it is refused.
    pub fn run(&self, backend: Backend) -> Option<Vec<T>> {
        match self.operation {
            Operation::Losses => self.losses(backend),
            Operation::Gradients => self.gradients(backend),
            Operation::Probabilities => self.probabilities(backend),
            Operation::Diagonals => self.diagonals(backend),
            Operation::Matrices => self.matrices(backend),
            Operation::Products => self.products(backend),
        }
    }

    fn losses(&self, backend: Backend) -> Option<Vec<T>> {
        let loss = self.options.loss(backend);
        let (logits, n, labels) = (&*self.logits.0, self.n_classes, &*self.labels);
        let losses = self.single(&["logits"], "losses", |out| {
            loss.losses(logits, n, labels, out)
        });
        match self.way % 4 {
            0 => {
                let mut total = Total::default();
                let outputs = self.attempt(Rows::OfLabels, &["logits"], [], |[]| {
                    total = loss.total(logits, n, labels)?;
                    Ok(())
                });
                if let (Some([]), Some(losses)) = (outputs, &losses) {
                    self.check_total(total, losses);
                }
            }
            1 => self.with_labels::<u8>(&losses, |labels, out| loss.losses(logits, n, labels, out)),
            2 => {
                self.with_labels::<i32>(&losses, |labels, out| loss.losses(logits, n, labels, out))
            }
            _ => {
                self.with_labels::<u64>(&losses, |labels, out| loss.losses(logits, n, labels, out))
            }
        }
        losses
    }

    /// Losses with the labels in another type, where that has them all.
    fn with_labels<L: Label + TryFrom<i64>>(
        &self,
        expected: &Option<Vec<T>>,
        call: impl FnOnce(&[L], &mut [T]) -> Result<(), Error>,
    ) {
        let labels = self.labels.iter().map(|&label| L::try_from(label).ok());
        if let Some(labels) = labels.collect::<Option<Vec<_>>>() {
            let losses = self.single(&["logits"], "losses", |out| call(&labels, out));
            assert_agree("losses of labels of another type", &losses, expected);
        }
    }

    /// Sums and counts of the losses.
    fn check_total(&self, actual: Total, losses: &[T]) {
        let mut expected = Total::default();
        for (row, &loss) in losses.iter().enumerate() {
            if self.is_ignored(row) {
                expected.add_ignored();
            } else {
                expected.add_row(loss.value(), 0.0);
            }
        }
        let what = format!("{actual:?}, not {expected:?}");
        assert!(same_bits(actual.sum, expected.sum), "{what}");
        let (exact, unit) = self.weight_of_rows();
        assert!((actual.weight - exact).abs() <= unit, "{what}: {exact}");
        let counts = |total: Total| {
            (
                total.rows_counted,
                total.rows_ignored,
                total.rows_non_finite,
            )
        };
        assert_eq!(counts(actual), counts(expected));
    }

    fn gradients(&self, backend: Backend) -> Option<Vec<T>> {
        let loss = self.options.loss(backend);
        let (logits, n, labels) = (&*self.logits.0, self.n_classes, &*self.labels);
        let upstream = self.upstream.as_ref().map(|upstream| &*upstream.0);
        let gradients = self.single(&["logits", "upstream"], "gradients", |out| {
            loss.gradients(logits, n, labels, upstream, out)
        });
        let (other, losses) = match self.way % 4 {
            0 => {
                let in_place = self.single(&["upstream"], "logits", |out| {
                    loss.gradients_in_place(out, n, labels, upstream)
                });
                (in_place, None)
            }
            1 => self
                .attempt(
                    Rows::OfLabels,
                    &["logits", "upstream"],
                    ["gradients", "losses"],
                    |[out, losses]| {
                        loss.losses_and_gradients(logits, n, labels, upstream, losses, out)
                    },
                )
                .map(<(_, _)>::from)
                .unzip(),
            2 => self
                .attempt(
                    Rows::OfLabels,
                    &["upstream"],
                    ["logits", "losses"],
                    |[out, losses]| {
                        loss.losses_and_gradients_in_place(out, n, labels, upstream, losses)
                    },
                )
                .map(<(_, _)>::from)
                .unzip(),
            _ => {
                self.halves(backend);
                return gradients;
            }
        };
        assert_agree("gradients in another way", &other, &gradients);
        if losses.is_some() {
            let alone = self.single(&["logits"], "losses", |out| {
                loss.losses(logits, n, labels, out)
            });
            assert_agree("losses beside gradients", &losses, &alone);
        }
        gradients
    }

    /// Gradients of logits of 16 bits are those of the same logits in `f32`.
    fn halves(&self, backend: Backend) {
        let loss = self.options.loss(backend);
        let (n, labels) = (self.n_classes, &*self.labels);
        let narrow = |logit: &T| logit.value() as f32;
        let mut gradients = [(); 2].map(|()| vec![0.0_f32; self.logits.0.len()]);
        let [of_halves, widened] = &mut gradients;
        let outcomes = if self.way & 4 == 0 {
            let narrow = |logit| Bf16::from_f32(narrow(logit));
            let logits: Vec<Bf16> = self.logits.0.iter().map(narrow).collect();
            let wide: Vec<f32> = logits.iter().map(|logit| logit.to_f32()).collect();
            [
                loss.gradients(&logits, n, labels, None, of_halves),
                loss.gradients(&wide, n, labels, None, widened),
            ]
        } else {
            let narrow = |logit| F16::from_f32(narrow(logit));
            let logits: Vec<F16> = self.logits.0.iter().map(narrow).collect();
            let wide: Vec<f32> = logits.iter().map(|logit| logit.to_f32()).collect();
            [
                loss.gradients(&logits, n, labels, None, of_halves),
                loss.gradients(&wide, n, labels, None, widened),
            ]
        };
        let [of_halves, widened] = outcomes.map(|outcome| format!("{outcome:?}"));
        assert_eq!(of_halves, widened);
        let [of_halves, widened] = &gradients;
        assert_same_bits("gradients of 16 bits", of_halves, widened);
    }

    fn probabilities(&self, backend: Backend) -> Option<Vec<T>> {
        let loss = self.options.loss(backend);
        let outputs = self.attempt(Rows::OfLogits, &["logits"], ["probabilities"], |[out]| {
            loss.probabilities(&self.logits.0, self.n_classes, out)
        });
        outputs.map(|[out]| out)
    }

    fn diagonals(&self, backend: Backend) -> Option<Vec<T>> {
        let loss = self.options.loss(backend);
        self.single(&["logits"], "diagonals", |out| {
            loss.hessian_diagonals(&self.logits.0, self.n_classes, &self.labels, out)
        })
    }

    /// Packed matrices, of which dense ones are the mirror images.
    fn matrices(&self, backend: Backend) -> Option<Vec<T>> {
        let loss = self.options.loss(backend);
        let (logits, n, labels) = (&*self.logits.0, self.n_classes, &*self.labels);
        let packed = self.single(&["logits"], "packed", |out| {
            loss.packed_hessians(logits, n, labels, out)
        });
        let dense = self.single(&["logits"], "hessians", |out| {
            loss.hessians(logits, n, labels, out)
        });
        // The hugest rows have no entry, and no number of entries.
        let dense = dense.filter(|dense| !dense.is_empty());
        if let (Some(dense), Some(packed)) = (dense, &packed) {
            let size = n * (n + 1) / 2;
            let entry = |at: usize| {
                let (row, i, j) = (at / n / n, at / n % n, at % n);
                let (i, j) = (i.max(j), i.min(j));
                packed[row * size + i * (i + 1) / 2 + j]
            };
            let mirrored: Vec<T> = (0..dense.len()).map(entry).collect();
            assert_same_bits("dense Hessians", &dense, &mirrored);
        }
        packed
    }

    fn products(&self, backend: Backend) -> Option<Vec<T>> {
        let loss = self.options.loss(backend);
        let (logits, n, vectors) = (&*self.logits.0, self.n_classes, &*self.vectors.0);
        self.single(&["logits", "vectors"], "products", |out| {
            loss.hessian_vector_products(logits, n, &self.labels, vectors, out)
        })
    }
}

/// The same bits, unless one of the two was refused for a slice that the other has not.
#[track_caller]
fn assert_agree<T: Real>(what: &str, actual: &Option<Vec<T>>, expected: &Option<Vec<T>>) {
    if let (Some(actual), Some(expected)) = (actual, expected) {
        assert_same_bits(what, actual, expected);
    }
}
