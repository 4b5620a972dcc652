//! How much every row and every class of it weighs: what weights, label smoothing and target
//! probabilities come to.
//!
//! Every row has target weights t_c >= 0, so that its loss is sum_c t_c (lse - z_c). Plain rows
//! have 1 at the label. Rows without smoothing and target probabilities have one at the label
//! still, so all of their outputs are those of the plain row times a factor.

use crate::{
    objective::terms::{Smoothing, Terms},
    pair::{PLAIN, Pair, Plain, two_sum},
    values::Values,
    vector::Vector,
};

/// Weights of the rows of a batch and of their classes, all of them checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights<'a> {
    classes: Option<Values<'a>>,
    rows: Option<Values<'a>>,
    probabilities: Option<Values<'a>>,
    n_classes: usize,
    /// The sums of all of a row, where that is all that is known.
    totals: Option<&'a [Pair<f64>]>,
    /// What the label keeps, and what every class gets, of a row's target: 1 and nothing without
    /// smoothing.
    kept: Pair<f64>,
    spread: Option<Pair<f64>>,
    /// The sum of the class weights, where smoothing spreads over them.
    of_all_classes: Pair<f64>,
}

fn quotient(a: f64, b: f64) -> Pair<f64> {
    Pair::exactly(a).over(Pair::exactly(b))
}

/// 1 - `part`, exactly.
fn remainder(part: f64) -> Pair<f64> {
    two_sum(1.0, -part)
}

impl<'a> Weights<'a> {
    pub(crate) fn new(
        classes: Option<Values<'a>>,
        rows: Option<Values<'a>>,
        terms: Option<&Terms<'a>>,
        n_classes: usize,
    ) -> Self {
        let (kept, spread) = match terms.map(|terms| terms.smoothing) {
            None | Some(Smoothing::OverAll(0.0) | Smoothing::OverOthers(0.0)) => {
                (Pair::exactly(1.0), None)
            }
            Some(Smoothing::OverAll(part)) => {
                let spread = quotient(part, n_classes as f64);
                (remainder(part), Some(spread))
            }
            // There is no other class to spread over.
            Some(Smoothing::OverOthers(_)) if n_classes == 1 => (Pair::exactly(1.0), None),
            Some(Smoothing::OverOthers(part)) => {
                let spread = quotient(part, n_classes as f64 - 1.0);
                let less = Pair {
                    high: -spread.high,
                    low: -spread.low,
                };
                (remainder(part).plus(less), Some(spread))
            }
        };
        let of_all_classes = match (spread, classes) {
            (Some(_), Some(weights)) => weights.iter().fold(Pair::exactly(0.0), |total, weight| {
                total.plus(Pair::exactly(weight))
            }),
            _ => Pair::exactly(n_classes as f64),
        };
        Self {
            classes,
            rows,
            probabilities: terms.and_then(|terms| terms.probabilities),
            n_classes,
            totals: None,
            kept,
            spread,
            of_all_classes,
        }
    }

    /// The sums of the target weights of rows, and no more.
    pub(crate) fn of_totals(totals: &'a [Pair<f64>]) -> Self {
        Self {
            totals: Some(totals),
            ..Self::new(None, None, None, 1)
        }
    }

    /// Number of classes.
    pub(crate) fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Those of rows that count alike, whatever their classes.
    pub(crate) fn none() -> Self {
        Self::new(None, None, None, 1)
    }

    /// What a label keeps of its target.
    pub(crate) fn kept(&self) -> Pair<f64> {
        self.kept
    }

    /// Of one class.
    pub(crate) fn of_class(&self, class: usize) -> Pair<f64> {
        let weight = self.classes.and_then(|weights| weights.get(class));
        Pair::exactly(weight.unwrap_or(1.0))
    }

    pub(crate) fn of_row(&self, row: usize) -> Pair<f64> {
        let weight = self.rows.and_then(|weights| weights.get(row));
        Pair::exactly(weight.unwrap_or(1.0))
    }

    /// Whether every row counts alike, with one target weight of 1.
    #[inline(always)]
    pub(crate) fn are_one(&self) -> bool {
        self.classes.is_none()
            && self.rows.is_none()
            && self.probabilities.is_none()
            && self.totals.is_none()
    }

    /// What the loss of a row counts in the weight of a batch: as in PyTorch the class weight of
    /// its label, or 1 for a row of target probabilities, times the row's weight.
    pub(crate) fn counted(&self, row: usize, class: usize) -> f64 {
        let of_class = match self.probabilities {
            Some(_) => 1.0,
            None => self.of_class(class).high,
        };
        self.of_row(row).high * of_class
    }

    /// The target weight of the label of a row apart from what every class gets; zero for a row
    /// of target probabilities.
    pub(crate) fn of_label(&self, row: usize, class: usize) -> Pair<f64> {
        if self.probabilities.is_some() {
            return Pair::exactly(0.0);
        }
        self.of_row(row)
            .times(self.kept.times(self.of_class(class)))
    }

    /// The sum of the target weights of a row: the factor of all outputs of a row that has one at
    /// the label only, and of the Hessian of every row. `None` for 1 in every row.
    pub(crate) fn total(&self, row: usize, class: usize) -> Option<Pair<f64>> {
        if self.are_one() {
            return None;
        }
        if let Some(totals) = self.totals {
            return totals.get(row).copied();
        }
        let of_classes = if self.probabilities.is_some() {
            self.total_of_classes(row)
        } else {
            let label = self.of_class(class);
            match self.spread {
                Some(spread) => {
                    let label = self.kept.times(label);
                    label.plus(spread.times(self.of_all_classes))
                }
                None => label,
            }
        };
        // Few rows have weights of both kinds.
        Some(match self.rows {
            Some(_) => self.of_row(row).times(of_classes),
            None => of_classes,
        })
    }

    /// The sum of the target weights of all classes without the row's weight, in as many sums as do not
    /// wait for each other.
    fn total_of_classes(&self, row: usize) -> Pair<f64> {
        let mut sums = [Pair::exactly(0.0); 8];
        if let (Some(probabilities), None, None) = (self.probabilities, self.spread, self.classes) {
            let start = row.wrapping_mul(self.n_classes);
            probabilities.add_to(start..start.wrapping_add(self.n_classes), &mut sums);
        } else {
            for first in (0..self.n_classes).step_by(sums.len()) {
                for (class, sum) in (first..self.n_classes).zip(&mut sums) {
                    let target = self.target::<Plain<f64>>(PLAIN, row, class).first_lane();
                    *sum = sum.plus(target);
                }
            }
        }
        let [a, b, c, d, e, f, g, h] = sums;
        let halves = [[[a, b], [c, d]], [[e, f], [g, h]]].map(|half| {
            let [first, second] = half.map(|[left, right]| left.plus(right));
            first.plus(second)
        });
        let [first, second] = halves;
        first.plus(second)
    }

    /// What every class gets of the target of a row without the row's weight, if that is the same
    /// for all of them: nothing for a plain label.
    pub(crate) fn of_every_class(&self) -> Option<Pair<f64>> {
        match (self.probabilities, self.classes, self.spread) {
            (Some(_), ..) | (None, Some(_), Some(_)) => None,
            (None, None, Some(spread)) => Some(spread),
            (None, _, None) => Some(Pair::exactly(0.0)),
        }
    }

    /// The target weights of a row where they are nothing but probabilities.
    #[inline(always)]
    pub(crate) fn probabilities_alone(&self, row: usize) -> Option<Values<'a>> {
        match (self.probabilities, self.classes, self.rows, self.spread) {
            (Some(probabilities), None, None, None) => {
                let start = row.wrapping_mul(self.n_classes);
                Some(probabilities.range(start..start.wrapping_add(self.n_classes)))
            }
            _ => None,
        }
    }

    /// Target weights of classes from `first` on without the row's weight and what
    /// [`of_label`](Self::of_label) gives; any beyond the last class.
    #[inline(always)]
    pub(crate) fn target<V: Vector<Element = f64>>(
        &self,
        arch: V::Arch,
        row: usize,
        first: usize,
    ) -> Pair<V> {
        let zero = Pair::new(V::splat(arch, 0.0), V::splat(arch, 0.0));
        let spread = self.spread.map(
            #[inline(always)]
            |spread| Pair::splat(arch, spread),
        );
        let of_classes = match (&self.probabilities, spread) {
            (Some(probabilities), spread) => {
                let start = row.wrapping_mul(self.n_classes).wrapping_add(first);
                let mixed = Pair::from_one(arch, probabilities.load(arch, start));
                match spread {
                    Some(spread) => mixed.mul(Pair::splat(arch, self.kept)).add(spread),
                    None => mixed,
                }
            }
            (None, Some(spread)) => spread,
            (None, None) => return zero,
        };
        match &self.classes {
            Some(weights) => of_classes.mul(Pair::from_one(arch, weights.load(arch, first))),
            None => of_classes,
        }
    }
}
