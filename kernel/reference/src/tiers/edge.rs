//! Rows found by thought.

use super::Tier;
use crate::{Float, wide::power_of_two};

/// Ties, one and two classes, confident rows, large offsets, the ends of the number format,
/// staircases of maxima over block borders, ratios of a half ulp. Each part says what it tries.
pub fn edge<T: Float>() -> Tier<T> {
    let mut tier = Tier::new("edge");
    one_class(&mut tier);
    pairs(&mut tier);
    confident(&mut tier);
    offsets(&mut tier);
    ends_of_the_format(&mut tier);
    staircases(&mut tier);
    ratios_of_two(&mut tier);
    equal(&mut tier);
    slopes(&mut tier);
    tier
}

/// Widths around the lane counts and blocks of any backend.
const WIDTHS: [usize; 14] = [2, 3, 4, 7, 8, 9, 15, 16, 17, 33, 100, 257, 1000, 4097];

fn smallest<T: Float>() -> f64 {
    power_of_two(T::E_MIN) * power_of_two(1 - T::PRECISION)
}

fn largest<T: Float>() -> f64 {
    T::MAX.into()
}

/// Everything is 0 whatever the logit is.
fn one_class<T: Float>(tier: &mut Tier<T>) {
    for z in [
        0.0,
        -0.0,
        1.0,
        -1e30,
        smallest::<T>(),
        largest::<T>(),
        -largest::<T>(),
    ] {
        tier.push_row(&[z]);
    }
}

/// Every pair out of special values: signed zeros, both ends of the format, both sides of where
/// e^x leaves the normal numbers and then all numbers of either type.
fn pairs<T: Float>(tier: &mut Tier<T>) {
    let ulp = power_of_two(1 - T::PRECISION);
    let positive = [
        smallest::<T>(),
        power_of_two(T::E_MIN),
        ulp,
        0.1,
        0.34657359027997264, // ln 2 / 2: where the range reduction of e^x turns over
        std::f64::consts::LN_2,
        1.0,
        1.0 + ulp,
        17.0,
        37.5,
        40.0,
        87.3,
        88.8,
        103.9,
        104.1,
        150.0,
        708.4,
        709.8,
        745.1,
        745.2,
        1330.0,
        4096.0,
        1e6,
        1e30,
        largest::<T>() / 2.0,
        largest::<T>() * (1.0 - ulp),
        largest::<T>(),
    ];
    let values: Vec<f64> = [0.0, -0.0]
        .into_iter()
        .chain(positive.into_iter().flat_map(|x| [x, -x]))
        .collect();
    for &first in &values {
        for &second in &values {
            tier.push_row(&[first, second]);
        }
    }
}

/// One class far above many equal ones, in the first, a middle and the last place: the loss is a
/// sum of small terms beside a 1 that must not swallow them, down to the subnormal numbers.
fn confident<T: Float>(tier: &mut Tier<T>) {
    let gaps = [
        3.0, 10.0, 16.0, 17.0, 20.0, 36.0, 40.0, 60.0, 80.0, 86.0, 88.0, 90.0, 95.0, 100.0, 103.0,
        103.5, 104.5, 110.0, 200.0, 300.0, 690.0, 700.0, 708.0, 712.0, 730.0, 744.0, 745.5, 750.0,
    ];
    for n in WIDTHS {
        for gap in gaps {
            for place in [0, n / 2, n - 1] {
                let mut row = vec![-gap; n];
                row[place] = 0.0;
                tier.push_row(&row);
            }
            // The maximum is not 0, so differences are not the logits themselves.
            let mut row = vec![0.0; n];
            row[n - 1] = gap;
            tier.push_row(&row);
        }
    }
}

/// A large common part: `lse - x_y` loses everything, differences nothing.
fn offsets<T: Float>(tier: &mut Tier<T>) {
    let rows: [&[f64]; 3] = [
        &[2.0, -1.0],
        &[0.5, 0.25, -3.0, 0.5],
        &[0.0, -30.0, 7.0, 7.0, 6.5],
    ];
    for row in rows {
        for offset in (0..=T::PRECISION)
            .map(power_of_two)
            .chain([1e6, 12345.678, 1e15])
        {
            for offset in [offset, -offset] {
                let shifted: Vec<f64> = row.iter().map(|z| z + offset).collect();
                tier.push_row(&shifted);
            }
        }
    }
}

/// The largest numbers, whose differences overflow, and the smallest, whose differences are 0 to
/// any e^x: but not every row of them is a tie.
fn ends_of_the_format<T: Float>(tier: &mut Tier<T>) {
    let (small, large) = (smallest::<T>(), largest::<T>());
    let below = large * (1.0 - power_of_two(1 - T::PRECISION));
    for n in [3, 16, 17, 100] {
        for (high, low) in [
            (large, -large),
            (large, below),
            (-below, -large),
            (large, 0.0),
        ] {
            let mut row = vec![low; n];
            row[1] = high;
            tier.push_row(&row);
            row[n - 1] = high;
            tier.push_row(&row);
        }
        for step in [small, power_of_two(T::E_MIN), -small] {
            let row: Vec<f64> = (0..n).map(|j| j as f64 * step).collect();
            tier.push_row(&row);
        }
    }
}

/// A new maximum in every block, small steps and steps that make all before vanish, upwards and
/// downwards: a running maximum is replaced at each border.
fn staircases<T: Float>(tier: &mut Tier<T>) {
    for (block, blocks) in [(16, 6), (64, 5), (4096, 3)] {
        for step in [0.75, 40.0, 90.0, 150.0, 800.0, 1e5] {
            let n = block * blocks + 5;
            let level = |j: usize| (j / block) as f64 * step;
            let up: Vec<f64> = (0..n).map(|j| level(j) - (j % 7) as f64).collect();
            let down: Vec<f64> = up.iter().rev().copied().collect();
            tier.push_row(&up);
            tier.push_row(&down);
        }
    }
}

/// Terms that are 2^-k of the largest, and their neighbours, once and in numbers: around k = p
/// and p + 1 each is about half an ulp of the sum.
fn ratios_of_two<T: Float>(tier: &mut Tier<T>) {
    let ulp = power_of_two(1 - T::PRECISION);
    for k in 1..=T::PRECISION + 3 {
        let gap = k as f64 * std::f64::consts::LN_2;
        for gap in [gap * (1.0 - ulp), gap, gap * (1.0 + ulp)] {
            tier.push_row(&[0.0, -gap]);
            tier.push_row(&[1.0, 1.0 - gap, 1.0 - gap]);
            let mut row = vec![-gap; 40];
            row[20] = 0.0;
            tier.push_row(&row);
        }
    }
}

/// All equal: p = 1/C, loss ln C, and every term of the sum is rounded the same way. Also equal
/// but for one ulp.
fn equal<T: Float>(tier: &mut Tier<T>) {
    let ulp = power_of_two(1 - T::PRECISION);
    for n in WIDTHS.into_iter().chain([8191, 10_000]) {
        for z in [0.0, 1.5, -0.1, 3.3e4, -1e30, largest::<T>()] {
            tier.push_row(&vec![z; n]);
        }
        let mut row = vec![1.0; n];
        row[n - 1] = 1.0 + ulp;
        tier.push_row(&row);
    }
}

/// Terms that fall geometrically, from slowly to fast, in either direction: small terms that
/// together count are summed after or before large ones.
fn slopes<T: Float>(tier: &mut Tier<T>) {
    for step in [0.001, 0.1, std::f64::consts::LN_2, 1.0, 5.0, 30.0] {
        for n in [5, 16, 31, 64, 200, 1000] {
            let down: Vec<f64> = (0..n).map(|j| f64::from(-j) * step).collect();
            let up: Vec<f64> = down.iter().rev().copied().collect();
            tier.push_row(&down);
            tier.push_row(&up);
        }
    }
}
