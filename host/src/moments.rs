//! Mean and spread of the losses, gathered in parts that merge in order.

/// Count, mean and sum of squared deviations, updated without ever squaring a raw loss, so that
/// a small spread around a large mean keeps its digits (Welford; merged as Chan, Golub and
/// LeVeque do).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
    }

    /// Adds the values that follow.
    pub(crate) fn merge(self, next: Self) -> Self {
        // An empty part changes nothing, and would divide zero by zero.
        if self.count == 0.0 || next.count == 0.0 {
            return if self.count == 0.0 { next } else { self };
        }
        let count = self.count + next.count;
        let between = next.mean - self.mean;
        Self {
            count,
            mean: self.mean + between * (next.count / count),
            squares: self.squares
                + next.squares
                + between * between * (self.count * next.count / count),
        }
    }

    /// Sample standard deviation over the root of the count; `None` for fewer than two values.
    pub(crate) fn standard_error(self) -> Option<f64> {
        (self.count >= 2.0).then(|| (self.squares / (self.count - 1.0) / self.count).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        for &value in values {
            moments.add(value);
        }
        moments
    }

    #[test]
    fn a_common_offset_does_not_matter() {
        // Sample variance of 1..=4 is 5/3; its standard error sqrt(5/12).
        let expected = (5.0_f64 / 12.0).sqrt();
        for offset in [0.0, 1e9] {
            let values = [1.0, 2.0, 3.0, 4.0].map(|value| value + offset);
            let whole = of(&values).standard_error().unwrap();
            let parts = of(&values[..1])
                .merge(Moments::default())
                .merge(of(&values[1..]));
            assert!((whole - expected).abs() < 1e-12);
            assert!((parts.standard_error().unwrap() - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn one_value_has_no_spread() {
        assert_eq!(of(&[]).standard_error(), None);
        assert_eq!(of(&[1.0]).standard_error(), None);
        assert_eq!(of(&[1.0, 1.0]).standard_error(), Some(0.0));
    }
}
