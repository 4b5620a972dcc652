//! The tables of a page.

use std::fmt::Write;

use super::{Page, svg::Escaped};
use crate::report::text::{number, or_dash, percent};

/// The most surprising rows; empty where there are none.
pub(super) fn hardest(page: &Page) -> String {
    if page.hardest().is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for row in page.hardest() {
        let label = row.label.map_or("-".to_owned(), |label| page.class(label));
        let cells = [
            (true, row.row.to_string()),
            (false, label),
            (true, number(row.loss)),
            (false, page.class(row.predicted)),
            (true, percent(row.probability)),
        ];
        push_row(&mut rows, &cells);
    }
    let header = [
        (true, "row"),
        (false, "label"),
        (true, "loss (nats)"),
        (false, "predicted"),
        (true, "probability (%)"),
    ];
    table(&header, &rows)
}

/// All classes; empty without labels.
pub(super) fn classes(page: &Page) -> String {
    let classes = page.report.details.by_class.as_deref().unwrap_or_default();
    if classes.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for class in classes {
        let cells = [
            (false, page.class(class.class)),
            (true, class.share.rows.to_string()),
            (true, or_dash(class.share.loss_mean, number)),
            (true, or_dash(class.share.accuracy, percent)),
        ];
        push_row(&mut rows, &cells);
    }
    let header = [
        (false, "class"),
        (true, "rows"),
        (true, "mean loss (nats)"),
        (true, "accuracy (%)"),
    ];
    table(&header, &rows)
}

fn table(header: &[(bool, &str)], rows: &str) -> String {
    let mut cells = String::new();
    for &(is_number, name) in header {
        let class = class(is_number);
        let _ = write!(cells, "<th scope=\"col\"{class}>{}</th>", Escaped(name));
    }
    format!("<table>\n<thead><tr>{cells}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n")
}

fn push_row(rows: &mut String, cells: &[(bool, String)]) {
    rows.push_str("<tr>");
    for (is_number, text) in cells {
        let _ = write!(rows, "<td{}>{}</td>", class(*is_number), Escaped(text));
    }
    rows.push_str("</tr>\n");
}

fn class(is_number: bool) -> &'static str {
    if is_number { " class=\"number\"" } else { "" }
}
