//! What a task has to write for a row, the loss apart.

use surprisal_reference::{Row, Wide};

use crate::Task;

/// The exact results of a row.
pub(super) struct Expected {
    values: Vec<Wide>,
    bounds: Option<Vec<Wide>>,
    label: usize,
    largest: usize,
}

/// One of them.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) exact: Wide,
    /// What its error is measured by, where it cancels by nature.
    pub(super) bound: Option<Wide>,
    /// Whether it is that of the label; means nothing in a matrix.
    pub(super) is_label: bool,
    /// Whether it is that of the largest logit; means nothing in a matrix.
    pub(super) is_largest: bool,
}

impl Expected {
    /// `vector` is what the Hessian is multiplied with.
    pub(super) fn new(task: Task, row: &Row, label: usize, vector: &[f64]) -> Self {
        let classes = 0..row.n_classes();
        let values = match task {
            Task::Loss => Vec::new(),
            Task::LossWithGradient => classes.map(|j| row.gradient(label, j)).collect(),
            Task::Probabilities => classes.map(|j| row.probability(j)).collect(),
            Task::HessianDiagonal => classes.map(|j| row.hessian(j, j)).collect(),
            Task::Hessian => classes
                .flat_map(|i| (0..row.n_classes()).map(move |j| row.hessian(i, j)))
                .collect(),
            Task::PackedHessian => classes
                .flat_map(|i| (0..=i).map(move |j| row.hessian(i, j)))
                .collect(),
            Task::HessianVectorProduct => row.hessian_vector_product(vector),
        };
        let cancels = task == Task::HessianVectorProduct;
        Self {
            values,
            bounds: cancels.then(|| row.hessian_vector_bound(vector)),
            label,
            largest: row.argmax(),
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.values.iter().enumerate().map(|(j, &exact)| Entry {
            exact,
            bound: self.bounds.as_ref().map(|bounds| bounds[j]),
            is_label: j == self.label,
            is_largest: j == self.largest,
        })
    }
}
