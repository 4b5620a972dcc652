//! The exported functions: one line each, by the order of the headers.

pub(crate) mod batches;
pub(crate) mod halves;
pub(crate) mod row_hessians;

/// What a type of logits is computed in.
macro_rules! element {
    (f32) => {
        f32
    };
    (f64) => {
        f64
    };
    (F16) => {
        f32
    };
    (Bf16) => {
        f32
    };
}

/// The type of an argument: `input`, `output` and the like, for logits of type `$t`.
macro_rules! argument {
    ($t:ident, options) => { *const $crate::options::Options };
    ($t:ident, size) => { usize };
    ($t:ident, logits) => { *const $t };
    ($t:ident, logits_out) => { *mut $t };
    ($t:ident, labels) => { $crate::labels::Labels };
    ($t:ident, label) => { i64 };
    ($t:ident, input) => { *const element!($t) };
    ($t:ident, output) => { *mut element!($t) };
    ($t:ident, number) => { element!($t) };
    ($t:ident, doubles) => { *const f64 };
    ($t:ident, integer_out) => { *mut i32 };
    ($t:ident, total_out) => { *mut $crate::total::CTotal };
    ($t:ident, states) => { *const surprisal::RowState<element!($t)> };
    ($t:ident, states_out) => { *mut surprisal::RowState<element!($t)> };
    ($t:ident, hessian) => { *const Kept<RowHessian<'static, element!($t)>> };
    ($t:ident, hessian_out) => { *mut Kept<RowHessian<'static, element!($t)>> };
    ($t:ident, factor) => { *const Kept<Factor<'static, element!($t)>> };
    ($t:ident, factor_out) => { *mut Kept<Factor<'static, element!($t)>> };
    ($t:ident, spectrum) => { *const Kept<Spectrum<'static, element!($t)>> };
    ($t:ident, spectrum_out) => { *mut Kept<Spectrum<'static, element!($t)>> };
}

/// Exports functions, each for one type of logits. Those of a block are in one module, which gets
/// a call made of the arguments in brackets; then come the arguments of the line, and the detail.
macro_rules! export {
    ($($module:ident $subject:tt {
        $($run:ident $arguments:tt => $($name:ident: $t:ident),*;)*
    })*) => {
        $($($(
            export!(@function $module $subject $run $arguments $name $t);
        )*)*)*

        /// Every function with its prototype in C.
        #[cfg(test)]
        pub(crate) fn exported() -> std::vec::Vec<std::string::String> {
            std::vec![$($($(
                export!(@prototype $subject $arguments $name $t),
            )*)*)*]
        }
    };
    (@function $module:ident [$($first:ident: $first_kind:ident),* => $call:expr]
     $run:ident ($($argument:ident: $kind:ident),*) $name:ident $t:ident) => {
        #[doc = concat!("`", stringify!($name), "`, see the header.")]
        ///
        /// # Safety
        ///
        /// Pointers are what the header asks for.
        #[unsafe(no_mangle)]
        pub(crate) unsafe extern "C" fn $name(
            $($first: argument!($t, $first_kind),)*
            $($argument: argument!($t, $kind),)*
            detail: *mut $crate::status::Detail,
        ) -> $crate::status::Status {
            // SAFETY: the caller's promise.
            unsafe {
                $crate::status::report(detail, || $module::$run($call?, $($argument),*))
            }
        }
    };
    (@prototype [$($first:ident: $first_kind:ident),* => $call:expr]
     ($($argument:ident: $kind:ident),*) $name:ident $t:ident) => {
        $crate::tests::prototypes::Prototype::prototype(
            $name as unsafe extern "C" fn(
                $(argument!($t, $first_kind),)* $(argument!($t, $kind),)* _
            ) -> _,
            stringify!($name),
        )
    };
}

use {argument, element, export};

/// Every function that returns a status, with its prototype in C.
#[cfg(test)]
pub(crate) fn exported() -> impl Iterator<Item = std::string::String> {
    batches::exported()
        .into_iter()
        .chain(row_hessians::exported())
}
