//! The types of the interface as C spells them.

use std::{
    format,
    string::{String, ToString},
    vec,
};

use surprisal::{
    Bf16, F16, RowHessian, RowState,
    row_hessian::{Factor, Spectrum},
};

use crate::{kept::Kept, labels::Labels, options::Options, status::Detail, total::CTotal};

/// A type with a name in C.
pub(crate) trait CType {
    fn name() -> String;
}

macro_rules! names {
    ($($rust:ty: $c:literal),* $(,)?) => {$(
        impl CType for $rust {
            fn name() -> String {
                $c.to_string()
            }
        }
    )*};
}

names! {
    f32: "float",
    f64: "double",
    usize: "size_t",
    i32: "int32_t",
    i64: "int64_t",
    F16: "surprisal_f16",
    Bf16: "surprisal_bf16",
    Labels: "surprisal_labels",
    Options: "surprisal_options",
    Detail: "surprisal_detail",
    CTotal: "surprisal_total",
    RowState<f32>: "surprisal_row_state_f32",
    RowState<f64>: "surprisal_row_state_f64",
    Kept<RowHessian<'_, f32>>: "surprisal_row_hessian_f32",
    Kept<RowHessian<'_, f64>>: "surprisal_row_hessian_f64",
    Kept<Factor<'_, f32>>: "surprisal_factor_f32",
    Kept<Factor<'_, f64>>: "surprisal_factor_f64",
    Kept<Spectrum<'_, f32>>: "surprisal_spectrum_f32",
    Kept<Spectrum<'_, f64>>: "surprisal_spectrum_f64",
}

impl<T: CType> CType for *const T {
    fn name() -> String {
        format!("const {} *", T::name())
    }
}

impl<T: CType> CType for *mut T {
    fn name() -> String {
        format!("{} *", T::name())
    }
}

/// A function with a prototype in C.
pub(crate) trait Prototype {
    fn prototype(self, name: &str) -> String;
}

macro_rules! prototypes {
    ($($($argument:ident)*;)*) => {$(
        impl<$($argument: CType,)* R: CType> Prototype
            for unsafe extern "C" fn($($argument),*) -> R
        {
            fn prototype(self, name: &str) -> String {
                let arguments = vec![$($argument::name()),*].join(", ");
                format!("{} {name}({arguments});", R::name())
            }
        }
    )*};
}

prototypes! {
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
}
