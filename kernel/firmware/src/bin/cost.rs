#![no_std]
#![no_main]
use core::hint::black_box;
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::entry;
use semihosting::println;
use surprisal::{Backend, CrossEntropy};

fn count(syst: &mut SYST, f: impl FnOnce()) -> u32 {
    let a = SYST::get_current();
    f();
    let b = SYST::get_current();
    let _ = syst;
    (a.wrapping_sub(b) & 0xff_ffff) * 40 / 256
}

#[entry]
fn main() -> ! {
    let mut p = cortex_m::Peripherals::take().unwrap();
    p.SYST.set_clock_source(SystClkSource::Core);
    p.SYST.set_reload(0xff_ffff);
    p.SYST.clear_current();
    p.SYST.enable_counter();
    let mut z = [0.0f32; 1000];
    let mut s: u32 = 12345;
    for x in &mut z {
        s = s.wrapping_mul(1664525).wrapping_add(1013904223);
        *x = (s >> 8) as f32 / 16777216.0 * 10.0 - 5.0;
    }
    let mut out = [0.0f32; 1];
    let mut g = [0.0f32; 1000];
    for c in [2usize, 10, 100, 1000] {
        let l = CrossEntropy::new().backend(Backend::Portable);
        let n = count(&mut p.SYST, || {
            l.losses(black_box(&z[..c]), c, black_box(&[1u8]), &mut out).ok();
            black_box(&out);
        });
        println!("C = {c} loss {n}");
        let n = count(&mut p.SYST, || {
            l.gradients(black_box(&z[..c]), c, black_box(&[1u8]), None, &mut g[..c]).ok();
            black_box(&g);
        });
        println!("C = {c} gradient {n}");
    }
    semihosting::process::exit(0)
}
