//! The error budgets, as data that can only tighten.
//!
//! The kernel's tests run every operation over the tiers of inputs and the vectors, and hold the
//! worst error they see against [`Budget::of`] with [`Budget::tightness`]: an error above the
//! figure fails, and so does a figure that is more than [`SLACK`] above the worst error. So a
//! kernel that becomes worse fails, and one that becomes better has to say so here. A figure is
//! the worst error seen, rounded up to a multiple of 0.05; many are those of rows that a search, or
//! the run over every `f32`, has found, [`found`](crate::tiers::found()).

use std::{error, fmt};

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Losses of rows.
    Loss,
    /// Entries of gradients.
    Gradient,
    /// Entries of the softmax.
    Probability,
    /// Entries of the diagonals of Hessians.
    HessianDiagonal,
    /// Entries of dense and packed Hessians.
    Hessian,
    /// Entries of Hessian-vector products. Its figures are not ulps but multiples of the bound of
    /// the formula, [`roundings`](crate::error_measure::roundings) of
    /// [`hessian_vector_bound`](crate::Row::hessian_vector_bound).
    HessianVectorProduct,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Loss,
        Self::Gradient,
        Self::Probability,
        Self::HessianDiagonal,
        Self::Hessian,
        Self::HessianVectorProduct,
    ];
}

/// The type of logits and outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementType {
    /// `f32`.
    F32,
    /// `f64`.
    F64,
}

/// The arithmetic of a backend; backends of one class give the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Products and sums are fused (FMA).
    Fused,
    /// They are rounded separately.
    Unfused,
}

/// What is promised to users for everything measured in ulps: no figure may be above.
pub const PROMISE: f64 = 2.0;

/// How far a figure may be above the worst error seen.
pub const SLACK: f64 = 0.1;

/// Operation, element type, figure for the fused class, figure for the unfused class.
const TABLE: [(Operation, ElementType, f64, f64); 12] = [
    (Operation::Loss, ElementType::F32, 1.1, 1.05),
    (Operation::Loss, ElementType::F64, 1.05, 1.1),
    (Operation::Gradient, ElementType::F32, 1.55, 1.75),
    (Operation::Gradient, ElementType::F64, 1.5, 1.7),
    (Operation::Probability, ElementType::F32, 1.55, 1.75),
    (Operation::Probability, ElementType::F64, 1.5, 1.7),
    (Operation::HessianDiagonal, ElementType::F32, 1.1, 1.1),
    (Operation::HessianDiagonal, ElementType::F64, 1.05, 1.1),
    (Operation::Hessian, ElementType::F32, 1.1, 1.1),
    (Operation::Hessian, ElementType::F64, 1.15, 1.1),
    (Operation::HessianVectorProduct, ElementType::F32, 3.4, 3.5),
    (Operation::HessianVectorProduct, ElementType::F64, 3.5, 3.8),
];

/// One figure, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// What is computed.
    pub operation: Operation,
    /// In which type.
    pub element: ElementType,
    /// In which arithmetic.
    pub class: Class,
    /// The error allowed: ulps, and for products multiples of their bound.
    pub ulps: f64,
}

impl Budget {
    /// All budgets.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE
            .into_iter()
            .flat_map(|(operation, element, fused, unfused)| {
                [(Class::Fused, fused), (Class::Unfused, unfused)].map(|(class, ulps)| Self {
                    operation,
                    element,
                    class,
                    ulps,
                })
            })
    }

    /// The budget of an operation.
    ///
    /// # Panics
    /// Never: a test sees that the table is complete.
    pub fn of(operation: Operation, element: ElementType, class: Class) -> Self {
        Self::all()
            .find(|b| (b.operation, b.element, b.class) == (operation, element, class))
            .expect("the table has every combination")
    }

    /// Whether an error is within the budget. NaN is not.
    pub fn allows(&self, error: f64) -> bool {
        error <= self.ulps
    }

    /// Holds the worst error that was seen over all inputs against the figure.
    ///
    /// # Errors
    /// If the error is above the figure, or the figure looser than needed.
    pub fn tightness(&self, worst: f64) -> Result<(), Misfit> {
        if !self.allows(worst) {
            Err(Misfit::Exceeded {
                budget: *self,
                worst,
            })
        } else if worst < self.ulps - SLACK {
            Err(Misfit::Loose {
                budget: *self,
                worst,
            })
        } else {
            Ok(())
        }
    }
}

/// Why a figure does not fit what was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Misfit {
    /// The error is above the budget.
    Exceeded {
        /// The budget.
        budget: Budget,
        /// The worst error.
        worst: f64,
    },
    /// The budget is looser than needed.
    Loose {
        /// The budget.
        budget: Budget,
        /// The worst error.
        worst: f64,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (budget, worst, verdict) = match self {
            Self::Exceeded { budget, worst } => (budget, worst, "is exceeded"),
            Self::Loose { budget, worst } => (budget, worst, "is looser than needed"),
        };
        let Budget {
            operation,
            element,
            class,
            ulps,
        } = budget;
        write!(
            f,
            "the budget of {ulps} for {operation:?}, {element:?}, {class:?} {verdict}: \
             the worst error is {worst}"
        )
    }
}

impl error::Error for Misfit {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_complete_and_keeps_the_promise() {
        let mut expected = 0;
        for operation in Operation::ALL {
            for element in [ElementType::F32, ElementType::F64] {
                for class in [Class::Fused, Class::Unfused] {
                    expected += 1;
                    let budget = Budget::of(operation, element, class);
                    let in_ulps = operation != Operation::HessianVectorProduct;
                    // No kernel rounds a result of its own better than to half an ulp.
                    assert!(budget.ulps >= 0.5, "{budget:?}");
                    assert!(!in_ulps || budget.ulps <= PROMISE, "{budget:?}");
                }
            }
        }
        assert_eq!(Budget::all().count(), expected, "an entry is given twice");
    }

    #[test]
    fn a_figure_must_fit() {
        let budget = Budget {
            ulps: 1.5,
            ..Budget::all().next().unwrap()
        };
        assert_eq!(budget.tightness(1.5), Ok(()));
        assert_eq!(budget.tightness(1.45), Ok(()));
        assert!(matches!(
            budget.tightness(1.51),
            Err(Misfit::Exceeded { .. })
        ));
        assert!(matches!(
            budget.tightness(f64::NAN),
            Err(Misfit::Exceeded { .. })
        ));
        assert!(matches!(budget.tightness(1.35), Err(Misfit::Loose { .. })));
        assert!(matches!(budget.tightness(0.0), Err(Misfit::Loose { .. })));
    }
}
