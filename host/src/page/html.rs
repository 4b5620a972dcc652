//! The page itself.

use std::fmt::Write;

use super::{
    Page,
    scale::{self, thousands},
    svg::Escaped,
    tables,
};
use crate::report::text::{number, or_dash, percent};

/// Colours and type of the plots, and of the page around them.
const STYLES: [&str; 2] = [include_str!("plot.css"), include_str!("page.css")];

pub(super) fn write(page: &Page) -> String {
    let title = Escaped(&page.title);
    let [of_plots, of_page] = STYLES;
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{of_plots}{of_page}</style>\n</head>\n<body>\n\
         <main>\n<header>\n<h1>{title}</h1>\n{}</header>\n{}",
        origin(page),
        numbers(page)
    );
    html.push_str("<div class=\"figures\">\n");
    for figure in page.figures() {
        let (title, caption) = (Escaped(&figure.title), Escaped(&figure.caption));
        let svg = figure.svg.inline(&figure.title);
        let _ = write!(
            html,
            "<section>\n<h2>{title}</h2>\n<figure>\n{svg}\n<figcaption>{caption}</figcaption>\n\
             </figure>\n</section>\n"
        );
    }
    html.push_str("</div>\n");
    for (title, table) in [
        ("The most surprising rows", tables::hardest(page)),
        ("All classes", tables::classes(page)),
    ] {
        if !table.is_empty() {
            let _ = write!(html, "<section>\n<h2>{title}</h2>\n{table}</section>\n");
        }
    }
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

/// Where the numbers come from.
fn origin(page: &Page) -> String {
    let report = &page.report;
    let mut parts = Vec::new();
    let mut part = |name: &str, value: &str| {
        parts.push(format!(
            "<dt>{}</dt><dd>{}</dd>",
            Escaped(name),
            Escaped(value)
        ));
    };
    let memory = || "in memory".to_owned();
    part("logits", &report.logits.clone().unwrap_or_else(memory));
    if report.summary.accuracy_top1.is_some() {
        part(
            "labels",
            &report.origin.labels.clone().unwrap_or_else(memory),
        );
    }
    part("type", &report.origin.dtype.to_string());
    for (name, setting) in &report.origin.options {
        part(&name.replace('_', " "), &setting.to_string());
    }
    format!("<dl class=\"origin\">{}</dl>\n", parts.concat())
}

/// What there is to say in one number each.
fn numbers(page: &Page) -> String {
    let summary = &page.report.summary;
    let calibration = page.report.details.calibration.as_ref();
    let of_calibration = calibration.and_then(|of| of.expected_calibration_error);
    let error = summary
        .loss_standard_error
        .filter(|error| error.is_finite());
    let error = error.map_or(String::new(), |error| format!(", ± {}", number(error)));
    let tiles = [
        (
            "mean loss",
            or_dash(summary.loss_mean, number),
            format!("nats{error}"),
        ),
        (
            "perplexity",
            or_dash(summary.perplexity, number),
            String::new(),
        ),
        (
            "accuracy",
            or_dash(summary.accuracy_top1, percent),
            "%".to_owned(),
        ),
        (
            "calibration error",
            or_dash(of_calibration, percent),
            "% expected".to_owned(),
        ),
        (
            "Brier score",
            or_dash(calibration.and_then(|of| of.brier_score), number),
            String::new(),
        ),
        (
            "rows",
            thousands(summary.rows_counted),
            format!("in {} classes", thousands(summary.classes)),
        ),
    ];
    let mut html = "<dl class=\"numbers\">\n".to_owned();
    for (name, value, unit) in tiles.into_iter().filter(|(_, value, _)| value != "-") {
        let _ = writeln!(
            html,
            "<div><dt>{name}</dt><dd>{value} <small>{unit}</small></dd></div>"
        );
    }
    for (rows, what) in [
        (summary.rows_ignored, "ignored"),
        (summary.rows_non_finite, "without a finite loss"),
    ] {
        if rows > 0 {
            let (count, unit) = (thousands(rows), scale::rows(rows));
            let _ = writeln!(
                html,
                "<div><dt>{what}</dt><dd>{count} <small>{unit}</small></dd></div>"
            );
        }
    }
    html + "</dl>\n"
}
