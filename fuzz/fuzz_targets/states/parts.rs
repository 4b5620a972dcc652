//! A batch in parts.

use surprisal::{Backend, CrossEntropy, RowState};
use surprisal_fuzz::{
    assert_same_bits,
    backends::two_of_a_class,
    bytes::Bytes,
    numbers::{Numbers, Real},
};
use surprisal_reference::{Row, Wide, budget::PROMISE, error_measure::ulps};

/// Rows, and where they are cut.
#[derive(Debug)]
pub struct Parts<T: Real> {
    backends: [Backend; 2],
    n_classes: usize,
    labels: Vec<i64>,
    /// Ends of the parts, ascending; the last one is the number of classes.
    ends: Vec<usize>,
    /// Which of the neighbours are merged first.
    order: Vec<u8>,
    logits: Numbers<T>,
}

/// What is computed from the states of whole rows.
struct Outputs<T> {
    states: Vec<RowState<T>>,
    losses: Vec<T>,
    gradients: Vec<T>,
}

/// Most rows have this many classes at most.
const WIDEST_NARROW: usize = 72;

/// The label of ignored rows.
const IGNORED: i64 = -1;

impl<T: Real> Parts<T> {
    pub fn read(bytes: &mut Bytes<'_>) -> Self {
        let backends = two_of_a_class(bytes);
        let block = RowState::<T>::BLOCK_LEN;
        // The fuzzer likes to insert 255, which takes a narrow row.
        let n_classes = match bytes.byte() {
            // On both sides of the ends of blocks.
            253 => block * (1 + bytes.below(2)) - 2 + bytes.below(5),
            254 => 1 + bytes.below(3 * block),
            narrow => 1 + usize::from(narrow) % WIDEST_NARROW,
        };
        let n_rows = 1 + usize::from(bytes.byte()) % (96 / n_classes).clamp(1, 20);
        let mut ends: Vec<usize> = (0..bytes.byte() % 8)
            .map(|_| bytes.below(n_classes + 1))
            .chain([n_classes])
            .collect();
        ends.sort_unstable();
        let order = ends.iter().map(|_| bytes.byte()).collect();
        let labels = (0..n_rows)
            .map(|_| match bytes.byte() {
                255 => IGNORED,
                _ => bytes.below(n_classes) as i64,
            })
            .collect();
        Self {
            backends,
            n_classes,
            labels,
            ends,
            order,
            logits: Numbers::read(bytes, n_rows * n_classes),
        }
    }

    /// Whether rows may have several blocks.
    pub fn are_wide(&self) -> bool {
        self.n_classes > WIDEST_NARROW
    }

    pub fn check(&self) {
        let [backend, other] = self.backends.map(|backend| self.of_parts(backend));
        assert_eq!(self.bits(&backend.states), self.bits(&other.states));
        assert_same_bits("losses", &backend.losses, &other.losses);
        assert_same_bits("gradients", &backend.gradients, &other.gradients);
        self.check_values(&backend);
        self.check_blocks();
    }

    fn loss(&self, backend: Backend) -> CrossEntropy<'_> {
        CrossEntropy::new().backend(backend).ignore_label(IGNORED)
    }

    /// Columns of the rows.
    fn columns(&self, start: usize, end: usize) -> Vec<T> {
        let rows = self.logits.0.chunks_exact(self.n_classes);
        let parts: Vec<&[T]> = rows.map(|row| &row[start..end]).collect();
        parts.concat()
    }

    /// States of columns, which survive as numbers.
    fn states(&self, backend: Backend, start: usize, end: usize) -> Vec<RowState<T>> {
        let mut states = vec![RowState::EMPTY; self.labels.len()];
        if start < end {
            let part = self.columns(start, end);
            let loss = self.loss(backend);
            loss.row_states(&part, end - start, &mut states).unwrap();
        }
        let numbers = states.into_iter().map(RowState::to_parts);
        numbers.map(RowState::from_parts).collect()
    }

    /// States of parts, of which neighbours are merged in the fuzzer's order, and what follows from
    /// those of the whole rows; the gradients by the same parts.
    fn of_parts(&self, backend: Backend) -> Outputs<T> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let parts = starts.zip(&self.ends);
        let mut parts: Vec<Vec<RowState<T>>> = parts
            .clone()
            .map(|(start, &end)| self.states(backend, start, end))
            .collect();
        let mut order = self.order.iter().cycle();
        while parts.len() > 1 {
            let first = usize::from(*order.next().unwrap_or(&0)) % (parts.len() - 1);
            let next = parts.remove(first + 1);
            let merged = &mut parts[first];
            self.loss(backend).merge_row_states(merged, &next).unwrap();
        }
        self.outputs(backend, parts.remove(0), &self.ends)
    }

    /// Losses and gradients of whole rows, the gradients by columns that end at `ends`.
    fn outputs(&self, backend: Backend, states: Vec<RowState<T>>, ends: &[usize]) -> Outputs<T> {
        let loss = self.loss(backend);
        let (n, n_rows) = (self.n_classes, self.labels.len());
        let label_logits: Vec<T> = (0..n_rows)
            .map(|row| self.logits.0[row * n + self.labels[row].max(0) as usize])
            .collect();
        let mut losses = vec![T::round(0.0); n_rows];
        loss.losses_of_states(&states, &label_logits, &mut losses)
            .unwrap();
        // States know nothing of labels, nor that one is ignored.
        for (loss, &label) in losses.iter_mut().zip(&self.labels) {
            if label == IGNORED {
                *loss = T::round(0.0);
            }
        }
        let mut gradients = vec![T::round(0.0); n_rows * n];
        let mut start = 0;
        for &end in ends.iter().filter(|&&end| end > 0) {
            if start == end {
                continue;
            }
            let part = self.columns(start, end);
            let mut of_part = vec![T::round(0.0); part.len()];
            let width = end - start;
            loss.gradients_of_states(
                &states,
                &part,
                width,
                start,
                &self.labels,
                None,
                &mut of_part,
            )
            .unwrap();
            for (row, of_part) in of_part.chunks_exact(width).enumerate() {
                gradients[row * n + start..row * n + end].copy_from_slice(of_part);
            }
            start = end;
        }
        Outputs {
            states,
            losses,
            gradients,
        }
    }

    /// Within the promise of the exact values.
    fn check_values(&self, outputs: &Outputs<T>) {
        let n = self.n_classes;
        for (row, &label) in self.labels.iter().enumerate() {
            let exact = Row::new(&self.logits.0[row * n..][..n]);
            let value = |value: Wide| if label == IGNORED { Wide::ZERO } else { value };
            let label = label.max(0) as usize;
            let check = |what: &str, actual: T, exact: Wide| {
                let error = ulps(actual, exact);
                assert!(
                    error <= PROMISE,
                    "{what} of row {row} on {} is {actual:?}, exactly {}, {error} ulp off",
                    self.backends[0],
                    exact.to_f64(),
                );
            };
            check("loss", outputs.losses[row], value(exact.loss(label)));
            for (j, &actual) in outputs.gradients[row * n..][..n].iter().enumerate() {
                check("gradient", actual, value(exact.gradient(label, j)));
            }
        }
    }

    /// Fixed blocks merged in order have the bits of the whole rows, whatever shards the gradients
    /// are computed in.
    fn check_blocks(&self) {
        let [backend, _] = self.backends;
        let (n, block) = (self.n_classes, RowState::<T>::BLOCK_LEN);
        let loss = self.loss(backend);
        let mut states = vec![RowState::EMPTY; self.labels.len()];
        for start in (0..n).step_by(block) {
            let next = self.states(backend, start, n.min(start + block));
            loss.merge_row_states(&mut states, &next).unwrap();
            let nothing = vec![RowState::EMPTY; states.len()];
            loss.merge_row_states(&mut states, &nothing).unwrap();
        }
        let outputs = self.outputs(backend, states, &self.ends);
        let mut losses = vec![T::round(0.0); self.labels.len()];
        let mut gradients = vec![T::round(0.0); self.logits.0.len()];
        loss.losses_and_gradients(
            &self.logits.0,
            n,
            &self.labels,
            None,
            &mut losses,
            &mut gradients,
        )
        .unwrap();
        assert_same_bits("losses of blocks", &outputs.losses, &losses);
        assert_same_bits("gradients of shards", &outputs.gradients, &gradients);
    }

    /// The numbers of states, of which NaN equals itself.
    fn bits(&self, states: &[RowState<T>]) -> Vec<[Option<u64>; 5]> {
        let bits = |number: T| {
            let number = number.value();
            (!number.is_nan()).then_some(number.to_bits())
        };
        let states = states.iter().map(|state| state.to_parts());
        states.map(|parts| parts.map(bits)).collect()
    }
}
