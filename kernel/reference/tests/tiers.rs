//! The tiers hold what they say, and always the same.

use surprisal_reference::{
    Float, Row, Target, Wide,
    tiers::{self, Case, OptionsBatch, Targets, Tier},
};

/// FNV-1a.
fn hash(words: impl IntoIterator<Item = u64>) -> u64 {
    let bytes = words.into_iter().flat_map(u64::to_le_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The hash of every label and the bits of every logit.
fn fingerprint<T: Float>(tier: &Tier<T>) -> u64 {
    hash(tier.cases.iter().flat_map(|Case { logits, label }| {
        let bits = logits.iter().map(|&z| {
            let z: f64 = z.into();
            // The bits of a NaN are nobody's business.
            if z.is_nan() { u64::MAX } else { z.to_bits() }
        });
        [*label as u64, logits.len() as u64].into_iter().chain(bits)
    }))
}

/// The worst inputs that a kernel has met must still be there when it is changed, on every
/// machine: whoever changes a tier changes its fingerprint here.
#[test]
fn are_the_same_everywhere() {
    fn prints<T: Float>() -> Vec<String> {
        let of = |tier: &Tier<T>| format!("{} {:016x}", tier.name, fingerprint(tier));
        tiers::bulk::<T>()
            .iter()
            .chain([&tiers::odd(), &tiers::found()])
            .map(of)
            .collect()
    }
    let expected = [
        "edge c9e1f9a2f86c3e0e",
        "spaced ff7e985f8ee05bad",
        "random ba0bd406bed8bd1a",
        "odd b1cbc5b54a00972f",
        "found 4c5b15709827824e",
    ];
    assert_eq!(prints::<f32>(), expected);
    let expected = [
        "edge 94adc7005cde9eae",
        "spaced bfa36af552b11579",
        "random 2ab0d2a2f3fd8cf1",
        "odd 1cd8094d82c6b64f",
        "found 8103c06c47c36e5a",
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

const OPTIONS_WIDTHS: [usize; 8] = [1, 2, 3, 5, 10, 17, 100, 1000];

fn option_batches() -> Vec<OptionsBatch> {
    tiers::options(1, &OPTIONS_WIDTHS).take(400).collect()
}

/// Every number of a batch.
fn numbers(batch: &OptionsBatch) -> Vec<f64> {
    let mut numbers = batch.logits.clone();
    match &batch.targets {
        Targets::Labels(labels) => numbers.extend(labels.iter().map(|&label| label as f64)),
        Targets::Probabilities(q) => numbers.extend(q),
    }
    let weights = [&batch.class_weights, &batch.row_weights];
    numbers.extend(weights.into_iter().flatten().flatten());
    let options = [batch.label_smoothing, batch.z_loss, batch.temperature];
    numbers.extend(options.into_iter().chain(batch.softcap));
    numbers.extend(&batch.vectors);
    numbers
}

#[test]
fn options_are_the_same_everywhere() {
    let batches = option_batches();
    let bits = batches.iter().flat_map(numbers).map(f64::to_bits);
    assert_eq!(format!("{:016x}", hash(bits)), "cfc8d6cf250e9c84");
}

#[test]
fn options_are_numbers_of_f32_in_arrays_that_fit() {
    for (batch, n) in option_batches()
        .iter()
        .zip(OPTIONS_WIDTHS.into_iter().cycle())
    {
        assert_eq!(batch.n_classes, n);
        assert!(
            numbers(batch).iter().all(|&x| f64::from(x as f32) == x),
            "{batch:?}"
        );
        let size = batch.n_rows() * n;
        assert_eq!([batch.logits.len(), batch.vectors.len()], [size; 2]);
        match &batch.targets {
            Targets::Labels(labels) => {
                assert_eq!(labels.len(), batch.n_rows());
                assert!(labels.iter().all(|&label| label < n));
            }
            Targets::Probabilities(q) => {
                assert_eq!(q.len(), size);
                assert!(q.iter().all(|q| (0.0..2.0).contains(q)));
            }
        }
        let lengths = [&batch.class_weights, &batch.row_weights].map(|w| w.as_ref().map(Vec::len));
        assert!(lengths[0].is_none_or(|len| len == n));
        assert!(lengths[1].is_none_or(|len| len == batch.n_rows()));
        assert!((0.0..=1.0).contains(&batch.label_smoothing) && batch.z_loss >= 0.0);
        assert!(batch.temperature > 0.0 && batch.softcap.is_none_or(|s| s > 0.0));
        for row in 0..batch.n_rows() {
            assert!(batch.row(row).iter().any(|z| z.is_finite()), "{batch:?}");
        }
    }
}

/// Whether all of a row's target probabilities are 0 or 1, and one of them 1.
fn is_one_hot(target: Target<'_>) -> Option<bool> {
    let Target::Probabilities(q) = target else {
        return None;
    };
    Some(q.iter().sum::<f64>() == 1.0 && q.iter().all(|&q| q == 0.0 || q == 1.0))
}

/// The largest logit in softcaps; NaN without one.
fn saturation(batch: &OptionsBatch, row: usize) -> f64 {
    let finite = batch.row(row).iter().filter(|z| z.is_finite());
    let largest = finite.fold(0.0, |largest, z| z.abs().max(largest));
    largest / batch.softcap.unwrap_or(f64::NAN)
}

/// Any two options are on together, alone and off together, each in a sixth of the batches or more
/// where a quarter is expected; and the rare things are there.
#[test]
fn options_meet() {
    let batches = option_batches();
    let on: [fn(&OptionsBatch) -> bool; 7] = [
        |batch| matches!(batch.targets, Targets::Probabilities(_)),
        |batch| batch.class_weights.is_some(),
        |batch| batch.row_weights.is_some(),
        |batch| batch.label_smoothing > 0.0,
        |batch| batch.z_loss > 0.0,
        |batch| batch.softcap.is_some(),
        |batch| batch.temperature != 1.0,
    ];
    for (i, first) in on.iter().enumerate() {
        for second in &on[..i] {
            for state in [(true, true), (true, false), (false, true), (false, false)] {
                let of_state = |batch: &&OptionsBatch| (first(batch), second(batch)) == state;
                let n = batches.iter().filter(of_state).count();
                assert!(n >= batches.len() / 6, "{n} of {state:?}");
            }
        }
    }
    let rows = || {
        let of_batch = |batch| (0..OptionsBatch::n_rows(batch)).map(move |row| (batch, row));
        batches.iter().flat_map(of_batch)
    };
    let count = |of: fn(&OptionsBatch, usize) -> bool| rows().filter(|&(b, i)| of(b, i)).count();
    let rare = [
        count(|batch, i| batch.row(i).contains(&f64::NEG_INFINITY)),
        count(|batch, i| batch.objective(i).loss() == Wide::INFINITY),
        count(|batch, i| batch.options(i).row_weight == 0.0),
        count(|batch, _| batch.class_weights.iter().flatten().any(|&w| w == 0.0)),
        count(|batch, i| is_one_hot(batch.target(i)) == Some(true)),
        count(|batch, i| is_one_hot(batch.target(i)) == Some(false)),
        count(|batch, i| saturation(batch, i) > 10.0),
        count(|batch, i| (1.0..10.0).contains(&saturation(batch, i))),
        count(|batch, i| (0.0..0.1).contains(&saturation(batch, i))),
    ];
    assert!(rare.iter().all(|&n| n >= 50), "{rare:?}");
}
