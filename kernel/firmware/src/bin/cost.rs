//! Counts the instructions and the stack of one operation on a Cortex-M4F under QEMU, which must
//! take 256 ns an instruction (`-icount shift=8`). `./cost` builds and runs it for each.

#![no_std]
#![no_main]

use core::{hint::black_box, ptr};

use cortex_m::{
    Peripherals,
    peripheral::{SYST, syst::SystClkSource},
    register::msp,
};
use semihosting::{println, process};
use surprisal::{CrossEntropy, Error};
use surprisal_firmware::entry;

/// The operation, which the compiler knows, so that it links no other.
const OPERATION: &str = match option_env!("OPERATION") {
    Some(operation) => operation,
    None => "losses",
};

const MOST_CLASSES: usize = 1000;

/// Rows of the batch whose instructions a row are counted.
const N_ROWS: usize = 50;

/// A tick of the timer, which counts at 25 MHz, in units of an instruction: 40 ns of 256 ns.
const INSTRUCTIONS_A_TICK: (u32, u32) = (40, 256);

/// The timer has 24 bits.
const TICKS: u32 = 0x00ff_ffff;

/// What unused stack is filled with.
const PAINT: u32 = 0xa5a5_5a5a;

/// Bytes of stack that are painted.
const PAINTED: u32 = 16 * 1024;

/// Bytes below the stack of the caller that painting itself may use.
const OF_PAINTING: u32 = 128;

/// Paints the free stack; gives its address.
#[inline(never)]
fn paint() -> u32 {
    let top = msp::read() - OF_PAINTING;
    for address in (top - PAINTED..top).step_by(4) {
        // SAFETY: memory of the board between the stack and what else there is, far below, is
        // nobody's, but for the frames of this function, which are above.
        unsafe { ptr::write_volatile(address as *mut u32, PAINT) };
    }
    top
}

/// Bytes below the address that are painted no more.
#[inline(never)]
fn used_below(top: u32) -> u32 {
    let is_painted = |address: &u32| {
        // SAFETY: as in `paint`.
        unsafe { ptr::read_volatile(*address as *const u32) == PAINT }
    };
    let unused = (top - PAINTED..top).step_by(4).take_while(is_painted);
    PAINTED - 4 * unused.count() as u32 + OF_PAINTING
}

/// The arguments of the operation.
struct Rows<'a> {
    logits: &'a [f32],
    others: &'a [f32],
    out: &'a mut [f32],
    losses: &'a mut [f32],
    labels: &'a [u8],
    n_classes: usize,
}

impl Rows<'_> {
    /// Runs the operation.
    #[inline(never)]
    fn run(&mut self) -> Result<(), Error> {
        let Self {
            logits: z,
            others: vectors,
            out,
            losses,
            labels: y,
            n_classes,
        } = self;
        let (loss, n_classes) = (&LOSS, *n_classes);
        match OPERATION {
            "losses" => loss.losses(z, n_classes, y, losses),
            "gradients" => loss.gradients(z, n_classes, y, None, out),
            "losses_and_gradients" => loss.losses_and_gradients(z, n_classes, y, None, losses, out),
            "probabilities" => loss.probabilities(z, n_classes, out),
            "hessian_diagonals" => loss.hessian_diagonals(z, n_classes, y, out),
            "hessian_vector_products" => {
                loss.hessian_vector_products(z, n_classes, y, vectors, out)
            }
            // For the size of the program around the operation.
            _ => Ok(()),
        }
    }
}

struct Arrays {
    logits: [f32; MOST_CLASSES],
    others: [f32; MOST_CLASSES],
    out: [f32; MOST_CLASSES],
    losses: [f32; N_ROWS],
    labels: [u8; N_ROWS],
}

/// In a static, as in firmware that has one loss: it is on no stack.
static LOSS: CrossEntropy<'static> = CrossEntropy::new();

impl Arrays {
    /// Logits from a generator: sums of twelve uniform numbers, nearly normal.
    fn new() -> Self {
        let mut state = 12345_u32;
        let mut uniform = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0
        };
        Self {
            logits: [(); MOST_CLASSES].map(|()| (0..12).map(|_| uniform()).sum::<f32>() - 6.0),
            others: [(); MOST_CLASSES].map(|()| uniform()),
            out: [0.0; MOST_CLASSES],
            losses: [0.0; N_ROWS],
            labels: [1; N_ROWS],
        }
    }

    /// Some rows.
    fn rows(&mut self, n_rows: usize, n_classes: usize) -> Rows<'_> {
        let len = n_rows * n_classes;
        Rows {
            logits: self.logits.get(..len).unwrap_or_default(),
            others: self.others.get(..len).unwrap_or_default(),
            out: self.out.get_mut(..len).unwrap_or_default(),
            losses: self.losses.get_mut(..n_rows).unwrap_or_default(),
            labels: self.labels.get(..n_rows).unwrap_or_default(),
            n_classes,
        }
    }

    /// Instructions and stack of the operation.
    fn cost(&mut self, n_rows: usize, n_classes: usize) -> (u32, u32) {
        let mut rows = self.rows(n_rows, n_classes);
        let rows = black_box(&mut rows);
        let top = paint();
        let before = SYST::get_current();
        let outcome = rows.run();
        let ticks = before.wrapping_sub(SYST::get_current()) & TICKS;
        let stack = used_below(top);
        if outcome.is_err() {
            process::exit(1);
        }
        let (instructions, of_ticks) = INSTRUCTIONS_A_TICK;
        (ticks * instructions / of_ticks, stack)
    }
}

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else {
        process::exit(1)
    };
    peripherals.SYST.set_clock_source(SystClkSource::Core);
    peripherals.SYST.set_reload(TICKS);
    peripherals.SYST.clear_current();
    peripherals.SYST.enable_counter();

    let mut arrays = Arrays::new();
    for n_classes in [2, 10, 100, 1000] {
        let (instructions, stack) = arrays.cost(1, n_classes);
        let n_rows = (MOST_CLASSES / n_classes).min(N_ROWS);
        let (of_batch, _) = arrays.cost(n_rows, n_classes);
        let of_row = of_batch / n_rows as u32;
        println!(
            "{OPERATION:24} {n_classes:5} {instructions:9} {of_row:9} {:11} {stack:6}",
            of_row / n_classes as u32
        );
    }
    process::exit(0)
}
