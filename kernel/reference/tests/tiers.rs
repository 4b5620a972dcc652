//! The tiers hold what they say, and always the same.

use surprisal_reference::{
    Float, Row,
    tiers::{self, Case, Tier},
};

/// FNV-1a over every label and the bits of every logit.
fn fingerprint<T: Float>(tier: &Tier<T>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |word: u64| {
        for byte in word.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for Case { logits, label } in &tier.cases {
        mix(*label as u64);
        mix(logits.len() as u64);
        for &z in logits {
            let z: f64 = z.into();
            // The bits of a NaN are nobody's business.
            mix(if z.is_nan() { u64::MAX } else { z.to_bits() });
        }
    }
    hash
}

/// The worst inputs that a kernel has met must still be there when it is changed, on every
/// machine: whoever changes a tier changes its fingerprint here.
#[test]
fn are_the_same_everywhere() {
    fn prints<T: Float>() -> Vec<String> {
        let of = |tier: &Tier<T>| format!("{} {:016x}", tier.name, fingerprint(tier));
        tiers::bulk::<T>()
            .iter()
            .chain([&tiers::odd()])
            .map(of)
            .collect()
    }
    let expected = [
        "edge c9e1f9a2f86c3e0e",
        "spaced ff7e985f8ee05bad",
        "random ba0bd406bed8bd1a",
        "odd b1cbc5b54a00972f",
    ];
    assert_eq!(prints::<f32>(), expected);
    let expected = [
        "edge 94adc7005cde9eae",
        "spaced bfa36af552b11579",
        "random 2ab0d2a2f3fd8cf1",
        "odd 1cd8094d82c6b64f",
    ];
    assert_eq!(prints::<f64>(), expected);
}

/// Ordinary rows: finite logits, a label that is a class. Few enough that the textbook is done
/// with them in seconds, and varied enough to be worth it.
fn check_bulk<T: Float>() {
    for tier in tiers::bulk::<T>() {
        for Case { logits, label } in &tier.cases {
            assert!(*label < logits.len());
            assert!(
                logits.iter().all(|&z| Into::<f64>::into(z).is_finite()),
                "{}",
                tier.name
            );
        }
        let logits: usize = tier.cases.iter().map(|case| case.logits.len()).sum();
        assert!(
            (10_000..10_000_000).contains(&logits),
            "{}: {logits} logits",
            tier.name
        );
    }
}

#[test]
fn are_ordinary() {
    check_bulk::<f32>();
    check_bulk::<f64>();
}

/// The spaced tier reaches from losses of ln 2 to those that are no number of the type any more.
#[test]
fn spaced_covers_the_range() {
    fn extremes<T: Float>() -> (f64, f64) {
        let cases = tiers::spaced::<T>().cases;
        let losses = cases
            .iter()
            .map(|case| Row::new(&case.logits).loss(case.label));
        // Of the two labels of each row the likely one.
        let likely = losses.filter(|loss| loss.to_f64() < 0.7);
        likely.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| {
            let log = loss.floor_log2().map_or(f64::NEG_INFINITY, |n| n as f64);
            (low.min(log), high.max(log))
        })
    }
    let (low, high) = extremes::<f32>();
    assert!(low < -150.0 && high == -1.0, "{low} {high}");
    let (low, high) = extremes::<f64>();
    assert!(low < -1075.0 && high == -1.0, "{low} {high}");
}
