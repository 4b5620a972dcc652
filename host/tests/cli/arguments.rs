//! A typo in each argument of each subcommand gets an answer that helps.

use crate::{npy, program::Folder};

fn folder() -> Folder {
    Folder::with(&npy::f32s(2, &[1.0, 0.0, -1.0, 0.5]), &npy::i64s(&[0, 1]))
        .file("v.npy", &npy::f32s(2, &[0.0; 4]))
}

/// The commands with everything they need.
const COMMANDS: [&[&str]; 6] = [
    &["eval", "logits.npy", "labels.npy"],
    &["grad", "logits.npy", "labels.npy", "--out", "out.npy"],
    &[
        "hessian",
        "logits.npy",
        "labels.npy",
        "--form",
        "packed",
        "--out",
        "out.npy",
    ],
    &["newton", "logits.npy", "labels.npy", "--out", "out.npy"],
    &[
        "solve",
        "logits.npy",
        "labels.npy",
        "--vector",
        "v.npy",
        "--damping",
        "0.5",
        "--out",
        "out.npy",
    ],
    &[
        "hvp",
        "logits.npy",
        "labels.npy",
        "--vector",
        "v.npy",
        "--out",
        "out.npy",
    ],
];

/// Status 2, and all of these on standard error.
#[track_caller]
fn says(arguments: &[&str], parts: &[&str]) {
    let folder = folder();
    let run = folder.run(arguments);
    assert_eq!(
        (run.status, run.stdout.as_str()),
        (Some(2), ""),
        "{arguments:?}"
    );
    for part in parts {
        assert!(
            run.stderr.contains(part),
            "{arguments:?} should say {part}:\n{}",
            run.stderr
        );
    }
    assert_eq!(folder.names(), ["labels.npy", "logits.npy", "v.npy"]);
}

#[test]
fn subcommands() {
    says(
        &["evl"],
        &[
            "unrecognized subcommand 'evl'",
            "similar subcommands exist: 'help', 'eval'",
        ],
    );
    says(&["hesian"], &["a similar subcommand exists: 'hessian'"]);
    says(&[], &["Usage: surprisal <COMMAND>"]);
}

#[test]
fn names_of_options() {
    for command in COMMANDS {
        for (typo, option) in [
            ("--thread", "--threads"),
            ("--ignore-labels", "--ignore-label"),
            ("--backends", "--backend"),
            ("--reducton", "--reduction"),
        ] {
            says(
                &[command, &[typo, "1"]].concat(),
                &[typo, &format!("'{option}'")],
            );
        }
    }
    for (command, typo, option) in [
        ("eval", "--formt", "--format"),
        ("eval", "--loses", "--losses"),
        ("grad", "--ouput", "--output"),
        ("hessian", "--from", "--form"),
        ("newton", "--dampening", "--damping"),
        ("solve", "--vectors", "--vector"),
        ("hvp", "--vectors", "--vector"),
    ] {
        says(
            &[command, "logits.npy", "labels.npy", typo, "x"],
            &[typo, &format!("'{option}'")],
        );
    }
}

#[test]
fn values_of_options() {
    for command in COMMANDS {
        let with = |option, value| [command, &[option, value]].concat();
        says(
            &with("--reduction", "maen"),
            &[
                "invalid value 'maen' for '--reduction",
                "[possible values: none, sum, mean]",
                "'mean'",
            ],
        );
        says(
            &with("--backend", "portabel"),
            &[
                "invalid value 'portabel' for '--backend <NAME>'",
                "[possible values: portable",
                "'portable'",
            ],
        );
        says(
            &with("--threads", "two"),
            &["invalid value 'two' for '--threads <N>'"],
        );
        says(&with("--threads", "-1"), &["-1"]);
        says(&with("--threads", "5000"), &["5000 is not in 0..=1024"]);
        says(
            &with("--ignore-label", "none"),
            &["invalid value 'none' for '--ignore-label <N>'"],
        );
        says(
            &with("--ignore-label", "1.5"),
            &["invalid value '1.5' for '--ignore-label <N>'"],
        );
    }
    says(
        &["eval", "logits.npy", "labels.npy", "--format", "jsn"],
        &[
            "invalid value 'jsn' for '--format",
            "[possible values: table, json]",
            "'json'",
        ],
    );
    says(
        &[
            "hessian",
            "logits.npy",
            "labels.npy",
            "--form",
            "dence",
            "--out",
            "out.npy",
        ],
        &[
            "invalid value 'dence' for '--form",
            "[possible values: diagonal, packed, dense, trace, frobenius-norm, eigenvalues, ldl, cholesky]",
            "'dense'",
        ],
    );
}

#[test]
fn files() {
    for command in COMMANDS {
        let with = |place: usize, value| {
            let mut arguments = command.to_vec();
            arguments[place] = value;
            arguments
        };
        says(
            &with(1, "logit.npy"),
            &["error: logits 'logit.npy': No such file"],
        );
        says(
            &with(2, "label.npy"),
            &["error: labels 'label.npy': No such file"],
        );
        // The two in the wrong order.
        let mut swapped = command.to_vec();
        swapped.swap(1, 2);
        says(
            &swapped,
            &["error: logits 'labels.npy': holds numbers of type '<i8'"],
        );
    }
    for command in [COMMANDS[4], COMMANDS[5]] {
        let mut arguments = command.to_vec();
        arguments[4] = "w.npy";
        says(&arguments, &["error: vector 'w.npy': No such file"]);
    }
}

#[test]
fn what_is_missing() {
    says(
        &["eval", "logits.npy"],
        &["were not provided", "<LABELS>", "Usage: surprisal eval"],
    );
    says(&["eval"], &["<LOGITS>", "<LABELS>"]);
    says(&["grad", "logits.npy", "labels.npy"], &["--out <OUT.npy>"]);
    says(
        &["hessian", "logits.npy", "labels.npy", "--out", "o"],
        &["--form <FORM>"],
    );
    says(
        &["hvp", "logits.npy", "labels.npy", "--out", "o"],
        &["--vector <V.npy>"],
    );
    says(
        &[
            "solve",
            "logits.npy",
            "labels.npy",
            "--out",
            "o",
            "--vector",
            "b",
        ],
        &["--damping <L>"],
    );
    says(
        &["eval", "logits.npy", "labels.npy", "more.npy"],
        &["unexpected argument 'more.npy'"],
    );
}

#[test]
fn help_has_an_example_for_every_command() {
    for command in ["eval", "grad", "hessian", "newton", "solve", "hvp"] {
        for arguments in [
            vec![command, "--help"],
            vec![command, "-h"],
            vec!["help", command],
        ] {
            let help = folder().run(&arguments).success().stdout;
            assert!(
                help.contains(&format!("Example:\n  surprisal {command} logits.npy")),
                "{help}"
            );
            let with_options =
                format!("With options of the loss:\n  surprisal {command} logits.npy");
            assert!(help.contains(&with_options), "{help}");
            assert!(help.lines().all(|line| line.len() <= 100), "{help}");
        }
    }
}

#[test]
fn help_lists_every_backend() {
    let names = surprisal::Backend::ALL
        .map(surprisal::Backend::name)
        .join(", ");
    for command in ["eval", "grad", "hessian", "newton", "solve", "hvp"] {
        let help = folder().run(&[command, "--help"]).success().stdout;
        let words: Vec<&str> = help.split_whitespace().collect();
        let listed = format!("[possible values: {names}]");
        assert!(words.join(" ").contains(&listed), "{help}");
    }
}

#[test]
fn the_version_names_the_backend() {
    let run = folder().run(&["--version"]).success();
    let backend = surprisal::Backend::detect();
    let expected = format!(
        "surprisal {} (backend {backend})\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(run.stdout, expected);
}
