//! Trains a classifier of the digits and compares its weights, bit by bit, and what it classifies
//! correctly with the host's.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use semihosting::{println, process};
use surprisal::Backend;
use surprisal_firmware::{
    BOARD, Trained,
    classifier::{Classifier, Digits},
    entry, expected,
};

const DIGITS: Digits<'_> = Digits {
    pixels: include_bytes!(concat!(env!("OUT_DIR"), "/pixels")),
    labels: include_bytes!(concat!(env!("OUT_DIR"), "/labels")),
};

#[entry]
fn main() -> ! {
    println!("{BOARD}");
    let mut is_right = true;
    let classes = [
        (Backend::Portable, &expected::TRAINED_UNFUSED),
        (Backend::PortableFused, &expected::TRAINED_FUSED),
    ];
    for (backend, expected) in classes {
        let trained = Classifier::trained(backend, DIGITS).map(|(classifier, correct)| Trained {
            correct,
            hash: classifier.hash(),
        });
        println!("{backend}: {trained:?}");
        if trained.as_ref() != Ok(expected) {
            println!("the host has {expected:?}");
            is_right = false;
        }
    }
    process::exit(i32::from(!is_right))
}
