//! The Hessian of a row, its factor and its spectrum.

mod rows;
mod tables;

use core::{mem::MaybeUninit, ptr::null_mut};
use std::{boxed::Box, sync::Mutex, vec, vec::Vec};

use surprisal::{
    Bf16, Definiteness, Error, F16, RowHessian,
    row_hessian::{Factor, Spectrum},
};

use self::{
    rows::rows,
    tables::{factors, hessians, spectra},
};
use super::{Number, numbers, options, same};
use crate::{
    exports::row_hessians::*,
    kept::{Kept, Tagged},
    options::Options,
    status::{OK, Refusal, Status},
};

/// A value of the C interface and the kernel's.
struct Both<V> {
    of_c: Kept<V>,
    of_kernel: V,
}

/// A row, and what its functions are given.
struct Case<T: 'static> {
    hessian: Both<RowHessian<'static, T>>,
    factor: Option<Both<Factor<'static, T>>>,
    spectrum: Both<Spectrum<'static, T>>,
    n: usize,
    /// Three vectors.
    vectors: Vec<T>,
    lambda: T,
    index: usize,
    uniform: [f64; 3],
}

impl<T> Case<T> {
    fn vector(&self) -> &[T] {
        &self.vectors[..self.n]
    }

    fn factor(&self) -> &Both<Factor<'static, T>> {
        self.factor.as_ref().unwrap()
    }
}

/// What lives as long as the program, as the values of C do. Its address is known from then on, so that
/// it is no leak to who looks for leaks.
fn lasting<T: ?Sized>(value: Box<T>) -> &'static mut T {
    static ADDRESSES: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let value = Box::leak(value);
    ADDRESSES.lock().unwrap().push((&raw const *value).addr());
    value
}

fn workspace<T: Number>(len: usize) -> &'static mut [T] {
    lasting(vec![T::of(0.0); len].into())
}

/// Makes a value by the C interface, and takes the kernel's, if it is refused by neither.
fn both<V: Tagged>(
    of_c: impl FnOnce(*mut Kept<V>) -> Status,
    of_kernel: Result<V, Error>,
) -> Option<Both<V>> {
    let mut kept = MaybeUninit::uninit();
    let status = of_c(kept.as_mut_ptr());
    let expected = of_kernel.map_err(Refusal::from);
    assert_eq!(
        status,
        expected.as_ref().map_or_else(Refusal::status, |_| OK)
    );
    expected.ok().map(|of_kernel| Both {
        // SAFETY: a function that returns this status has written the value.
        of_c: unsafe { kept.assume_init() },
        of_kernel,
    })
}

/// The functions of a type of logits that are not in the tables.
macro_rules! row_hessians {
    ($test:ident, $z:ident in $t:ident: $run:ident, $init:ident, $definiteness:ident, $bounds:ident,
     $init_factor:ident, $init_spectrum:ident, $eigenvector:ident) => {
        #[test]
        fn $test() {
            for row in rows() {
                let logits: Vec<$z> = row.logits.iter().map(|&x| Number::of(x)).collect();
                let n = logits.len();
                let len = RowHessian::<$t>::workspace_len(n);
                let (o, z, none) = (&raw const row.of_c, logits.as_ptr(), null_mut());
                let (of_c, of_kernel) = (workspace::<$t>(len), workspace::<$t>(len));
                let hessian = both(
                    // SAFETY: here and below, arrays have the sizes that the header asks for.
                    |hessian| unsafe {
                        $init(o, n, z, row.label, of_c.as_mut_ptr(), hessian, none)
                    },
                    row.of_kernel.row_hessian(&logits, row.label, of_kernel),
                );
                let hessian = hessian.expect("a row that nothing is wrong with");
                let kept: *const Kept<_> = &raw const hessian.of_c;
                let of_kernel: &'static RowHessian<'static, $t> =
                    lasting(Box::new(hessian.of_kernel));

                let (of_c, tails) = (workspace::<$t>(n), workspace::<$t>(n));
                let factor = both(
                    // SAFETY: as above.
                    |factor| unsafe { $init_factor(kept, of_c.as_mut_ptr(), factor, none) },
                    of_kernel.factor(tails),
                );
                let len = Spectrum::<$t>::workspace_len(n);
                let (of_c, poles) = (workspace::<$t>(len), workspace::<$t>(len));
                let spectrum = both(
                    // SAFETY: as above.
                    |spectrum| unsafe { $init_spectrum(kept, of_c.as_mut_ptr(), spectrum, none) },
                    of_kernel.spectrum(poles),
                );
                let spectrum = spectrum.expect("one of every Hessian");

                same::<$t, $t>(
                    [1, 1],
                    // SAFETY: as above.
                    |lower, upper| unsafe { $bounds(kept, lower, upper, none) },
                    |lower, upper| {
                        (lower[0], upper[0]) = of_kernel.largest_eigenvalue_bounds();
                        Ok(())
                    },
                );
                let mut definiteness = 0;
                // SAFETY: as above.
                let status = unsafe { $definiteness(kept, &raw mut definiteness, none) };
                let known = of_kernel.definiteness();
                assert_eq!(status, OK);
                assert_eq!(known == Definiteness::Definite, definiteness == 1);
                assert_eq!(known == Definiteness::Semidefinite, definiteness == 2);
                assert_eq!(known == Definiteness::Indefinite, definiteness == 3);
                for index in 0..=n {
                    same::<$t, $t>(
                        [n, 1],
                        // SAFETY: as above.
                        |vector, eigenvalue| unsafe {
                            let spectrum = &raw const spectrum.of_c;
                            $eigenvector(spectrum, index, vector, eigenvalue, none)
                        },
                        |vector, eigenvalue| {
                            eigenvalue[0] = spectrum.of_kernel.eigenvector(index, vector)?;
                            Ok(())
                        },
                    );
                }

                let mut case = Case {
                    hessian,
                    factor,
                    spectrum,
                    n,
                    vectors: numbers(3, 3 * n),
                    lambda: 0.0,
                    index: 0,
                    uniform: [0.25, 0.999, 0.0],
                };
                // The last of each is refused.
                for (index, lambda) in [(0, 1e-3), (n - 1, 4.0), (n, 0.0)] {
                    case.lambda = lambda;
                    case.index = index;
                    hessians::$run(&case);
                    spectra::$run(&case);
                }
                if case.factor.is_some() {
                    factors::$run(&case);
                }
            }
        }
    };
}

row_hessians!(single, f32 in f32: single, surprisal_row_hessian_init_f32,
    surprisal_row_hessian_definiteness_f32, surprisal_row_hessian_largest_eigenvalue_bounds_f32,
    surprisal_factor_init_f32, surprisal_spectrum_init_f32, surprisal_spectrum_eigenvector_f32);
row_hessians!(double, f64 in f64: double, surprisal_row_hessian_init_f64,
    surprisal_row_hessian_definiteness_f64, surprisal_row_hessian_largest_eigenvalue_bounds_f64,
    surprisal_factor_init_f64, surprisal_spectrum_init_f64, surprisal_spectrum_eigenvector_f64);
row_hessians!(half, F16 in f32: single, surprisal_row_hessian_init_f16,
    surprisal_row_hessian_definiteness_f32, surprisal_row_hessian_largest_eigenvalue_bounds_f32,
    surprisal_factor_init_f32, surprisal_spectrum_init_f32, surprisal_spectrum_eigenvector_f32);
row_hessians!(brain, Bf16 in f32: single, surprisal_row_hessian_init_bf16,
    surprisal_row_hessian_definiteness_f32, surprisal_row_hessian_largest_eigenvalue_bounds_f32,
    surprisal_factor_init_f32, surprisal_spectrum_init_f32, surprisal_spectrum_eigenvector_f32);

/// All options of a row of three classes; and an ignored one.
#[test]
fn options_of_one_row() {
    let (of_c, of_kernel) = options();
    let logits = [0.5_f64, -1.0, 2.0];
    for label in [1, -100] {
        let of_one = Options {
            row_weights_f64: [3.0].as_ptr(),
            ..of_c
        };
        let (mut c_workspace, mut workspace) = ([0.0; 12], [0.0; 12]);
        let mut kept = MaybeUninit::uninit();
        // SAFETY: a row of three classes.
        let status = unsafe {
            surprisal_row_hessian_init_f64(
                &raw const of_one,
                3,
                logits.as_ptr(),
                label,
                c_workspace.as_mut_ptr(),
                kept.as_mut_ptr(),
                null_mut(),
            )
        };
        assert_eq!(status, OK);
        let expected = of_kernel.row_weights(&[3.0_f64]);
        let hessian = expected
            .row_hessian(&logits, label, &mut workspace)
            .unwrap();
        let mut matrix = [0.0; 9];
        hessian.dense(&mut matrix).unwrap();
        let mut of_c = [1.0; 9];
        // SAFETY: a matrix of three rows, and a value that has been written.
        let status = unsafe {
            surprisal_row_hessian_dense_f64(kept.as_ptr(), of_c.as_mut_ptr(), null_mut())
        };
        assert_eq!((status, of_c), (OK, matrix));
        assert_eq!(matrix == [0.0; 9], label == -100);
    }
}

/// The lengths of workspaces, where they overflow too.
#[test]
fn workspace_lens() {
    assert_eq!(surprisal_row_hessian_workspace_len(10), 40);
    assert_eq!(
        surprisal_row_hessian_workspace_len(usize::MAX / 2),
        usize::MAX
    );
    assert_eq!(surprisal_spectrum_workspace_len(10), 22);
    assert_eq!(surprisal_spectrum_workspace_len(usize::MAX), usize::MAX);
}
