//! Measurements as Markdown.

use std::{cmp::Ordering, fmt::Write};

use surprisal::Backend;

use super::Measurement;
use crate::passes::Pass;

/// A table for each group, with its numbers of classes below each other, and one that compares
/// the groups `threads 1` and `threads 2`.
///
/// Ratios are times over that of a contender of the same group: of the pass, if there is one,
/// else of the kernel on the given backend. So 1.2 beside a pass is a fifth slower than the
/// pass, and 3 beside the kernel is thrice as slow as the kernel.
pub fn tables(mut measurements: Vec<Measurement>, backend: Backend) -> String {
    measurements.sort_by(|a, b| order(a, b, backend));
    let mut text = String::new();
    for group in measurements.chunk_by(|a, b| a.group == b.group) {
        table(&mut text, group, backend);
    }
    threads(&mut text, &measurements);
    text
}

fn order(a: &Measurement, b: &Measurement, backend: Backend) -> Ordering {
    let key = |m: &Measurement| (m.group.clone(), m.n_classes, rank(m, backend));
    let names = || a.contender.cmp(&b.contender);
    key(a).cmp(&key(b)).then_with(names)
}

/// The rank of a contender as the one that others are compared with.
fn rank(measurement: &Measurement, backend: Backend) -> usize {
    let passes = [Pass::Read, Pass::Scale, Pass::Fill, Pass::Triad].map(|pass| pass.to_string());
    let kernel = format!("surprisal {backend}");
    let references = passes.into_iter().chain([format!("{kernel} f32"), kernel]);
    let is_it = |reference: String| measurement.contender == reference;
    // Position from the front, or behind all.
    references
        .map(is_it)
        .position(|found| found)
        .unwrap_or(usize::MAX)
}

fn table(text: &mut String, group: &[Measurement], backend: Backend) {
    let Some(first) = group.first() else { return };
    let _ = writeln!(text, "\n## {}\n", first.group);
    text.push_str("| C | contender | a run | a row | GB/s | ratio |\n");
    text.push_str("|---:|---|---:|---:|---:|---:|\n");
    for shape in group.chunk_by(|a, b| a.n_classes == b.n_classes) {
        let reference = &shape[0];
        for measurement in shape {
            let ratio = if rank(reference, backend) == usize::MAX {
                String::new()
            } else {
                format!("{:.2}", measurement.median / reference.median)
            };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {:.2} | {ratio} |",
                measurement.n_classes,
                measurement.contender,
                time(measurement.median),
                time(measurement.median / measurement.n_rows),
                // Bytes a nanosecond.
                measurement.n_bytes / measurement.median,
            );
        }
    }
}

/// How many times faster two threads are than one.
fn threads(text: &mut String, measurements: &[Measurement]) {
    let mut lines = String::new();
    for two in measurements {
        let Some(rest) = two.group.strip_prefix("threads 2/") else {
            continue;
        };
        let is_twin = |one: &&Measurement| {
            one.group.strip_prefix("threads 1/") == Some(rest)
                && (one.n_classes, &one.contender) == (two.n_classes, &two.contender)
        };
        if let Some(one) = measurements.iter().find(is_twin) {
            let (n, contender) = (two.n_classes, &two.contender);
            let faster = one.median / two.median;
            let _ = writeln!(lines, "| {rest} | {n} | {contender} | {faster:.2} |");
        }
    }
    if !lines.is_empty() {
        text.push_str("\n## Two threads against one\n\n| | C | contender | times faster |\n");
        text.push_str("|---|---:|---|---:|\n");
        text.push_str(&lines);
    }
}

/// Nanoseconds with four digits, in a unit in which they are a number below 1000.
fn time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let unit = units.into_iter().find(|&(unit, _)| nanoseconds >= unit);
    let (unit, name) = unit.unwrap_or((1.0, "ns"));
    let value = nanoseconds / unit;
    let digits = match value {
        ..10.0 => 3,
        10.0..100.0 => 2,
        _ => 1,
    };
    format!("{value:.digits$} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(group: &str, n_classes: usize, contender: &str, median: f64) -> Measurement {
        Measurement {
            group: group.into(),
            n_classes,
            contender: contender.into(),
            median,
            n_rows: 100.0,
            n_bytes: 4000.0,
        }
    }

    #[test]
    fn contenders_are_compared_with_the_pass() {
        let group = "roofline/loss/in cache";
        let text = tables(
            vec![
                measurement(group, 100, "surprisal avx2", 2e6),
                measurement(group, 10, "surprisal avx2", 5000.0),
                measurement(group, 10, "read", 4000.0),
                measurement(group, 100, "read", 1e6),
            ],
            Backend::Avx2,
        );
        let expected = "
## roofline/loss/in cache

| C | contender | a run | a row | GB/s | ratio |
|---:|---|---:|---:|---:|---:|
| 10 | read | 4.000 µs | 40.00 ns | 1.00 | 1.00 |
| 10 | surprisal avx2 | 5.000 µs | 50.00 ns | 0.80 | 1.25 |
| 100 | read | 1.000 ms | 10.00 µs | 0.00 | 1.00 |
| 100 | surprisal avx2 | 2.000 ms | 20.00 µs | 0.00 | 2.00 |
";
        assert_eq!(text, expected);
    }

    #[test]
    fn without_a_pass_they_are_compared_with_the_kernel() {
        let group = "lookup/loss/last-level cache";
        let text = tables(
            vec![
                measurement(group, 10, "softmax one-hot scalar", 300.0),
                measurement(group, 10, "surprisal sse2", 200.0),
                measurement(group, 10, "surprisal avx2", 100.0),
            ],
            Backend::Avx2,
        );
        let rows: Vec<_> = text.lines().skip(5).collect();
        assert_eq!(
            rows,
            [
                "| 10 | surprisal avx2 | 100.0 ns | 1.000 ns | 40.00 | 1.00 |",
                "| 10 | softmax one-hot scalar | 300.0 ns | 3.000 ns | 13.33 | 3.00 |",
                "| 10 | surprisal sse2 | 200.0 ns | 2.000 ns | 20.00 | 2.00 |",
            ]
        );
    }

    #[test]
    fn without_either_there_is_no_ratio() {
        let text = tables(vec![measurement("a", 1, "b", 1.0)], Backend::Avx2);
        assert!(
            text.ends_with("| 1 | b | 1.000 ns | 0.010 ns | 4000.00 |  |\n"),
            "{text}"
        );
    }

    #[test]
    fn two_threads_are_compared_with_one() {
        let text = tables(
            vec![
                measurement("threads 1/loss/out of cache", 10, "read", 30.0),
                measurement("threads 2/loss/out of cache", 10, "read", 20.0),
                measurement("threads 2/loss/out of cache", 100, "read", 20.0),
            ],
            Backend::Avx2,
        );
        let (_, last) = text.split_once("\n## Two threads against one\n\n").unwrap();
        let rows: Vec<_> = last.lines().skip(2).collect();
        assert_eq!(rows, ["| loss/out of cache | 10 | read | 1.50 |"]);
    }

    #[test]
    fn times_have_a_unit_that_suits_them() {
        let times = [2.5, 12.34, 999.0, 1000.0, 45_678.0, 2e6, 3e9].map(time);
        let expected = [
            "2.500 ns",
            "12.34 ns",
            "999.0 ns",
            "1.000 µs",
            "45.68 µs",
            "2.000 ms",
            "3.000 s",
        ];
        assert_eq!(times, expected);
    }
}
