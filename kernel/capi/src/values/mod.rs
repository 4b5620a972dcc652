//! The Hessian of a row as a value, its factor and its spectrum, over raw pointers: in each function
//! the arrays of the call are looked at, then the kernel's method of its name gets slices.

pub(crate) mod factor;
mod numbers;
pub(crate) mod row_hessian;
pub(crate) mod spectrum;

/// Functions that write an array: `method(output: Shape)`.
macro_rules! writes {
    ($value:ident: $($method:ident($output:ident: $shape:ident);)*) => {$(
        /// # Safety
        ///
        /// As the header says of each pointer.
        pub(crate) unsafe fn $method<T: Element>(
            mut call: Call<&Kept<$value<'static, T>>>,
            $output: *mut T,
        ) -> Result<(), Refusal> {
            let $output = call.writes(stringify!($output), $output, Shape::$shape)?;
            let (kept, _) = call.close()?;
            // SAFETY: every array has been looked at, those that are written overlap no other, and
            // that they are there is the caller's promise.
            let $output = unsafe { $output.get_mut() };
            kept.value().$method($output)?;
            Ok(())
        }
    )*};
}

/// Functions that write a vector, given another: `method(input, output)`.
macro_rules! maps {
    ($value:ident: $($method:ident($input:ident, $output:ident);)*) => {$(
        /// # Safety
        ///
        /// As the header says of each pointer.
        pub(crate) unsafe fn $method<T: Element>(
            mut call: Call<&Kept<$value<'static, T>>>,
            $input: *const T,
            $output: *mut T,
        ) -> Result<(), Refusal> {
            let $input = call.reads(stringify!($input), $input, Shape::Matrix)?;
            let $output = call.writes(stringify!($output), $output, Shape::Matrix)?;
            let (kept, _) = call.close()?;
            // SAFETY: as in the functions above.
            let ($input, $output) = unsafe { ($input.get(), $output.get_mut()) };
            kept.value().$method($input, $output)?;
            Ok(())
        }
    )*};
}

use {maps, writes};
