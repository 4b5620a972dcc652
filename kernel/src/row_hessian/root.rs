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

use super::{RowHessian, check_len, over, sums::sums_of_others};
use crate::{element::Element, error::Error};

impl<T: Element> RowHessian<'_, T> {
    /// B x of a square root B of H = B B^T. `vector` and `product` are `[n_classes]`.
    ///
    /// With independent x_i of mean 0 and variance 1 the product has the covariance H. Without
    /// digits, or NaN, where `a p` is below the normal numbers or `2 k / a` overflows: under a z-loss,
    /// where next to nothing is in the gradient.
    ///
    /// # Errors
    ///
    /// Lengths that do not match; a Hessian that is not known to be semidefinite. Nothing has been
    /// written then.
    pub fn root_product(&self, vector: &[T], product: &mut [T]) -> Result<(), Error> {
        let factor = self.root_factor("root_product", vector, product)?;
        let top = self.coefficients.top;
        let [p, slopes, bends] = self.classes();
        // With the most probable class left out, 1 - p of it is a sum.
        let [others] = sums_of_others(top, [p, slopes, bends, vector], |[p, slope, bend, x]| {
            let (u, d) = self.u_and_d([p, slope, bend]);
            [over(u, d.sqrt()) * x]
        });
        let others = others.nearest();
        let (u_top, d_top) = self.u_and_d(self.class(top));
        let (s_top, x_top) = (d_top.sqrt(), entry_of(vector, top));
        let mean = over(u_top, s_top) * x_top + others;
        self.map_classes(vector, product, move |x, class| {
            let (u, d) = self.u_and_d(class);
            d.sqrt() * x - factor.of_outer * u * mean
        });
        if let Some(entry) = product.get_mut(top) {
            *entry = s_top * x_top * factor.kept - factor.of_outer * u_top * others;
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
        let top = self.coefficients.top;
        let (v_top, [p, slopes, _]) = (entry_of(vector, top), self.classes());
        // Without a softcap B^T 1 is sqrt D s, so that a constant can be subtracted.
        let constant = if self.coefficients.bent {
            T::ZERO
        } else {
            v_top
        };
        let [others] = sums_of_others(top, [p, slopes, vector], |[p, slope, v]| {
            [p * slope * (v - constant)]
        });
        let others = others.nearest();
        let (u_top, d_top) = self.u_and_d(self.class(top));
        let sum = u_top * (v_top - constant) + others;
        let of_constant = factor.root * constant;
        self.map_classes(vector, product, move |v, class| {
            let (u, d) = self.u_and_d(class);
            let ratio = factor.of_outer * over(u, d);
            d.sqrt() * ((v - constant) - ratio * sum + of_constant)
        });
        if let Some(entry) = product.get_mut(top) {
            let ratio = factor.of_outer * over(u_top, d_top);
            let kept = (v_top - constant) * factor.kept;
            *entry = d_top.sqrt() * (kept - ratio * others + of_constant);
        }
        Ok(())
    }

    /// Checks what products with the root need, and gives it.
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
        let beside = self.coefficients.beside;
        let [others] = sums_of_others(self.coefficients.top, self.classes(), |class| {
            let (u, d) = self.u_and_d(class);
            [beside * u * over(u, d)]
        });
        let root = signs.denominator.sqrt();
        Ok(RootFactor {
            of_outer: beside / (T::ONE + root),
            root,
            kept: root + others.nearest() / (T::ONE + root),
        })
    }
}

/// What the root has beside its diagonal.
struct RootFactor<T> {
    /// t.
    of_outer: T,
    /// sqrt D.
    root: T,
    /// 1 - t u^2 / d of the most probable class.
    kept: T,
}

fn entry_of<T: Element>(vector: &[T], class: usize) -> T {
    vector.get(class).copied().unwrap_or(T::ZERO)
}
