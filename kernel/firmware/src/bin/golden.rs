//! Compares the outputs of golden rows, bit by bit, with those of the host. With the argument
//! `wrong-bit` one bit of what is expected is wrong, so that the comparison must fail.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use semihosting::{print, println, process};
use surprisal::Backend;
use surprisal_firmware::{
    BOARD, Row, entry, expected,
    outputs::{MOST_CLASSES, VECTOR, bits_f32, bits_f64, n_outputs, outputs},
    started_with,
};

/// Compares the rows of an element type, prints a line on each, and counts those that differ.
macro_rules! compare {
    ($rows:expr, $t:ident, $b:ident, $bits:ident, $flip:expr) => {
        $rows
            .iter()
            .enumerate()
            .map(|(index, row): (_, &Row<$b>)| {
                let mut logits = [0.0; MOST_CLASSES];
                for (logit, &bits) in logits.iter_mut().zip(row.logits) {
                    *logit = $t::from_bits(bits);
                }
                let logits = logits.get(..row.logits.len()).unwrap_or_default();
                let vector = VECTOR.map($t::from);
                print!("{:4} {:26} {:3}", stringify!($t), row.name, logits.len());
                let classes = [
                    (Backend::Portable, row.unfused),
                    (Backend::PortableFused, row.fused),
                ];
                let mut is_wrong = false;
                for (backend, expected) in classes {
                    let mut out = [0.0; n_outputs(MOST_CLASSES)];
                    let out = out.get_mut(..expected.len()).unwrap_or_default();
                    let outcome = outputs(backend, logits, row.label, &vector, out);
                    let flip = $b::from($flip && index + 1 == $rows.len());
                    let same = outcome.is_ok()
                        && expected.len() == n_outputs(logits.len())
                        && out
                            .iter()
                            .zip(expected)
                            .all(|(&x, &y)| $bits(x) == y ^ flip);
                    is_wrong |= !same;
                    print!(" {:9}", if same { "same" } else { "DIFFERENT" });
                }
                println!();
                usize::from(is_wrong)
            })
            .sum::<usize>()
    };
}

#[entry]
fn main() -> ! {
    let flip = started_with("wrong-bit");
    println!("{BOARD}");
    println!("type row                    classes unfused   fused");
    let wrong = compare!(expected::F32, f32, u32, bits_f32, false)
        + compare!(expected::F64, f64, u64, bits_f64, flip);
    let n_rows = expected::F32.len() + expected::F64.len();
    println!("{wrong} of {n_rows} rows differ");
    let is_right = wrong == 0 && n_rows > 0;
    process::exit(i32::from(!is_right))
}
