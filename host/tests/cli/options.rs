//! Options of the loss, against values computed elsewhere.
//!
//! mpmath 1.3.0 with 50 digits, derivatives by finite differences of the loss:
//!
//! ```python
//! import mpmath as mp
//! mp.mp.dps = 50
//! X = [[1.2, -.8, -.5], [.9, -1.2, 1.1], [2, .25, -3]]
//! y, w, r = [0, 1, 2], [2, 1, .5], [1, .5, 2]
//! Q = [[.5, .25, .25], [0, 1, 0], [.125, .5, .75]]
//! k, s, T = mp.mpf(0.01), 3, 2
//! def loss(row, targets, x):
//!     z = [s * mp.tanh(v / s) / T for v in x]
//!     lse = mp.log(mp.fsum(mp.exp(v) for v in z))
//!     return r[row] * (mp.fsum(t * c * (lse - v) for t, c, v in zip(targets, w, z)) + k * lse**2)
//! def hard(row, e=mp.mpf(0.1)):
//!     return [1 - e if c == y[row] else e / 2 for c in range(3)]
//! def soft(row, e=mp.mpf(0.1)):
//!     return [(1 - e) * mp.mpf(q) + e / 3 for q in Q[row]]
//! unit = lambda i: [int(i == c) for c in range(3)]
//! for targets in hard, soft:
//!     for row in range(3):
//!         f = lambda *x: loss(row, targets(row), x)
//!         x = [mp.mpf(v) for v in X[row]]
//!         g = [mp.diff(f, x, unit(i)) for i in range(3)]
//!         h = [mp.diff(f, x, [a + b for a, b in zip(unit(i), unit(j))])
//!              for i in range(3) for j in range(i + 1)]
//! ```

use serde_json::Value;

use crate::{
    npy::{self, Array},
    program::Folder,
};

const X: [f64; 9] = [1.2, -0.8, -0.5, 0.9, -1.2, 1.1, 2.0, 0.25, -3.0];
const Y: [i64; 3] = [0, 1, 2];
const Q: [f64; 9] = [0.5, 0.25, 0.25, 0.0, 1.0, 0.0, 0.125, 0.5, 0.75];
const V: [f64; 9] = [1.0, 2.0, 3.0, -1.0, 0.5, 0.0, 0.25, -4.0, 2.0];

/// What a row has: its loss, its gradient and the lower triangle of its Hessian.
type Row = (f64, [f64; 3], [f64; 6]);

/// Weights of rows and classes, z-loss, softcap, temperature, and smoothing over other classes.
const HARD: [Row; 3] = [
    (
        1.2092245291859936,
        [
            -0.32482424873039537,
            0.16228980944536684,
            0.21130709549832146,
        ],
        [
            0.16943681944874836,
            -0.04306994425311634,
            0.096732109364828918,
            -0.051859041110597107,
            -0.021616311487266482,
            0.10592209076378645,
        ],
    ),
    (
        0.92206799433353273,
        [
            0.074969276690949144,
            -0.15909405176582033,
            0.097054700366206414,
        ],
        [
            0.01235215115415718,
            -0.0061010291477397751,
            -0.028082794386097163,
            -0.018715670705314501,
            -0.0063932540871181682,
            0.0026207965190235997,
        ],
    ),
    (
        2.4944799826807393,
        [
            0.19180149071425844,
            0.13360375077621832,
            -0.16716101618356949,
        ],
        [
            -0.040712810162994639,
            -0.036480744840962374,
            0.057661721999562107,
            -0.0043451342680745185,
            -0.0030883015890276859,
            -0.080656927046523481,
        ],
    ),
];

/// The same with target probabilities, and smoothing over all classes.
const SOFT: [Row; 3] = [
    (
        1.1814759213382434,
        [
            -0.090463017866733153,
            0.014275407168531529,
            0.099335985679065589,
        ],
        [
            0.08646294149245192,
            -0.031127854396836583,
            0.052271825777297962,
            -0.037479980734672739,
            -0.015622713431388094,
            0.070993371375395916,
        ],
    ),
    (
        0.93547383019163012,
        [
            0.081820130467155953,
            -0.16648921242974246,
            0.098068836671125493,
        ],
        [
            0.010811167586787404,
            -0.0060517511042937325,
            -0.030052452732179071,
            -0.018564504137870715,
            -0.0063416157413509934,
            0.0021857019080428284,
        ],
    ),
    (
        3.2587114357892666,
        [
            0.28285371634063401,
            -0.14205949396331705,
            -0.10849054075627748,
        ],
        [
            -0.048982706063283202,
            -0.068286054059279075,
            0.12713815477234662,
            -0.0081333885812386068,
            -0.0057808010822988102,
            -0.047320316883177821,
        ],
    ),
];

const ALL: [&str; 6] = [
    "--class-weights=w.npy",
    "--row-weights=r.npy",
    "--label-smoothing=0.1",
    "--z-loss=0.01",
    "--softcap=3",
    "--temperature=2",
];

fn folder() -> Folder {
    Folder::with(&npy::f64s(3, &X), &npy::i64s(&Y))
        .file("w.npy", &npy::weights(&[2.0, 1.0, 0.5]))
        .file("r.npy", &npy::weights(&[1.0, 0.5, 2.0]))
        .file("q.npy", &npy::f64s(3, &Q))
        .file("v.npy", &npy::f64s(3, &V))
}

/// Values of f64 within 2 ulp, and sums of a few of them; entries of a Hessian within 2 ulp of the
/// largest term of theirs, which is below 1.
#[track_caller]
fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (entry, (value, expected)) in actual.iter().zip(expected).enumerate() {
        assert!(
            (value - expected).abs() <= 2e-15 * expected.abs().max(0.1),
            "entry {entry}: {value}, not {expected}"
        );
    }
}

/// The array that a command writes.
fn output(folder: &Folder, command: &[&str], options: &[&str]) -> Vec<f64> {
    folder.run(&[command, options].concat()).success();
    Array::read(&folder.path("out.npy")).f64s()
}

/// Losses, gradients, Hessians in every form, and products; `rows` is what they should be.
fn check_outputs(rows: &[Row], arguments: &[&str]) {
    let folder = folder();
    let out =
        |command: &[&str]| output(&folder, &[command, &["--out=out.npy"]].concat(), arguments);
    let losses: Vec<f64> = rows.iter().map(|row| row.0).collect();
    close(
        &output(&folder, &["eval", "--losses=out.npy"], arguments),
        &losses,
    );
    let gradients: Vec<f64> = rows.iter().flat_map(|row| row.1).collect();
    close(&out(&["grad"]), &gradients);

    let packed: Vec<f64> = rows.iter().flat_map(|row| row.2).collect();
    close(&out(&["hessian", "--form=packed"]), &packed);
    let dense: Vec<f64> = rows
        .iter()
        .flat_map(|&(_, _, [a, b, c, d, e, f])| [a, b, d, b, c, e, d, e, f])
        .collect();
    close(&out(&["hessian", "--form=dense"]), &dense);
    let diagonal: Vec<f64> = rows
        .iter()
        .flat_map(|row| [row.2[0], row.2[2], row.2[5]])
        .collect();
    close(&out(&["hessian", "--form=diagonal"]), &diagonal);
    let products: Vec<f64> = dense
        .chunks(9)
        .zip(V.chunks(3))
        .flat_map(|(h, v)| h.chunks(3).map(|h| h[0] * v[0] + h[1] * v[1] + h[2] * v[2]))
        .collect();
    close(&out(&["hvp", "--vector=v.npy"]), &products);
}

#[test]
fn all_together() {
    let over_others = [
        &["logits.npy", "labels.npy", "--smoothing-convention=others"],
        &ALL[..],
    ];
    check_outputs(&HARD, &over_others.concat());
}

#[test]
fn all_together_with_target_probabilities() {
    let targets = [&["logits.npy", "--targets=q.npy"], &ALL[..]].concat();
    check_outputs(&SOFT, &targets);
    // Labels that are not ignored change nothing.
    let labels = [&["logits.npy", "labels.npy", "--targets=q.npy"], &ALL[..]].concat();
    check_outputs(&SOFT, &labels);
    let mut rows = SOFT;
    rows[1] = (0.0, [0.0; 3], [0.0; 6]);
    check_outputs(&rows, &[&labels[..], &["--ignore-label=1"]].concat());
}

/// The fixed vectors of the specification.
#[test]
fn means() {
    let folder = folder();
    let mean = |options: &[&str]| folder.json(options)["loss"].as_f64().unwrap();
    let weights = "--class-weights=w.npy";
    let smoothing = "--label-smoothing=0.1";
    for (options, expected) in [
        (&[][..], 2.7979588837589508),
        (&[weights][..], 1.73915208053827),
        (&[smoothing], 2.6985144393145063),
        (&[weights, smoothing], 1.6950327608603381),
        (&["--ignore-label=1"], 2.7210389277112136),
        (
            &["--ignore-label=1", weights, smoothing],
            1.2439810215570071,
        ),
    ] {
        close(&[mean(options)], &[expected]);
    }
}

#[test]
fn z_loss_is_added() {
    let folder = folder();
    let eval = ["eval", "logits.npy", "labels.npy", "--losses=out.npy"];
    let losses = output(&folder, &eval, &["--z-loss=1e-4"]);
    let plain = [0.27612970554553754, 2.9517987958544252, 5.1659481498768896];
    let terms = [
        2.1789589075939554e-4,
        3.068799021157014e-4,
        4.691331387955121e-4,
    ];
    let expected: Vec<f64> = plain
        .iter()
        .zip(terms)
        .map(|(loss, term)| loss + term)
        .collect();
    close(&losses, &expected);
}

#[test]
fn a_mean_divides_by_what_it_is_told() {
    let folder = folder();
    let weights = ["--class-weights=w.npy", "--row-weights=r.npy"];
    let (sum, weight) = (
        2.0 * 0.27612970554553754 + 0.5 * 2.9517987958544252 + 5.1659481498768896,
        2.0 + 0.5 + 1.0,
    );
    let grad = ["grad", "logits.npy", "labels.npy", "--out=out.npy"];
    let gradients = output(&folder, &grad, &weights);
    for (denominator, number) in [
        ("weight", weight),
        ("rows", 3.0),
        ("7", 7.0),
        ("0.25", 0.25),
    ] {
        let options = [&weights[..], &["--denominator", denominator]].concat();
        let json = folder.json(&options);
        close(&[json["loss"].as_f64().unwrap()], &[sum / number]);
        assert_eq!(json["loss_mean"], json["loss"]);
        let options = [&options[..], &["--reduction=mean"]].concat();
        let expected: Vec<f64> = gradients.iter().map(|g| g / number).collect();
        close(&output(&folder, &grad, &options), &expected);
    }
    // As in PyTorch a row of target probabilities weighs 1, whatever the classes weigh.
    let soft = [&weights[..], &["--targets=q.npy"]].concat();
    assert_eq!(folder.json(&soft)["weight"], 3.5);
    let only_classes = folder.json(&["--targets=q.npy", "--class-weights=w.npy"]);
    assert_eq!(only_classes["weight"], 3.0);
}

/// Numbers that every type holds give the same bits in each.
#[test]
fn types_of_weights_and_targets() {
    let f64s = folder();
    let options = [
        "--class-weights=w.npy",
        "--row-weights=r.npy",
        "--targets=q.npy",
    ];
    let expected = f64s.json(&options);
    let (w, r) = ([2.0, 1.0, 0.5], [1.0, 0.5, 2.0]);
    let f32_bytes = |x: &f64| (*x as f32).to_le_bytes();
    // The upper half of the bits of an f32 is a bfloat16.
    let bf16_bytes = |x: &f64| (((*x as f32).to_bits() >> 16) as u16).to_le_bytes();
    // With the exponent's bias of 15 and 10 bits of significand, for normal numbers and zero.
    let f16_bytes = |x: &f64| {
        let bits = (*x as f32).to_bits();
        let half = if bits == 0 {
            0
        } else {
            (bits >> 13) - ((127 - 15) << 10)
        };
        (half as u16).to_le_bytes()
    };
    let file = |descr: &str, values: &[f64], shape: &str| {
        let data: Vec<u8> = match descr {
            "<f4" => values.iter().flat_map(f32_bytes).collect(),
            "<f2" => values.iter().flat_map(f16_bytes).collect(),
            _ => values.iter().flat_map(bf16_bytes).collect(),
        };
        npy::file(1, descr, "False", shape, &data)
    };
    for descr in ["<f4", "<f2", "<V2"] {
        let folder = folder()
            .file("w.npy", &file(descr, &w, "3,"))
            .file("r.npy", &file(descr, &r, "3,"))
            .file("q.npy", &file(descr, &Q, "3, 3"));
        assert_eq!(folder.json(&options), expected, "{descr}");
    }
    assert_ne!(expected["loss"], Value::Null);
}

#[test]
fn several_labels_are_ignored() {
    let folder = folder();
    let json = folder.json(&[
        "--ignore-label",
        "0",
        "--ignore-label=-7",
        "--ignore-label=2",
    ]);
    assert_eq!(
        (&json["rows_counted"], &json["rows_ignored"]),
        (&1.into(), &2.into())
    );
    close(&[json["loss"].as_f64().unwrap()], &[2.9517987958544252]);
}
