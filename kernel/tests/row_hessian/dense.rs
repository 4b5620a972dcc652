//! Symmetric matrices in double-doubles, and L D L^T without cancellation where that is possible.

use surprisal_reference::{Objective, Wide};

/// A symmetric matrix.
pub struct Dense {
    pub entries: Vec<Vec<Wide>>,
    /// The sums of its rows, where they are known better than the sums of the entries.
    row_sums: Option<Vec<Wide>>,
}

/// Its factors, L unit lower triangular.
pub struct Ldl {
    pub lower: Vec<Vec<Wide>>,
    pub pivots: Vec<Wide>,
}

impl Dense {
    /// The Hessian of a row, with the sums of its rows if those are not negative.
    pub fn of(objective: &Objective, row_sums: Option<Vec<Wide>>) -> Self {
        let classes = 0..objective.n_classes();
        let row = |i| classes.clone().map(|j| objective.hessian(i, j)).collect();
        Self {
            entries: classes.clone().map(row).collect(),
            row_sums,
        }
    }

    pub fn n(&self) -> usize {
        self.entries.len()
    }

    /// Plus a multiple of the identity.
    pub fn shifted(&self, shift: f64) -> Self {
        let shift = Wide::from(shift);
        let mut entries = self.entries.clone();
        for (i, row) in entries.iter_mut().enumerate() {
            row[i] = row[i] + shift;
        }
        let sums = self.row_sums.as_ref();
        let row_sums = sums.map(|sums| sums.iter().map(|&sum| sum + shift).collect());
        Self { entries, row_sums }
    }

    /// Without its last row and column.
    pub fn leading(&self, n: usize) -> Self {
        let cut = |row: &Vec<Wide>| row[..n].to_vec();
        let entries: Vec<Vec<Wide>> = self.entries[..n].iter().map(cut).collect();
        let row_sums = self.row_sums.as_ref().map(|sums| {
            let rest = |i: usize| self.entries[i][n..].iter().copied().sum::<Wide>();
            (0..n).map(|i| sums[i] - rest(i)).collect()
        });
        Self { entries, row_sums }
    }

    pub fn product(&self, vector: &[Wide]) -> Vec<Wide> {
        let dot = |row: &Vec<Wide>| row.iter().zip(vector).map(|(&h, &v)| h * v).sum();
        self.entries.iter().map(dot).collect()
    }

    /// Gaussian elimination without pivoting.
    ///
    /// Where row sums are not negative and entries beside the diagonal not positive, pivots are
    /// computed from those without a subtraction (W. Grassmann, M. Taksar, D. Heyman, Oper. Res. 33
    /// (1985) 1107): every entry of the factors is right to a few units of double-double, however
    /// close to singular the matrix is.
    pub fn ldl(&self) -> Ldl {
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
    pub fn lower_solve(&self, b: &[Wide]) -> Vec<Wide> {
        let mut x = b.to_vec();
        for i in 0..x.len() {
            let known: Wide = (0..i).map(|k| self.lower[i][k] * x[k]).sum();
            x[i] = x[i] - known;
        }
        x
    }

    /// L^-T b.
    pub fn lower_transposed_solve(&self, b: &[Wide]) -> Vec<Wide> {
        let (mut x, n) = (b.to_vec(), b.len());
        for i in (0..n).rev() {
            let known: Wide = (i + 1..n).map(|k| self.lower[k][i] * x[k]).sum();
            x[i] = x[i] - known;
        }
        x
    }

    /// The solution of the whole system; zero times infinity for a zero pivot is zero.
    pub fn solve(&self, b: &[Wide]) -> Vec<Wide> {
        let y = self.lower_solve(b).into_iter().zip(&self.pivots);
        let z: Vec<Wide> = y.map(|(y, &pivot)| over(y, pivot)).collect();
        self.lower_transposed_solve(&z)
    }
}

/// The quotient; zero where the divisor is.
pub fn over(a: Wide, b: Wide) -> Wide {
    if b == Wide::ZERO { Wide::ZERO } else { a / b }
}
