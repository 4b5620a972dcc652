//! Symmetric matrices in double-doubles, and L D L^T without cancellation where that is possible.

use surprisal_reference::{Objective, Wide};

use crate::raised::Raised;

/// A symmetric matrix.
pub(crate) struct Dense {
    pub(crate) entries: Vec<Vec<Wide>>,
    /// The sums of its rows, where they are known better than the sums of the entries.
    row_sums: Option<Vec<Wide>>,
    /// Its form, where elimination would lose digits.
    raised: Option<Raised>,
}

/// Its factors, L unit lower triangular.
pub(crate) struct Ldl {
    pub(crate) lower: Vec<Vec<Wide>>,
    pub(crate) pivots: Vec<Wide>,
}

impl Dense {
    /// The Hessian of a row.
    pub(crate) fn of(objective: &Objective) -> Self {
        let classes = 0..objective.n_classes();
        let row = |i| classes.clone().map(|j| objective.hessian(i, j)).collect();
        Self::of_entries(classes.clone().map(row).collect())
    }

    pub(crate) fn of_entries(entries: Vec<Vec<Wide>>) -> Self {
        Self {
            entries,
            row_sums: None,
            raised: None,
        }
    }

    /// The same with the sums of its rows, which are not negative.
    pub(crate) fn with_row_sums(self, sums: Vec<Wide>) -> Self {
        Self {
            row_sums: Some(sums),
            ..self
        }
    }

    /// The same with the form that it has.
    pub(crate) fn with_form(self, raised: Raised) -> Self {
        Self {
            raised: Some(raised),
            ..self
        }
    }

    pub(crate) fn n(&self) -> usize {
        self.entries.len()
    }

    /// Plus a diagonal matrix; of its entries alone.
    pub(crate) fn plus_diagonal(&self, diagonal: &[Wide]) -> Self {
        let mut entries = self.entries.clone();
        for (i, &added) in diagonal.iter().enumerate() {
            entries[i][i] = entries[i][i] + added;
        }
        Self::of_entries(entries)
    }

    /// Plus a multiple of the identity.
    pub(crate) fn shifted(&self, shift: f64) -> Self {
        let shift = Wide::from(shift);
        let sums = self.row_sums.as_ref();
        let row_sums = sums.map(|sums| sums.iter().map(|&sum| sum + shift).collect());
        let raised = self.raised.as_ref().map(|raised| raised.shifted(shift));
        Self {
            row_sums,
            raised,
            ..self.plus_diagonal(&vec![shift; self.n()])
        }
    }

    /// Without one row and column.
    pub(crate) fn without(&self, class: usize) -> Self {
        let others = |&i: &usize| i != class;
        let kept: Vec<usize> = (0..self.n()).filter(others).collect();
        let row = |&i: &usize| kept.iter().map(|&j| self.entries[i][j]).collect();
        let sums = self.row_sums.as_ref();
        let sum = |sums: &Vec<Wide>, i: usize| sums[i] - self.entries[i][class];
        Self {
            entries: kept.iter().map(row).collect(),
            row_sums: sums.map(|sums| kept.iter().map(|&i| sum(sums, i)).collect()),
            raised: self.raised.as_ref().map(|raised| raised.without(class)),
        }
    }

    /// The solution of (H + l I) x = b where H 1 = 0 and the entries of b sum to what is given.
    ///
    /// For small l, elimination would lose what b sums to: x = y + c 1 with y = 0 at one class, of
    /// which the equation is replaced by l sum x = sum b. The rest, M, is far from singular if that
    /// class is the most probable one: x = u + c r with M u = b and M r = M 1 - l 1, which is what H
    /// has beside its diagonal in that class.
    pub(crate) fn solve_with_sum(
        &self,
        shift: f64,
        b: &[Wide],
        sum: Wide,
        class: usize,
    ) -> Vec<Wide> {
        let without = |v: &mut Vec<Wide>| v.remove(class);
        let factors = self.without(class).shifted(shift).ldl();
        let (mut b, mut beside) = (b.to_vec(), self.entries[class].clone());
        without(&mut b);
        without(&mut beside);
        let mut u = factors.solve(&b);
        let mut r: Vec<Wide> = factors.solve(&beside).into_iter().map(|r| -r).collect();
        u.insert(class, Wide::ZERO);
        r.insert(class, Wide::ONE);
        let total = |v: &[Wide]| v.iter().copied().sum::<Wide>();
        let c = (sum / Wide::from(shift) - total(&u)) / total(&r);
        u.into_iter().zip(r).map(|(u, r)| u + c * r).collect()
    }

    pub(crate) fn product(&self, vector: &[Wide]) -> Vec<Wide> {
        product(&self.entries, vector)
    }

    /// The inverse, by columns as by rows.
    pub(crate) fn inverse(&self) -> Vec<Vec<Wide>> {
        if let Some(raised) = &self.raised {
            return raised.inverse();
        }
        let (factors, n) = (self.ldl(), self.n());
        let unit = |j: usize| {
            let entry = |i: usize| if i == j { Wide::ONE } else { Wide::ZERO };
            (0..n).map(entry).collect::<Vec<_>>()
        };
        (0..n).map(|j| factors.solve(&unit(j))).collect()
    }

    /// The solution of the whole system.
    pub(crate) fn solve(&self, b: &[Wide]) -> Vec<Wide> {
        match &self.raised {
            Some(raised) => product(&raised.inverse(), b),
            None => self.ldl().solve(b),
        }
    }

    /// Gaussian elimination without pivoting.
    ///
    /// Where row sums are not negative and entries beside the diagonal not positive, pivots are
    /// computed from those without a subtraction (W. Grassmann, M. Taksar, D. Heyman, Oper. Res. 33
    /// (1985) 1107): every entry of the factors is right to a few units of double-double, however
    /// close to singular the matrix is.
    pub(crate) fn ldl(&self) -> Ldl {
        if let Some(raised) = &self.raised {
            return raised.ldl();
        }
        let n = self.n();
        let mut a = self.entries.clone();
        let mut sums = self.row_sums.clone();
        let mut lower = vec![vec![Wide::ZERO; n]; n];
        let mut pivots = Vec::new();
        for k in 0..n {
            let pivot = match &sums {
                Some(sums) => sums[k] - (k + 1..n).map(|j| a[k][j]).sum::<Wide>(),
                None => a[k][k],
            };
            lower[k][k] = Wide::ONE;
            for i in k + 1..n {
                let factor = over(a[i][k], pivot);
                lower[i][k] = factor;
                for j in k + 1..n {
                    a[i][j] = a[i][j] - factor * a[k][j];
                }
                if let Some(sums) = &mut sums {
                    sums[i] = sums[i] - factor * sums[k];
                }
            }
            pivots.push(pivot);
        }
        Ldl { lower, pivots }
    }
}

impl Ldl {
    /// L^-1 b.
    pub(crate) fn lower_solve(&self, b: &[Wide]) -> Vec<Wide> {
        let mut x = b.to_vec();
        for i in 0..x.len() {
            let known: Wide = (0..i).map(|k| self.lower[i][k] * x[k]).sum();
            x[i] = x[i] - known;
        }
        x
    }

    /// L^-T b.
    pub(crate) fn lower_transposed_solve(&self, b: &[Wide]) -> Vec<Wide> {
        let (mut x, n) = (b.to_vec(), b.len());
        for i in (0..n).rev() {
            let known: Wide = (i + 1..n).map(|k| self.lower[k][i] * x[k]).sum();
            x[i] = x[i] - known;
        }
        x
    }

    /// The solution of the whole system; zero times infinity for a zero pivot is zero.
    pub(crate) fn solve(&self, b: &[Wide]) -> Vec<Wide> {
        let y = self.lower_solve(b).into_iter().zip(&self.pivots);
        let z: Vec<Wide> = y.map(|(y, &pivot)| over(y, pivot)).collect();
        self.lower_transposed_solve(&z)
    }
}

/// A matrix times a vector.
pub(crate) fn product(matrix: &[Vec<Wide>], vector: &[Wide]) -> Vec<Wide> {
    let dot = |row: &Vec<Wide>| row.iter().zip(vector).map(|(&m, &v)| m * v).sum();
    matrix.iter().map(dot).collect()
}

/// The quotient; zero where the divisor is.
pub(crate) fn over(a: Wide, b: Wide) -> Wide {
    if b == Wide::ZERO { Wide::ZERO } else { a / b }
}
