//! Logits of 16 bits: conversions against the formats' definitions, and every operation against
//! that of the same logits in `f32`.

mod common;

use common::{Outputs, assert_same_bits, backends, some_vector};
use surprisal::{Bf16, CrossEntropy, F16, GradientOf, Logit};

/// The number that a bit pattern means in a format with so many bits of exponent and significand
/// (IEEE 754, 3.4).
fn meaning(bits: u16, exponent_bits: u32, significand_bits: u32) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let bias = (1 << (exponent_bits - 1)) - 1;
    let exponent = i32::from(bits >> significand_bits) & ((1 << exponent_bits) - 1);
    let significand = f64::from(bits & ((1 << significand_bits) - 1));
    let scale = |e: i32| 2_f64.powi(e - bias - significand_bits as i32);
    let magnitude = match exponent {
        0 => significand * scale(1),
        e if e == (1 << exponent_bits) - 1 && significand == 0.0 => f64::INFINITY,
        e if e == (1 << exponent_bits) - 1 => f64::NAN,
        e => (significand + f64::from(1 << significand_bits)) * scale(e),
    };
    sign * magnitude
}

/// Every pattern means what the format says, and numbers between two neighbours go to the nearer
/// one, those in the middle to the even one.
macro_rules! conversions {
    ($type:ident, $exponent_bits:literal, $significand_bits:literal) => {
        for bits in 0..=u16::MAX {
            let half = $type::from_bits(bits);
            let exact = meaning(bits, $exponent_bits, $significand_bits);
            let value = half.to_f32();
            assert_eq!(f64::from(value).is_nan(), exact.is_nan(), "{bits:#x}");
            if exact.is_nan() {
                assert!($type::from_f32(value).to_f32().is_nan(), "{bits:#x}");
                continue;
            }
            assert_eq!(f64::from(value).to_bits(), exact.to_bits(), "{bits:#x}");
            assert_eq!($type::from_f32(value), half, "{bits:#x}");
            if !exact.is_finite() {
                continue;
            }
            // The neighbour away from zero; beyond the largest finite number, as if the
            // exponent went on.
            let above = meaning(bits + 1, $exponent_bits, $significand_bits);
            let above = if above.is_finite() {
                above
            } else {
                exact.signum() * 2_f64.powi(if $exponent_bits == 5 { 16 } else { 128 })
            };
            let middle = ((exact + above) / 2.0) as f32;
            let even = if bits % 2 == 0 {
                half
            } else {
                $type::from_bits(bits + 1)
            };
            assert_eq!($type::from_f32(middle), even, "{bits:#x}");
            let (below, beyond) = (
                f32::from_bits(middle.to_bits() - 1),
                f32::from_bits(middle.to_bits() + 1),
            );
            assert_eq!($type::from_f32(below), half, "{bits:#x}");
            assert_eq!(
                $type::from_f32(beyond),
                $type::from_bits(bits + 1),
                "{bits:#x}"
            );
        }
    };
}

#[test]
fn half_precision_is_converted_as_its_format_says() {
    conversions!(F16, 5, 10);
}

#[test]
fn bfloat16_is_converted_as_its_format_says() {
    conversions!(Bf16, 8, 7);
}

/// What is shown and converted is the number, not its bits.
#[test]
fn halves_are_shown_as_numbers() {
    let (half, bfloat) = (F16::from_bits(0x3555), Bf16::from_bits(0xc049));
    assert_eq!(format!("{half:?} {bfloat:?}"), "0.33325195 -3.140625");
    assert_eq!(f64::from(half), 1365.0 / 4096.0);
    assert_eq!(f64::from(bfloat), -201.0 / 64.0);
    assert_eq!(f32::from(half), 1365.0 / 4096.0);
    assert_eq!(f32::from(bfloat), -201.0 / 64.0);
}

/// Every operation on 16-bit logits has the bits of that on the same logits in `f32`.
fn like_f32<H>(from_f32: impl Fn(f32) -> H)
where
    H: Logit<Element = f32> + GradientOf<H> + Into<f32>,
    f32: GradientOf<H>,
{
    for backend in backends() {
        let loss = CrossEntropy::new()
            .backend(backend)
            .ignore_label(usize::MAX);
        for n_classes in (1..=40).chain([100, 4097]) {
            // Of so many rows are those of 33 and 100 classes handled side by side.
            let n_rows = match n_classes {
                33 | 100 => 261,
                4097 => 2,
                _ => 19,
            };
            let halves: Vec<H> = (0..n_rows * n_classes)
                .map(|i| match i % 41 {
                    7 => from_f32(f32::NEG_INFINITY),
                    _ => from_f32(((i * 193 % 1009) as f32 - 500.0) / 32.0),
                })
                .collect();
            let logits: Vec<f32> = halves.iter().map(|&half| half.into()).collect();
            let labels: Vec<usize> = (0..n_rows)
                .map(|row| {
                    if row == 5 {
                        usize::MAX
                    } else {
                        row * 31 % n_classes
                    }
                })
                .collect();
            let vectors = some_vector::<f32>(logits.len());
            let expected = Outputs::of(loss, &logits, n_classes, &labels, &vectors);

            let (mut rows, mut matrix) = (vec![0.0; n_rows], vec![0.0; logits.len()]);
            let check = |name: &str, actual: &[f32], expected: &[f32]| {
                assert_same_bits(
                    &format!("{name}, {n_classes} classes, {backend}"),
                    actual,
                    expected,
                );
            };
            loss.losses(&halves, n_classes, &labels, &mut rows).unwrap();
            check("losses", &rows, &expected.losses);
            loss.gradients(&halves, n_classes, &labels, None, &mut matrix)
                .unwrap();
            check("gradients", &matrix, &expected.gradients);
            loss.probabilities(&halves, n_classes, &mut matrix).unwrap();
            check("probabilities", &matrix, &expected.probabilities);
            loss.hessian_diagonals(&halves, n_classes, &labels, &mut matrix)
                .unwrap();
            check("Hessian diagonals", &matrix, &expected.diagonals);
            loss.hessian_vector_products(&halves, n_classes, &labels, &vectors, &mut matrix)
                .unwrap();
            check("products", &matrix, &expected.products);

            // In their own type, gradients are those of f32, rounded.
            let rounded: Vec<f32> = expected
                .gradients
                .iter()
                .map(|&g| from_f32(g).into())
                .collect();
            let mut own = halves.clone();
            loss.gradients(&halves, n_classes, &labels, None, &mut own)
                .unwrap();
            let to_f32 = |own: &[H]| own.iter().map(|&g| g.into()).collect::<Vec<f32>>();
            check("gradients of the logits' type", &to_f32(&own), &rounded);
            own.copy_from_slice(&halves);
            loss.gradients_in_place(&mut own, n_classes, &labels, None)
                .unwrap();
            check("gradients in place", &to_f32(&own), &rounded);
        }
    }
}

#[test]
fn half_precision_logits_give_the_bits_of_f32() {
    like_f32(F16::from_f32);
}

#[test]
fn bfloat16_logits_give_the_bits_of_f32() {
    like_f32(Bf16::from_f32);
}
