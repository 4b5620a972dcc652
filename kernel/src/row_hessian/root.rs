//! A square root of the Hessian: H = B B^T.
//!
//! With s = sqrt d and D = 1 - c sum u^2 / d,
//!
//! ```text
//! B = diag s - t u (u / s)^T      t = c / (1 + sqrt D)
//! ```
//!
//! because (I - t x x^T)^2 = I - c x x^T with x = u / s. For the plain loss D = 0, s = sqrt p and
//! B = diag s - p s^T.

use super::{
    RowHessian, check_len,
    sums::{sums, sums_of_others},
};
use crate::{element::Element, error::Error};

impl<T: Element> RowHessian<'_, T> {
    /// B x of a square root B of H = B B^T. `vector` and `product` are `[n_classes]`.
    ///
    /// With independent x_i of mean 0 and variance 1 the product has the covariance H.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; a Hessian that is not known to be semidefinite. Nothing has been
    /// written then.
    pub fn root_product(&self, vector: &[T], product: &mut [T]) -> Result<(), Error> {
        let factor = self.root_factor("root_product", vector, product)?;
        let top = self.coefficients.top;
        self.write_roots(product);
        let [p, slopes, _] = self.classes();
        let terms = [p, slopes, product, vector];
        // With the most probable class left out, 1 - p of it is a sum.
        let [mean, complement] = sums_of_others(top, terms, |[p, slope, s, x]| {
            let ratio = quotient(p * slope, s);
            [ratio * x, self.coefficients.beside * ratio * ratio]
        });
        let (mean, complement) = (mean.nearest(), complement.nearest());
        let [p_top, slope_top, _] = self.class(top);
        let (u_top, x_top) = (p_top * slope_top, vector.get(top).copied());
        let (s_top, x_top) = (
            product.get(top).copied().unwrap_or(T::ZERO),
            x_top.unwrap_or(T::ZERO),
        );
        let whole_mean = quotient(u_top, s_top) * x_top + mean;
        let classes = self.probabilities.iter().zip(self.slopes);
        for ((entry, &x), (&p, &slope)) in product.iter_mut().zip(vector).zip(classes) {
            *entry = *entry * x - factor.of_outer * (p * slope) * whole_mean;
        }
        if let Some(entry) = product.get_mut(top) {
            // 1 - t u^2 / d of it.
            let kept = factor.root + complement / (T::ONE + factor.root);
            *entry = s_top * x_top * kept - factor.of_outer * u_top * mean;
        }
        Ok(())
    }

    /// B^T v of the same square root. `vector` and `product` are `[n_classes]`.
    ///
    /// The sum of its squares is v^T H v.
    ///
    /// # Errors
    ///
    /// As [`root_product`](Self::root_product).
    pub fn root_transposed_product(&self, vector: &[T], product: &mut [T]) -> Result<(), Error> {
        let factor = self.root_factor("root_transposed_product", vector, product)?;
        let v_top = vector.get(self.coefficients.top).copied();
        let v_top = v_top.unwrap_or(T::ZERO);
        let [p, slopes, bends] = self.classes();
        let [sum, of_one] = sums([p, slopes, vector], |[p, slope, v]| {
            [p * slope * (v - v_top), p * slope]
        });
        let (sum, of_one) = (sum.nearest(), of_one.nearest());
        let classes = p.iter().zip(slopes).zip(bends);
        for ((entry, &v), ((&p, &slope), &bend)) in product.iter_mut().zip(vector).zip(classes) {
            let (u, d) = self.u_and_d([p, slope, bend]);
            let ratio = factor.of_outer * quotient(u, d);
            // 1 - t sum u / d: what a constant vector leaves.
            let of_constant = if self.coefficients.bent {
                T::ONE - ratio * of_one
            } else {
                factor.root
            };
            *entry = d.sqrt() * ((v - v_top) - ratio * sum + v_top * of_constant);
        }
        Ok(())
    }

    /// Checks what products with the root need; gives t, and sqrt D.
    fn root_factor(
        &self,
        operation: &'static str,
        vector: &[T],
        product: &[T],
    ) -> Result<RootFactor<T>, Error> {
        check_len("vector", self.n_classes(), vector.len())?;
        check_len("product", self.n_classes(), product.len())?;
        let signs = self.signs(T::ZERO);
        if !signs.is_semidefinite() {
            return Err(Error::Indefinite { operation });
        }
        let root = signs.denominator.sqrt();
        Ok(RootFactor {
            of_outer: self.coefficients.beside / (T::ONE + root),
            root,
        })
    }

    /// sqrt d.
    fn write_roots(&self, out: &mut [T]) {
        let classes = self.probabilities.iter().zip(self.slopes).zip(self.bends);
        for (s, ((&p, &slope), &bend)) in out.iter_mut().zip(classes) {
            let (_, d) = self.u_and_d([p, slope, bend]);
            *s = d.sqrt();
        }
    }
}

/// What the root has beside its diagonal.
struct RootFactor<T> {
    /// t.
    of_outer: T,
    /// sqrt D.
    root: T,
}

/// The quotient; of a masked class, zero.
fn quotient<T: Element>(a: T, b: T) -> T {
    if b == T::ZERO { T::ZERO } else { a / b }
}
