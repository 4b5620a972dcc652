//! The report as plain text: names on the left, numbers to the right, units after them.

use comfy_table::{CellAlignment, ContentLineStyle, LineStyle, Table, TableStyle};
use surprisal::{Denominator, Reduction};

use super::Report;
use crate::evaluation::{HardRow, Summary};

/// Nothing but a line under a header; the columns' paddings keep them apart.
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::none().fill('─'))
    .content_lines(ContentLineStyle::none());

/// A column's alignment and the spaces after it.
type Column = (CellAlignment, u16);

pub(super) fn render(report: &Report) -> String {
    let mut text = summary(report);
    if !report.summary.hardest.is_empty() {
        text.push_str("\n\n");
        text.push_str(&hardest(&report.summary.hardest));
    }
    text
}

fn summary(report: &Report) -> String {
    let Report {
        summary, reduction, ..
    } = report;
    let mut table = table();
    let mut line = |name: &str, value: &str, unit: &str| {
        // A unit belongs to a number.
        let unit = if value.ends_with(|c: char| c.is_ascii_digit()) {
            unit
        } else {
            ""
        };
        table.add_row([name, value, unit]);
    };

    line("rows", &summary.rows.to_string(), "");
    line("classes", &summary.classes.to_string(), "");
    line("counted rows", &summary.rows_counted.to_string(), "");
    if let Some(weight) = summary.weight {
        line("  total weight", &number(weight), "");
    }
    line("ignored rows", &summary.rows_ignored.to_string(), "");
    line("non-finite rows", &summary.rows_non_finite.to_string(), "");
    line("", "", "");
    for (name, setting) in &report.options {
        line(&name.replace('_', " "), &setting.to_string(), "");
    }
    if !report.options.is_empty() {
        line("", "", "");
    }
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
    print(
        table,
        &[
            (CellAlignment::Left, 4),
            (CellAlignment::Right, 1),
            (CellAlignment::Left, 0),
        ],
    )
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
        let label = row.label.map(|label| label.to_string());
        let rest = [
            number(row.loss),
            row.predicted.to_string(),
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

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    table
}

/// The text of a table that has its rows, and so its columns.
fn print(mut table: Table, columns: &[Column]) -> String {
    for (column, &(alignment, spaces)) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, spaces));
        column.set_cell_alignment(alignment);
    }
    table.trim_fmt()
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

fn or_dash(value: Option<f64>, format: impl Fn(f64) -> String) -> String {
    value.map_or("-".to_owned(), format)
}

/// Six decimals, or six digits after the first where those would show too little or too much.
fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value.is_nan() {
        "not a number".to_owned()
    } else if value.is_infinite() {
        "infinite".to_owned()
    } else if magnitude != 0.0 && !(1e-3..1e9).contains(&magnitude) {
        format!("{value:.6e}")
    } else {
        format!("{value:.6}")
    }
}

/// Two decimals, of which none claims a certainty that is not there.
fn percent(share: f64) -> String {
    match format!("{:.2}", 100.0 * share).as_str() {
        "NaN" => number(share),
        "100.00" if share < 1.0 => ">99.99".to_owned(),
        "0.00" if share > 0.0 => "<0.01".to_owned(),
        percent => percent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_what_they_hold() {
        for (value, text) in [
            (0.0, "0.000000"),
            (0.15512193, "0.155122"),
            (672.2357231436505, "672.235723"),
            (4.248354255291589e-18, "4.248354e-18"),
            (1.5e12, "1.500000e12"),
            (f64::NAN, "not a number"),
            (f64::INFINITY, "infinite"),
        ] {
            assert_eq!(number(value), text);
        }
        for (share, text) in [
            (1.0, "100.00"),
            (0.99999, ">99.99"),
            (0.969393, "96.94"),
            (1e-9, "<0.01"),
            (0.0, "0.00"),
        ] {
            assert_eq!(percent(share), text);
        }
    }
}
