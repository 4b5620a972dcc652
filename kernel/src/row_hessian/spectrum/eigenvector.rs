//! Eigenvectors of length 1.

use super::{
    super::over,
    secular::{Place, Secular},
};
use crate::element::{Element, Float};

/// Squares that are added one after the other, before the sums of so many are.
const BLOCK: usize = 256;

impl<T: Element> Secular<'_, T> {
    /// Writes the eigenvector of a place, given d and u of each class.
    pub(super) fn eigenvector(
        &self,
        place: Place<T>,
        classes: impl Iterator<Item = (T, T)> + Clone,
        vector: &mut [T],
    ) {
        let classes = classes.map(|(d, u)| (d, self.part((d, u))));
        let entries = vector.iter_mut().zip(classes.clone());
        match place {
            Place::Undefined => return vector.fill(T::NAN),
            Place::Null => {
                for (entry, (d, u)) in entries {
                    *entry = over(u, d);
                }
            }
            Place::Root { pole, offset } => {
                // The classes of the pole are all that counts where their entries overflow.
                let outweighs = |(d, u): (T, T)| {
                    d * self.lift == pole && u != T::ZERO && !(u * self.lift / offset).is_finite()
                };
                let is_single = classes.clone().any(outweighs);
                for (entry, (d, u)) in entries {
                    let distance = d * self.lift - pole;
                    *entry = if is_single || u == T::ZERO {
                        if distance == T::ZERO { u } else { T::ZERO }
                    } else {
                        u * self.lift / (distance - offset)
                    };
                }
            }
            Place::Pole { pole, number } => {
                let members = classes
                    .enumerate()
                    .filter(|(_, (d, _))| *d * self.lift == pole)
                    .map(|(class, (_, u))| (class, u));
                at_pole(&members, number, vector);
            }
        }
        normalise(vector);
    }
}

/// Vector `number` of a basis of the classes at one pole, given with their u: the first are
/// orthogonal to u as Helmert's, each taking one class more than the one before; the last is u.
/// Where u is 0, the vectors are those of single classes.
fn at_pole<T: Float>(
    members: &(impl Iterator<Item = (usize, T)> + Clone),
    number: usize,
    vector: &mut [T],
) {
    let first = || members.clone().take(number + 1);
    let largest = first().fold(T::ZERO, |largest, (_, u)| largest.larger(u.magnitude()));
    vector.fill(T::ZERO);
    let mut write = |class, entry| {
        if let Some(place) = vector.get_mut(class) {
            *place = entry;
        }
    };
    if largest == T::ZERO {
        if let Some((class, _)) = first().last() {
            write(class, T::ONE);
        }
        return;
    }
    // The vector is u times the next class's u, and there minus the sum of squares: both divided
    // by what keeps them in range.
    let squares = first().fold(T::ZERO, |sum, (_, u)| sum + u / largest * (u / largest));
    let (factor, next) = match members.clone().nth(number + 1) {
        Some((class, u)) if u.magnitude() > largest => (T::ONE, Some((class, largest / u))),
        Some((class, u)) => (u / largest, Some((class, T::ONE))),
        None => (T::ONE, None),
    };
    for (class, u) in first() {
        write(class, u / largest * factor);
    }
    if let Some((class, factor)) = next {
        write(class, -squares * factor);
    }
}

/// Divides by the length, in units of the largest entry, whose square is in range.
fn normalise<T: Float>(vector: &mut [T]) {
    let largest = vector
        .iter()
        .fold(T::ZERO, |largest, &entry| largest.larger(entry.magnitude()));
    let mut squares = T::ZERO;
    for block in vector.chunks_mut(BLOCK) {
        let mut sum = T::ZERO;
        for entry in block {
            *entry = *entry / largest;
            sum = sum + *entry * *entry;
        }
        squares = squares + sum;
    }
    let length = squares.sqrt();
    for entry in vector {
        *entry = *entry / length;
    }
}
