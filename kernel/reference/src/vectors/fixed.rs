//! The few values that the specification fixes by hand, to 17 digits: three rows in every
//! reduction, and single rows on which others lose everything.
//!
//! They are the values of the inputs as decimal numbers; those of the inputs rounded to doubles can
//! differ in the last bits.

/// Three rows of three classes.
pub const LOGITS: [[f64; 3]; 3] = [[1.2, -0.8, -0.5], [0.9, -1.2, 1.1], [2.0, 0.25, -3.0]];
/// Their labels.
pub const LABELS: [usize; 3] = [0, 1, 2];
/// The class weights of the weighted results.
pub const CLASS_WEIGHTS: [f64; 3] = [2.0, 1.0, 0.5];
/// The label smoothing of the smoothed results.
pub const LABEL_SMOOTHING: f64 = 0.1;
/// The coefficient of the z-loss.
pub const Z_LOSS: f64 = 1e-4;

/// The plain losses.
pub const LOSSES: [f64; 3] = [0.27612970554553754, 2.9517987958544252, 5.1659481498768896];
/// What the z-loss adds to each.
pub const Z_LOSS_TERMS: [f64; 3] = [
    2.1789589075939554e-4,
    3.068799021157014e-4,
    4.691331387955121e-4,
];

/// A mean of the three losses, or of two of them: the sum divided by the class weights of the
/// labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// Whether with class weights.
    pub weighted: bool,
    /// Whether with label smoothing.
    pub smoothed: bool,
    /// The label whose row does not count.
    pub ignored: Option<usize>,
    /// The value.
    pub mean: f64,
}

/// The means.
pub const MEANS: [Mean; 6] = [
    mean(false, false, None, 2.7979588837589508),
    mean(true, false, None, 1.73915208053827),
    mean(false, true, None, 2.6985144393145063),
    mean(true, true, None, 1.6950327608603381),
    mean(false, false, Some(1), 2.7210389277112136),
    mean(true, true, Some(1), 1.2439810215570071),
];

const fn mean(weighted: bool, smoothed: bool, ignored: Option<usize>, mean: f64) -> Mean {
    Mean {
        weighted,
        smoothed,
        ignored,
        mean,
    }
}

/// The plain gradient of the first row.
pub const GRADIENT: [f64; 3] = [-0.24128548510122438, 0.102680843769555, 0.13860464133166938];
/// The diagonal of its Hessian.
pub const HESSIAN_DIAGONAL: [f64; 3] = [
    0.18306679978069121,
    0.092137488092327237,
    0.11939339473298867,
];
/// The entry of its Hessian for the first two classes.
pub const HESSIAN_01: f64 = -0.077905446570014888;

/// Rows with labels and plain losses: losses that are tiny, down to the subnormal `f32`, and a
/// common part of the logits that is large.
pub const SINGLE_ROWS: [(&[f64], usize, f64); 6] = [
    (&[0.0, -17.0], 0, 4.1399376330897474e-8),
    (&[0.0, -40.0], 0, 4.248354255291589e-18),
    (&[0.0, -200.0], 1, 200.0),
    (&[100.0, 0.0, 0.0], 0, 7.440151952041672e-44),
    (&[1_000_002.0, 999_999.0], 0, 0.04858735157374206),
    (&[1_000_002.0, 999_999.0], 1, 3.0485873515737421),
];
