//! Within an arithmetic class every backend gives the same bits: over every operation, every
//! width from 1 to 200, the block borders, and all odd rows. They are the same on every
//! processor too: their hash is.

mod common;

use common::{
    NO_BITS, OptionsCase, Outputs, Real, assert_same_bits, backends, hash_bits, some_vector,
};
use surprisal::{Backend, CrossEntropy};
use surprisal_reference::tiers;

/// Both sides of the blocks of 16 KiB of either type, and of two of them.
const BLOCK_BORDERS: [usize; 9] = [2047, 2048, 2049, 4095, 4096, 4097, 8191, 8192, 8200];

/// Logits without a period, over several binades, with ties.
fn logits<T: Real>(len: usize) -> Vec<T> {
    let value = |i: usize| {
        let random = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        (random as f64 / f64::from(1 << 20) - 8.0) * f64::from(1 << (i % 5)) / 4.0
    };
    (0..len).map(|i| T::round(value(i))).collect()
}

/// The hashes of all outputs so far, of a class each.
struct Hashes([(Backend, u64); 2]);

impl Hashes {
    /// Of nothing. Outputs are those of the portable backends, which the others must have.
    fn new() -> Self {
        Self([Backend::PortableFused, Backend::Portable].map(|portable| (portable, NO_BITS)))
    }

    /// Compares the outputs of all backends, and adds them.
    fn compare<T: Real>(
        &mut self,
        what: &str,
        loss: CrossEntropy<'_>,
        logits: &[T],
        n_classes: usize,
        labels: &[usize],
    ) {
        let vectors = some_vector::<T>(logits.len());
        let run = |backend| {
            let loss = loss.backend(backend).ignore_label(usize::MAX);
            Outputs::of(loss, logits, n_classes, labels, &vectors)
        };
        for (portable, hash) in &mut self.0 {
            let expected = run(*portable);
            for backend in backends() {
                if backend == *portable || backend.arithmetic_class() != portable.arithmetic_class()
                {
                    continue;
                }
                let actual = run(backend);
                for ((name, actual), (_, expected)) in actual.list().iter().zip(expected.list()) {
                    assert_same_bits(
                        &format!("{name} of {what}, {backend} against {portable}"),
                        actual,
                        expected,
                    );
                }
            }
            *hash = expected
                .list()
                .iter()
                .fold(*hash, |hash, (_, values)| hash_bits(hash, values));
        }
    }

    /// Holds them against those of other processors, of the fused and of the unfused class: they
    /// were computed on x86-64. A kernel that rounds otherwise on purpose has others.
    #[track_caller]
    fn assert(&self, expected: [u64; 2]) {
        let actual = self.0.map(|(_, hash)| hash);
        assert_eq!(
            actual, expected,
            "the bits are not those that were committed, [fused, unfused]. If they were changed on \
             purpose, commit the new hashes: [{:#018x}, {:#018x}]",
            actual[0], actual[1]
        );
    }
}

fn every_width<T: Real>(loss: CrossEntropy<'_>) -> Hashes {
    let mut hashes = Hashes::new();
    for n_classes in (1..=200).chain(BLOCK_BORDERS) {
        // More rows than a vector has lanes, and not a multiple.
        let n_rows = if n_classes <= 200 { 19 } else { 3 };
        let labels: Vec<usize> = (0..n_rows)
            .map(|row| {
                if row % 7 == 3 {
                    usize::MAX
                } else {
                    row * 31 % n_classes
                }
            })
            .collect();
        let what = format!("{n_classes} classes, {}", T::NAME);
        let logits = logits::<T>(n_rows * n_classes);
        hashes.compare(&what, loss, &logits, n_classes, &labels);
    }
    hashes
}

#[test]
fn every_width_f32() {
    every_width::<f32>(CrossEntropy::new()).assert([0xb405_aac8_15ee_e7e7, 0xb83b_de33_1286_8235]);
}

#[test]
fn every_width_f64() {
    every_width::<f64>(CrossEntropy::new()).assert([0x8f8d_bd53_d5fa_d1b7, 0x2f23_e1d7_0dba_68f1]);
}

#[test]
fn every_width_under_a_temperature_f32() {
    every_width::<f32>(CrossEntropy::new().temperature(0.7))
        .assert([0xaa5a_349b_7b02_816c, 0x9116_6611_9d05_c6f3]);
}

#[test]
fn every_width_under_a_temperature_f64() {
    every_width::<f64>(CrossEntropy::new().temperature(0.7))
        .assert([0xe08c_bde6_299f_cc16, 0x522c_0091_b1f5_fbe1]);
}

fn odd_and_edge_rows<T: Real>() -> Hashes {
    let mut hashes = Hashes::new();
    for tier in [tiers::odd::<T>(), tiers::edge()] {
        for case in &tier.cases {
            let what = format!(
                "{} row {:?}",
                tier.name,
                &case.logits[..case.logits.len().min(4)]
            );
            let n_classes = case.logits.len();
            hashes.compare(
                &what,
                CrossEntropy::new(),
                &case.logits,
                n_classes,
                &[case.label],
            );
        }
    }
    hashes
}

#[test]
fn odd_and_edge_rows_f32() {
    odd_and_edge_rows::<f32>().assert([0x118e_d05f_1e27_b4f5, 0x140e_81b6_d5e8_e715]);
}

#[test]
fn odd_and_edge_rows_f64() {
    odd_and_edge_rows::<f64>().assert([0x6408_6cc6_4497_937a, 0xb8bb_a87a_011d_b5e6]);
}

fn options<T: Real>() -> Hashes {
    let mut hashes = Hashes::new();
    for batch in tiers::options(3, &[1, 2, 7, 8, 9, 16, 31, 33, 64]).take(500) {
        let case = OptionsCase::<T>::new(&batch);
        let what = format!("{batch:?}");
        let loss = case.loss(&batch);
        hashes.compare(&what, loss, &case.logits, batch.n_classes, &case.labels);
    }
    hashes
}

#[test]
fn options_f32() {
    options::<f32>().assert([0xe025_3771_eefc_73e9, 0x57a3_93eb_b74f_07a8]);
}

#[test]
fn options_f64() {
    options::<f64>().assert([0x02d4_5b38_e570_bca2, 0xce75_5d3b_2a81_138b]);
}

/// What stands beside a row in a batch does not touch it.
#[test]
fn a_row_has_the_same_bits_alone_and_in_a_batch() {
    alone_and_in_a_batch::<f32>();
    alone_and_in_a_batch::<f64>();
}

fn alone_and_in_a_batch<T: Real>() {
    // Rows of up to 16 classes are handled side by side in batches of 8 and more, those of up to 128
    // in batches of 256 and more, and read where they stand as long as many logits follow.
    let shapes = [
        (1, 40),
        (3, 2000),
        (10, 7),
        (10, 8),
        (10, 600),
        (16, 70),
        (17, 255),
        (17, 256),
        (33, 300),
        (64, 261),
        (96, 257),
        (97, 257),
        (128, 300),
        (129, 257),
        (1000, 40),
    ];
    for backend in backends() {
        let loss = CrossEntropy::new().backend(backend);
        for (n_classes, n_rows) in shapes {
            let (logits, labels) = (logits::<T>(n_rows * n_classes), vec![0_u8; n_rows]);
            let vectors = some_vector::<T>(logits.len());
            let batch = Outputs::of(loss, &logits, n_classes, &labels, &vectors);
            for (row, (logits, vector)) in logits
                .chunks(n_classes)
                .zip(vectors.chunks(n_classes))
                .enumerate()
            {
                let alone = Outputs::of(loss, logits, n_classes, &[0_u8], vector);
                for ((name, alone), (_, batch)) in alone.list().iter().zip(batch.list()) {
                    let len = alone.len();
                    assert_same_bits(name, alone, &batch[row * len..][..len]);
                }
            }
        }
    }
}
