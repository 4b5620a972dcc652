//! The report of an evaluation as plain text.

use comfy_table::CellAlignment;
use surprisal::{Denominator, Reduction};

use super::{
    Report, details,
    text::{Lines, number, or_dash, percent, print, table},
};
use crate::evaluation::{HardRow, Summary};

pub(super) fn render(report: &Report) -> String {
    let mut parts = vec![summary(report)];
    parts.extend(details::render(&report.details));
    if !report.summary.hardest.is_empty() {
        parts.push(hardest(&report.summary.hardest));
    }
    parts.join("\n\n")
}

fn summary(report: &Report) -> String {
    let Report {
        summary, reduction, ..
    } = report;
    let mut lines = Lines::new();
    let mut line = |name: &str, value: &str, unit: &str| lines.add(name, value, unit);

    line("rows", &summary.rows.to_string(), "");
    line("classes", &summary.classes.to_string(), "");
    line("counted rows", &summary.rows_counted.to_string(), "");
    if let Some(weight) = summary.weight {
        line("  total weight", &number(weight), "");
    }
    line("ignored rows", &summary.rows_ignored.to_string(), "");
    line("non-finite rows", &summary.rows_non_finite.to_string(), "");
    line("", "", "");
    report.origin.add_options(&mut lines);
    if !report.origin.options.is_empty() {
        lines.add("", "", "");
    }
    let mut line = |name: &str, value: &str, unit: &str| lines.add(name, value, unit);
    if *reduction == Reduction::Sum {
        line("sum of losses", &number(summary.loss_sum), "nats");
    }
    if *reduction != Reduction::None {
        line(mean_name(report), &mean(summary), "nats");
        line(
            "  standard error",
            &or_dash(summary.loss_standard_error, number),
            "nats",
        );
        line("  in bits", &or_dash(summary.bits_mean, number), "bits");
        line("  perplexity", &or_dash(summary.perplexity, number), "");
    }
    // Rows that count have an accuracy unless they have no labels.
    if summary.accuracy_top1.is_some() || summary.rows_counted == 0 {
        line(
            "accuracy at 1",
            &or_dash(summary.accuracy_top1, percent),
            "%",
        );
        line(
            "accuracy at 5",
            &or_dash(summary.accuracy_top5, percent),
            "%",
        );
    }
    lines.print()
}

fn hardest(rows: &[HardRow]) -> String {
    let mut table = table();
    // All rows have a label or none has.
    let is_labelled = rows.iter().all(|row| row.label.is_some());
    table.set_header(
        ["row"]
            .into_iter()
            .chain(is_labelled.then_some("label"))
            .chain(["loss (nats)", "predicted", "probability (%)"]),
    );
    for row in rows {
        let named = |class: usize, name: Option<&String>| match name {
            Some(name) => format!("{class} {name}"),
            None => class.to_string(),
        };
        let names = row.names.as_ref();
        let label = row
            .label
            .map(|label| named(label, names.and_then(|names| names.label.as_ref())));
        let rest = [
            number(row.loss),
            named(row.predicted, names.map(|names| &names.predicted)),
            percent(row.probability),
        ];
        table.add_row([row.row.to_string()].into_iter().chain(label).chain(rest));
    }
    let title = match rows.len() {
        1 => "The most surprising row".to_owned(),
        n => format!("The {n} most surprising rows"),
    };
    let right = |spaces| (CellAlignment::Right, spaces);
    let columns = [right(3), right(3), right(3), right(3), right(0)];
    // One less without labels; all but the last are alike.
    let columns = &columns[usize::from(!is_labelled)..];
    format!("{title}\n\n{}", print(table, columns))
}

/// What the mean loss is called: a weighted one divides by weights.
fn mean_name(report: &Report) -> &'static str {
    let by_weight = !matches!(
        report.reduction,
        Reduction::Mean(Denominator::Rows | Denominator::Given(_))
    );
    match report.summary.weight {
        Some(_) if by_weight => "weighted mean loss",
        _ => "mean loss",
    }
}

fn mean(summary: &Summary) -> String {
    match summary.loss_mean {
        Some(mean) => number(mean),
        None if summary.rows_counted == 0 => "no rows counted".to_owned(),
        None => "no weight".to_owned(),
    }
}
