//! The Hessian of a row as a value, its factor and its spectrum, over raw pointers: in each function
//! the arrays of the call are looked at, then the kernel's method of its name gets slices.

pub(crate) mod factor;
mod numbers;
pub(crate) mod row_hessian;
pub(crate) mod spectrum;

use surprisal::{Element, Error, RowHessian};

use crate::{
    call::{Call, Shape},
    kept::{Kept, Tagged},
    status::Refusal,
};

/// What is made of a Hessian, in a workspace.
struct Making<T: 'static, V> {
    /// What the header calls it.
    name: &'static str,
    workspace: Shape,
    make: fn(&'static RowHessian<'static, T>, &'static mut [T]) -> Result<V, Error>,
}

impl<T: Element, V: Tagged> Making<T, V> {
    /// # Safety
    ///
    /// As the header says of each pointer.
    unsafe fn init(
        self,
        mut call: Call<&'static Kept<RowHessian<'static, T>>>,
        workspace: *mut T,
        value: *mut Kept<V>,
    ) -> Result<(), Refusal> {
        let workspace = call.writes("workspace", workspace, self.workspace)?;
        let value = call.writes_one(self.name, value)?;
        let (hessian, n_classes) = call.close()?;
        // SAFETY: every array has been looked at, those that are written overlap no other, and that
        // they are there is the caller's promise, for as long as the value is used.
        unsafe {
            let made = (self.make)(hessian.value(), workspace.get_mut())?;
            let reads = [hessian.workspace(), workspace.bytes()];
            value.write(Kept::new(made, n_classes, reads));
        }
        Ok(())
    }
}

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
