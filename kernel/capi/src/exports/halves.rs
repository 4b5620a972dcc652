//! Numbers of 16 bits, from `float` and back.

use surprisal::{Bf16, F16};

/// `surprisal_f16` and `surprisal_bf16` as arguments: how C passes a structure is not how it passes
/// an integer, which the kernel's types are to Rust.
macro_rules! half {
    ($half:ident as $of_c:ident: $from_f32:ident, $to_f32:ident) => {
        #[doc = concat!("`", stringify!($half), "` by value.")]
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $of_c {
            pub(crate) bits: u16,
        }

        #[unsafe(no_mangle)]
        pub(crate) extern "C" fn $from_f32(value: f32) -> $of_c {
            let bits = $half::from_f32(value).to_bits();
            $of_c { bits }
        }

        #[unsafe(no_mangle)]
        pub(crate) extern "C" fn $to_f32(half: $of_c) -> f32 {
            $half::from_bits(half.bits).to_f32()
        }
    };
}

half!(F16 as CF16: surprisal_f16_from_f32, surprisal_f16_to_f32);
half!(Bf16 as CBf16: surprisal_bf16_from_f32, surprisal_bf16_to_f32);
