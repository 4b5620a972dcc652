//! Where a class stands among the logits of its row. Of equal logits the first is the larger.

/// How many classes come before `class`.
pub(crate) fn rank<T: Copy + PartialOrd>(row: &[T], class: usize) -> usize {
    let own = row[class];
    let (before, after) = row.split_at(class);
    before.iter().filter(|&&other| other >= own).count()
        + after.iter().filter(|&&other| other > own).count()
}

/// The class with the largest logit.
pub(crate) fn largest<T: Copy + PartialOrd>(row: &[T]) -> usize {
    (1..row.len()).fold(
        0,
        |best, class| if row[class] > row[best] { class } else { best },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_first() {
        let row = [1.0, 3.0, 3.0, 2.0, 1.0];
        assert_eq!(
            [0, 1, 2, 3, 4].map(|class| rank(&row, class)),
            [3, 0, 1, 2, 4]
        );
        assert_eq!(largest(&row), 1);
        assert_eq!(largest(&[f64::NEG_INFINITY; 3]), 0);
        assert_eq!(rank(&[0.0_f32], 0), 0);
    }
}
