//! The header says what Rust has: names, prototypes, numbers and layouts.

use core::mem::{align_of, offset_of, size_of};
use std::{
    collections::BTreeSet,
    format, fs, iter,
    path::Path,
    process::Command,
    string::{String, ToString},
    vec::Vec,
};

use surprisal::{Backend, RowState};

use crate::{
    exports::exported,
    labels::Labels,
    options::{Options, backend_number},
    status::{Detail, NAME_LEN, STATUSES},
    total::CTotal,
};

const HEADER: &str = include_str!("../../include/surprisal.h");

/// What is exported beside the operations.
const OTHERS: [&str; 2] = [
    "const char *surprisal_status_message(int32_t);",
    "int32_t surprisal_backend_detect(void);",
];

/// The name of a function in its prototype.
fn name_of(prototype: &str) -> String {
    let (before, _) = prototype.split_once('(').expect("a prototype");
    let name = before.rsplit([' ', '*']).next().expect("a name");
    name.to_string()
}

/// Layouts of structures, by their fields.
fn layouts() -> Vec<String> {
    let mut checks = Vec::new();
    macro_rules! layout {
        ($rust:ident, $c:literal: $($field:ident as $c_field:literal),*) => {
            let (size, align) = (size_of::<$rust>(), align_of::<$rust>());
            checks.push(format!("sizeof({}) == {size} && _Alignof({}) == {align}", $c, $c));
            $(
                let offset = offset_of!($rust, $field);
                checks.push(format!("offsetof({}, {}) == {offset}", $c, $c_field));
            )*
        };
        ($rust:ident, $c:literal: $($field:ident),*) => {
            let (size, align) = (size_of::<$rust>(), align_of::<$rust>());
            checks.push(format!("sizeof({}) == {size} && _Alignof({}) == {align}", $c, $c));
            $(
                let offset = offset_of!($rust, $field);
                checks.push(format!("offsetof({}, {}) == {offset}", $c, stringify!($field)));
            )*
        };
    }
    layout!(Options, "surprisal_options":
        size, row_stride, ignored_labels, n_ignored_labels, class_weights_f32, class_weights_f64,
        row_weights_f32, row_weights_f64, target_probabilities_f32, target_probabilities_f64,
        denominator, label_smoothing, label_smoothing_over_others, z_loss, softcap, temperature,
        reduction, backend);
    layout!(Detail, "surprisal_detail": size, argument, row, class_index, label, value);
    layout!(CTotal, "surprisal_total": sum, weight, rows_counted, rows_ignored, rows_non_finite);
    layout!(Labels, "surprisal_labels": data as "data", integer as "type");
    for (c, size) in [
        ("f32", size_of::<RowState<f32>>()),
        ("f64", size_of::<RowState<f64>>()),
    ] {
        checks.push(format!("sizeof(surprisal_row_state_{c}) == {size}"));
    }
    checks
}

/// Numbers that have a name.
fn numbers() -> Vec<String> {
    let mut numbers: Vec<_> = STATUSES
        .iter()
        .map(|(name, status)| format!("SURPRISAL_{name} == {status}"))
        .collect();
    for backend in Backend::ALL {
        let name = backend.name().replace('-', "_").to_uppercase();
        numbers.push(format!(
            "SURPRISAL_BACKEND_{name} == {}",
            backend_number(backend)
        ));
    }
    let blocks = [
        ("F32", RowState::<f32>::BLOCK_LEN),
        ("F64", RowState::<f64>::BLOCK_LEN),
    ];
    for (name, len) in blocks {
        numbers.push(format!("SURPRISAL_ROW_STATE_BLOCK_{name} == {len}"));
    }
    numbers.push("SURPRISAL_NONE == SIZE_MAX".to_string());
    numbers.push(format!(
        "sizeof(((surprisal_detail *)0)->argument) == {NAME_LEN}"
    ));
    numbers
}

#[test]
fn header_declares_what_is_exported() {
    let code: String = HEADER
        .split("/*")
        .map(|part| part.split_once("*/").map_or(part, |(_, code)| code))
        .collect();
    let declared: BTreeSet<_> = code
        .split(';')
        .filter(|declaration| !declaration.contains('{'))
        .filter(|declaration| declaration.contains('('))
        .map(name_of)
        .filter(|name| name.starts_with("surprisal_"))
        .collect();
    let exported: BTreeSet<_> = exported()
        .iter()
        .map(String::as_str)
        .chain(OTHERS)
        .map(name_of)
        .collect();
    assert_eq!(declared, exported);
}

/// A C compiler refuses a second declaration of a function that is not the first, and an assertion
/// that does not hold.
#[test]
fn header_agrees_with_rust() {
    let prototypes = exported().into_iter().chain(OTHERS.map(String::from));
    let checks = layouts().into_iter().chain(numbers());
    let asserts = checks.map(|check| format!("_Static_assert({check}, \"{check}\");"));
    let lines: Vec<_> = iter::once("#include \"surprisal.h\"".to_string())
        .chain(prototypes)
        .chain(asserts)
        .collect();
    let program = lines.join("\n") + "\n";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = std::env::temp_dir().join(format!("surprisal-header-{}.c", std::process::id()));
    fs::write(&source, program).expect("a temporary file");
    let output = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"])
        .arg("-fsyntax-only")
        .arg("-I")
        .arg(folder.join("include"))
        .arg(&source)
        .output()
        .expect("the compiler `cc`, which links Rust programs too");
    fs::remove_file(&source).expect("the temporary file");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

/// Every status has a message of its own.
#[test]
fn messages_differ() {
    let messages: BTreeSet<_> = STATUSES
        .iter()
        .map(|&(_, status)| crate::status::message(status))
        .collect();
    assert_eq!(messages.len(), STATUSES.len());
    assert!(!messages.contains(crate::status::message(-1)));
}
