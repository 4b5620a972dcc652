//! Target weights of the classes of one row.

use super::row::Place;
use crate::{pair::Pair, values::Values, vector::Vector, weights::Weights};

/// The target weights; pairs have the same number in every lane.
#[derive(Clone, Copy)]
pub(crate) struct Targets<'a, V: Vector> {
    arch: V::Arch,
    place: Place,
    weights: &'a Weights<'a>,
    /// The weight of the row.
    pub(crate) of_row: Pair<V>,
    /// What the label has apart from what every class has.
    pub(crate) of_label: Pair<V>,
    /// What every class has, where that is the same.
    of_every_class: Option<Pair<V>>,
    /// All of them, where they are nothing else.
    probabilities: Option<Values<'a>>,
}

impl<'a, V: Vector<Element = f64>> Targets<'a, V> {
    #[inline(always)]
    pub(crate) fn of(arch: V::Arch, place: Place, weights: &'a Weights<'a>) -> Self {
        let of_row = Pair::splat(arch, weights.of_row(place.row));
        Self {
            arch,
            place,
            weights,
            of_row,
            of_label: Pair::splat(arch, weights.of_label(place.row, place.class)),
            of_every_class: weights.of_every_class().map(
                #[inline(always)]
                |of_class| Pair::splat(arch, of_class).mul(of_row),
            ),
            probabilities: weights.probabilities_alone(place.row),
        }
    }

    /// Whether all classes but the label have none.
    #[inline(always)]
    pub(crate) fn are_of_label_only(&self) -> bool {
        self.of_every_class.is_some_and(
            #[inline(always)]
            |of_class| of_class.high.first_lane() == 0.0,
        )
    }

    /// Of the classes from `first` on, which have these numbers; zero beyond the last.
    #[inline(always)]
    pub(crate) fn of_classes(&self, index: V, first: usize) -> Pair<V> {
        if let Some(probabilities) = self.probabilities {
            return Pair::from_one(self.arch, probabilities.load(self.arch, first));
        }
        let zero = V::splat(self.arch, 0.0);
        let is_label = index.equal(V::splat(self.arch, self.place.class as f64));
        let of_label = Pair::select(is_label, self.of_label, Pair::new(zero, zero));
        if self.are_of_label_only() {
            return of_label;
        }
        let of_class = self.of_every_class.unwrap_or_else(
            #[inline(always)]
            || {
                let of_class = self.weights.target::<V>(self.arch, self.place.row, first);
                of_class.mul(self.of_row)
            },
        );
        let n_classes = V::splat(self.arch, self.place.n_classes.get() as f64);
        let of_class = Pair::select(index.less_than(n_classes), of_class, Pair::new(zero, zero));
        of_class.add(of_label)
    }
}
