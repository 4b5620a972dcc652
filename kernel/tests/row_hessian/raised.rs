//! D + c u u^T with c > 0, whose factors and inverse have closed forms without a cancellation.
//!
//! Elimination finds what is left of D in differences from c u u^T, of which a double-double holds
//! no digit where D is 1e-30. The forms are those of Sherman and Morrison, entry by entry; where
//! elimination loses nothing, both are compared below.

use surprisal_reference::Wide;

use crate::dense::{Ldl, over};

#[derive(Clone)]
pub(crate) struct Raised {
    pub(crate) d: Vec<Wide>,
    pub(crate) u: Vec<Wide>,
    pub(crate) c: Wide,
}

impl Raised {
    pub(crate) fn shifted(&self, shift: Wide) -> Self {
        Self {
            d: self.d.iter().map(|&d| d + shift).collect(),
            ..self.clone()
        }
    }

    pub(crate) fn without(&self, class: usize) -> Self {
        let mut others = self.clone();
        others.d.remove(class);
        others.u.remove(class);
        others
    }

    /// 1 + c sum u_i^2 / D_i over some classes.
    fn denominator(&self, counts: impl Fn(usize) -> bool) -> Wide {
        let classes = (0..self.d.len()).filter(|&i| counts(i));
        let sum: Wide = classes
            .map(|i| over(self.u[i] * self.u[i], self.d[i]))
            .sum();
        Wide::ONE + self.c * sum
    }

    /// What elimination leaves of c u u^T after class k is divided by the denominator up to k.
    pub(crate) fn ldl(&self) -> Ldl {
        let n = self.d.len();
        let up_to: Vec<Wide> = (0..n).map(|k| self.denominator(|i| i <= k)).collect();
        let before = |k: usize| if k == 0 { Wide::ONE } else { up_to[k - 1] };
        let entry = |i: usize, k: usize| match i.cmp(&k) {
            std::cmp::Ordering::Less => Wide::ZERO,
            std::cmp::Ordering::Equal => Wide::ONE,
            std::cmp::Ordering::Greater => {
                over(self.c * self.u[i] * self.u[k], self.d[k] * up_to[k])
            }
        };
        Ldl {
            lower: (0..n)
                .map(|i| (0..n).map(|k| entry(i, k)).collect())
                .collect(),
            pivots: (0..n).map(|k| self.d[k] * up_to[k] / before(k)).collect(),
        }
    }

    /// The inverse; 0 in rows and columns of D that are.
    pub(crate) fn inverse(&self) -> Vec<Vec<Wide>> {
        let n = self.d.len();
        let all = self.denominator(|_| true);
        let entry = |i: usize, j: usize| {
            if i == j {
                over(self.denominator(|k| k != i) / all, self.d[i])
            } else {
                -over(
                    over(self.c * self.u[i] * self.u[j] / all, self.d[i]),
                    self.d[j],
                )
            }
        };
        (0..n)
            .map(|i| (0..n).map(|j| entry(i, j)).collect())
            .collect()
    }
}

#[test]
fn closed_forms_are_those_of_elimination() {
    let numbers = |of: [f64; 4]| of.map(Wide::from).to_vec();
    let raised = Raised {
        d: numbers([0.5, 0.125, 2.0, 0.75]),
        u: numbers([0.25, 1.0, 0.5, 0.0]),
        c: Wide::from(3.0),
    };
    let entry = |i: usize, j: usize| {
        let of_diagonal = if i == j { raised.d[i] } else { Wide::ZERO };
        of_diagonal + raised.c * raised.u[i] * raised.u[j]
    };
    let entries = (0..4).map(|i| (0..4).map(|j| entry(i, j)).collect());
    let dense = crate::dense::Dense::of_entries(entries.collect());
    let (closed, eliminated) = (raised.ldl(), dense.ldl());
    let is_close = |a: Wide, b: Wide| (a - b).abs() <= Wide::ONE.scale(-98);
    for i in 0..4 {
        assert!(is_close(closed.pivots[i], eliminated.pivots[i]));
        let column = |i| (0..4).map(|j| raised.inverse()[j][i]).collect::<Vec<_>>();
        let product = dense.product(&column(i));
        for j in 0..4 {
            assert!(is_close(closed.lower[i][j], eliminated.lower[i][j]));
            let unit = Wide::from(f64::from(u8::from(i == j)));
            assert!(is_close(product[j], unit), "{i} {j}");
        }
    }
}
