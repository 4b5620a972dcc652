//! Calibration, classes and groups as plain text.

use comfy_table::{CellAlignment, Table};

use super::text::{Column, Lines, number, or_dash, percent, print, table};
use crate::statistics::{Bin, ClassShare, Details, GroupShare, Reliability, Share};

/// What follows the summary, each after an empty line.
pub(super) fn render(details: &Details) -> Vec<String> {
    let calibration = details.calibration.as_ref().map(calibration);
    let by_class = details.by_class.as_deref().map(by_class);
    let by_group = details.by_group.as_deref().map(by_group);
    [calibration, by_class, by_group]
        .into_iter()
        .flatten()
        .collect()
}

fn calibration(reliability: &Reliability) -> String {
    let mut lines = Lines::new();
    let mut line = |name, value, unit| lines.add(name, value, unit);
    let expected = or_dash(reliability.expected_calibration_error, percent);
    let maximum = or_dash(reliability.maximum_calibration_error, percent);
    line("expected calibration error", &expected, "%");
    line("maximum calibration error", &maximum, "%");
    line("Brier score", &or_dash(reliability.brier_score, number), "");
    let mut bins = table();
    bins.set_header(["confidence up to (%)", "rows", "mean (%)", "accuracy (%)"]);
    for bin in reliability.bins.iter().filter(|bin| bin.rows > 0) {
        let Bin {
            to,
            rows,
            confidence,
            accuracy,
            ..
        } = bin;
        bins.add_row([
            percent(*to),
            rows.to_string(),
            or_dash(*confidence, percent),
            or_dash(*accuracy, percent),
        ]);
    }
    format!(
        "{}\n\n{}",
        lines.print(),
        print(bins, &[right(3), right(3), right(3), right(0)])
    )
}

fn by_class(classes: &[ClassShare]) -> String {
    let has_names = classes.iter().any(|class| class.name.is_some());
    let mut table = table();
    let first = ["class"].into_iter().chain(has_names.then_some("name"));
    table.set_header(first.chain(SHARE));
    for ClassShare { class, name, share } in classes {
        let name = has_names.then(|| name.clone().unwrap_or_default());
        table.add_row(
            [class.to_string()]
                .into_iter()
                .chain(name)
                .chain(cells(share)),
        );
    }
    let names = has_names.then_some((CellAlignment::Left, 3));
    titled("By class", table, names)
}

fn by_group(groups: &[GroupShare]) -> String {
    let mut table = table();
    table.set_header(["group"].into_iter().chain(SHARE));
    for GroupShare { group, share } in groups {
        table.add_row([group.to_string()].into_iter().chain(cells(share)));
    }
    titled("By group", table, None)
}

const SHARE: [&str; 3] = ["rows", "mean loss (nats)", "accuracy (%)"];

fn cells(share: &Share) -> [String; 3] {
    [
        share.rows.to_string(),
        or_dash(share.loss_mean, number),
        or_dash(share.accuracy, percent),
    ]
}

fn titled(title: &str, table: Table, names: Option<Column>) -> String {
    let columns: Vec<Column> = [right(3)]
        .into_iter()
        .chain(names)
        .chain([right(3), right(3), right(0)])
        .collect();
    format!("{title}\n\n{}", print(table, &columns))
}

fn right(spaces: u16) -> Column {
    (CellAlignment::Right, spaces)
}
