use super::{Spectrum, workspace_len};
use crate::element::Float;
use std::{vec, vec::Vec};
use surprisal_reference::Wide;

/// diag(d) - c u u^T in twice the precision.
struct Matrix<'a, T> {
    d: &'a [T],
    u: &'a [T],
    /// For softmax, (1 - rho) / rho, and d and u are p: rho p p^T stands for rho p p^T / sum p.
    at_zero: Option<T>,
    c: T,
}

fn wide<T: Float>(x: T) -> Wide {
    Wide::from(x.into())
}

impl<T: Float> Matrix<'_, T> {
    /// Number of eigenvalues below x, by Sylvester's law of inertia: those of the diagonal, and
    /// one more (for c < 0: less) where 1 - c sum u^2/(d - x) is negative.
    fn count(&self, x: Wide) -> usize {
        let below = self.d.iter().filter(|&&d| wide(d) < x).count();
        let pairs = self.d.iter().zip(self.u);
        if let Some(at_zero) = self.at_zero {
            let sum: Wide = self.d.iter().map(|&p| wide(p) / (wide(p) - x)).sum();
            return below + usize::from(wide(at_zero) - x * sum < Wide::ZERO);
        }
        let sum: Wide = pairs
            .map(|(&d, &u)| wide(u) * wide(u) / (wide(d) - x))
            .sum();
        let negative = Wide::ONE - wide(self.c) * sum < Wide::ZERO;
        match (negative, self.c > T::ZERO) {
            (false, _) => below,
            (true, true) => below + 1,
            (true, false) => below - 1,
        }
    }
}

#[test]
fn explore() {
    run::<f64>();
    run::<f32>();
}

fn cases() -> Vec<(&'static str, Vec<f64>)> {
    let mut state = 7_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut all = vec![
        ("one", vec![1.0]),
        ("two", vec![0.75, 0.25]),
        ("two equal", vec![0.5, 0.5]),
        ("confident", vec![1.0, 1e-17, 3e-20]),
        ("tiny", vec![1.0, 1.2e-38, 1.9e-38, 1.9000003e-38, 2e-38, 1e-30]),
        ("smallest", vec![1.0, 2.3e-308, 2.4e-308, 3e-308, 3.0000000000000004e-308, 1e-300, 1e-200, 1e-100]),
        ("masked", vec![0.0, 0.5, 0.0, 0.25, 0.25, 0.0]),
        ("only", vec![0.0, 1.0, 0.0]),
        ("uniform 12", vec![1.0 / 12.0; 12]),
        ("ulp", vec![0.25, 0.25 + f64::EPSILON / 2.0, 0.25 + f64::EPSILON, 0.25 - f64::EPSILON / 2.0]),
        ("ulp32", vec![0.25, 0.25 + f64::from(f32::EPSILON) / 2.0, 0.25 + f64::from(f32::EPSILON), 0.25 - f64::from(f32::EPSILON) / 2.0]),
    ];
    for n in [3, 12, 200, 1000] {
        for range in [1.0, 10.0, 40.0, 87.0, 700.0] {
            let mut p: Vec<f64> = (0..n).map(|_| (-range * uniform()).exp()).collect();
            let sum: f64 = p.iter().sum();
            p.iter_mut().for_each(|p| *p /= sum);
            all.push(("random", p.clone()));
            for i in 0..n {
                if uniform() < 0.5 {
                    p[i] = p[(uniform() * n as f64) as usize];
                }
                if uniform() < 0.3 {
                    p[i] = p[(uniform() * n as f64) as usize] * (1.0 + 1e-10 * uniform());
                }
                if uniform() < 0.1 {
                    p[i] = 0.0;
                }
            }
            let sum: f64 = p.iter().sum();
            p.iter_mut().for_each(|p| *p /= sum);
            all.push(("ties", p));
        }
    }
    all
}

fn run<T: Float>() {
    let eps = if T::STORED_BITS == 52 { 2f64.powi(-52) } else { 2f64.powi(-23) };
    for (name, p) in cases() {
        let p: Vec<T> = p.iter().map(|&x| if eps > 1e-10 && x < 1.18e-38 { T::ZERO } else { T::from_f64(x) }).collect();
        let n = p.len();
        for at_zero in [0.0, 1e-10, 1e-4, 1.0, 1e6] {
            let at_zero = T::from_f64(at_zero);
            let mut w = vec![T::ZERO; workspace_len(n)];
            let s = if at_zero > T::ONE { Spectrum::of_rank_one(&p, &p, T::ONE / (T::ONE + at_zero), &mut w) } else { Spectrum::of_softmax(&p, at_zero, &mut w) };
            let m = Matrix { d: &p, u: &p, at_zero: Some(at_zero), c: T::ONE };
            let mut worst = 0.0_f64;
            let mut v = vec![T::ZERO; n];
            let mut vs: Vec<Vec<T>> = vec![];
            let mut res = 0.0_f64;
            let step = if n > 300 { 7 } else { 1 };
            let rho = Wide::ONE / (Wide::ONE + wide(at_zero));
            let psum: Wide = p.iter().map(|&p| wide(p)).sum();
            for k in (0..n).step_by(step) {
                let e = s.eigenvalue(k);
                let mu = wide(e.value);
                // find the smallest tolerance
                let mut tol = 0.25 * eps;
                loop {
                    let lo = mu * (Wide::ONE - Wide::from(tol));
                    let hi = mu * (Wide::ONE + Wide::from(tol));
                    if mu == Wide::ZERO || (m.count(lo) <= k && m.count(hi) >= k + 1) { break; }
                    tol *= 2.0;
                    if tol > 0.5 { break; }
                }
                if tol > worst { worst = tol; }
                s.eigenvector(&e, &p, &p, &mut v);
                let mean: Wide = p.iter().zip(&v).map(|(&p, &v)| wide(p) * wide(v)).sum::<Wide>() / psum * rho;
                let r: Wide = p.iter().zip(&v).map(|(&p, &v)| { let r = wide(p) * (wide(v) - mean) - mu * wide(v); r * r }).sum();
                if mu != Wide::ZERO { res = res.max((r / mu / mu).to_f64().sqrt()); } else { res = res.max(r.to_f64().sqrt()); }
                vs.push(v.clone());
            }
            let mut orth = 0.0_f64;
            for (i, a) in vs.iter().enumerate() { for (j, b) in vs[..=i].iter().enumerate() {
                let dot: f64 = a.iter().zip(b).map(|(&a, &b)| { let (a, b): (f64, f64) = (a.into(), b.into()); a * b }).sum();
                let e = (dot - f64::from(i == j)).abs();
                if !(e <= orth) { orth = e; }
            } }
            std::println!("{name} n={n} K={at_zero:?}: {:.2} eps, res/mu {:.1} eps, orth {:.1} eps", worst / eps, res / eps, orth / eps);
        }
    }
}
