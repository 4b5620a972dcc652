//! From numbers to places.

/// A linear scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    numbers: [f64; 2],
    pixels: [f64; 2],
}

impl Scale {
    pub(super) fn new(numbers: [f64; 2], pixels: [f64; 2]) -> Self {
        Self { numbers, pixels }
    }

    pub(super) fn at(self, number: f64) -> f64 {
        let ([from, to], [start, end]) = (self.numbers, self.pixels);
        start + (end - start) * (number - from) / (to - from)
    }

    /// Round numbers within the scale, at a distance of 1, 2 or 5 times a power of ten, no more than
    /// `most` steps.
    pub(super) fn ticks(self, most: f64) -> Vec<f64> {
        let [from, to] = self.numbers;
        let least = (to - from) / most;
        let magnitude = 10_f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|factor| factor * magnitude)
            .into_iter()
            .find(|&step| step >= least * (1.0 - 1e-9))
            .unwrap_or(10.0 * magnitude);
        let (first, last) = ((from / step - 1e-9).ceil(), (to / step + 1e-9).floor());
        (0..=(last - first) as usize)
            .map(|index| (first + index as f64) * step)
            .collect()
    }
}

/// A count with its thousands apart.
pub(super) fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// What a count of rows is followed by.
pub(super) fn rows(count: usize) -> &'static str {
    if count == 1 { "row" } else { "rows" }
}

/// A number in few digits.
pub(super) fn short(number: f64) -> String {
    if number == 0.0 || (1e-3..1e4).contains(&number.abs()) {
        format!("{number:.3}")
    } else {
        format!("{number:.1e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_linear() {
        let upwards = Scale::new([2.0, 6.0], [284.0, 36.0]);
        assert_eq!(
            [2.0, 3.0, 6.0, 8.0].map(|number| upwards.at(number)),
            [284.0, 222.0, 36.0, -88.0]
        );
    }

    #[test]
    fn ticks_are_round() {
        let ticks = |from, to, most| Scale::new([from, to], [0.0, 1.0]).ticks(most);
        assert_eq!(ticks(0.0, 1797.0, 5.0), [0.0, 500.0, 1000.0, 1500.0]);
        assert_eq!(ticks(0.0, 3.0, 5.0), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(
            ticks(90.0, 100.0, 5.0),
            [90.0, 92.0, 94.0, 96.0, 98.0, 100.0]
        );
        assert_eq!(thousands(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(thousands(123), "123");
        assert_eq!([0, 1, 2].map(rows), ["rows", "row", "rows"]);
        assert_eq!(
            [0.0, 0.0004567, 2.71049].map(short),
            ["0.000", "4.6e-4", "2.710"]
        );
    }
}
