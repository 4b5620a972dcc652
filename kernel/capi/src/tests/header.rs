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
    exports::{
        exported,
        halves::{CBf16, CF16},
        row_hessians::{surprisal_row_hessian_workspace_len, surprisal_spectrum_workspace_len},
    },
    kept::ROOMS,
    labels::Labels,
    options::{Options, backend_number},
    status::{Detail, NAME_LEN, STATUSES},
    total::CTotal,
};

const HEADERS: [&str; 2] = [
    include_str!("../../include/surprisal.h"),
    include_str!("../../include/surprisal_row_hessian.h"),
];

/// What is exported beside the operations.
const OTHERS: [&str; 8] = [
    "const char *surprisal_status_message(int32_t);",
    "int32_t surprisal_backend_detect(void);",
    "surprisal_f16 surprisal_f16_from_f32(float);",
    "surprisal_bf16 surprisal_bf16_from_f32(float);",
    "float surprisal_f16_to_f32(surprisal_f16);",
    "float surprisal_bf16_to_f32(surprisal_bf16);",
    "size_t surprisal_row_hessian_workspace_len(size_t);",
    "size_t surprisal_spectrum_workspace_len(size_t);",
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
    layout!(CF16, "surprisal_f16": bits);
    layout!(CBf16, "surprisal_bf16": bits);
    // Structures that are opaque have room for what this package puts there, which is asserted where
    // these numbers are.
    for &(value, t, words, numbers) in ROOMS {
        let c = match value {
            "RowHessian" => "row_hessian",
            "Factor" => "factor",
            _ => "spectrum",
        };
        let number = if t == "f32" { "float" } else { "double" };
        checks.push(format!(
            "sizeof(surprisal_{c}_{t}) == {words} * sizeof(size_t) + {numbers} * sizeof({number})"
        ));
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
    for n_classes in [1, 10] {
        let hessian = surprisal_row_hessian_workspace_len(n_classes);
        let spectrum = surprisal_spectrum_workspace_len(n_classes);
        numbers.push(format!(
            "SURPRISAL_ROW_HESSIAN_WORKSPACE_LEN({n_classes}) == {hessian}"
        ));
        numbers.push(format!(
            "SURPRISAL_SPECTRUM_WORKSPACE_LEN({n_classes}) == {spectrum}"
        ));
    }
    numbers.push("SURPRISAL_NONE == SIZE_MAX".to_string());
    numbers.push(format!(
        "sizeof(((surprisal_detail *)0)->argument) == {NAME_LEN}"
    ));
    numbers
}

#[test]
fn header_declares_what_is_exported() {
    let code: String = HEADERS
        .iter()
        .flat_map(|header| header.split("/*"))
        .map(|part| part.split_once("*/").map_or(part, |(_, code)| code))
        .flat_map(str::lines)
        .filter(|line| !line.starts_with('#'))
        .collect();
    let declared: BTreeSet<_> = code
        .split(';')
        .filter(|declaration| !declaration.contains('{'))
        .filter(|declaration| declaration.contains('('))
        .map(name_of)
        .filter(|name| name.starts_with("surprisal_"))
        .collect();
    let exported: BTreeSet<_> = exported()
        .chain(OTHERS.map(String::from))
        .map(|prototype| name_of(&prototype))
        .collect();
    assert_eq!(declared, exported);
}

/// A C compiler refuses a second declaration of a function that is not the first, and an assertion
/// that does not hold.
#[test]
fn header_agrees_with_rust() {
    let prototypes = exported().chain(OTHERS.map(String::from));
    let checks = layouts().into_iter().chain(numbers());
    let asserts = checks.map(|check| format!("_Static_assert({check}, \"{check}\");"));
    let lines: Vec<_> = iter::once("#include \"surprisal_row_hessian.h\"".to_string())
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
