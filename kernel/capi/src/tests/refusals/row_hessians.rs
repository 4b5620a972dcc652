//! What functions of the Hessian of a row refuse.

use core::{
    mem::MaybeUninit,
    ptr::{from_mut, from_ref, null, null_mut},
};

use surprisal::{F16, RowHessian, row_hessian::Factor};

use super::{OPTIONS, argument, detail};
use crate::{
    exports::{batches::surprisal_gradients_f16, row_hessians::*},
    kept::Kept,
    labels::Labels,
    options::Options,
    status::{self, Detail, Status},
};

type Hessian = Kept<RowHessian<'static, f64>>;

const LOGITS: [f64; 2] = [1.0, 2.0];

/// The Hessian of a row of two classes in a workspace.
fn hessian(options: &Options, workspace: &mut [f64; 8]) -> Hessian {
    let mut hessian = MaybeUninit::uninit();
    // SAFETY: a row of two classes and its workspace.
    let status = unsafe {
        surprisal_row_hessian_init_f64(
            options,
            2,
            LOGITS.as_ptr(),
            0,
            workspace.as_mut_ptr(),
            hessian.as_mut_ptr(),
            null_mut(),
        )
    };
    assert_eq!(status, status::OK);
    // SAFETY: written, as the status says.
    unsafe { hessian.assume_init() }
}

/// Its product with a vector: the status, and the argument that was refused.
fn product(hessian: *const Hessian, vector: *const f64, product: *mut f64) -> (Status, Detail) {
    let mut detail = detail();
    // SAFETY: what is not as it should be is not read or written.
    let status =
        unsafe { surprisal_row_hessian_product_f64(hessian, vector, product, &raw mut detail) };
    (status, detail)
}

#[test]
fn structures() {
    let mut workspace = [0.0; 8];
    let good = hessian(&OPTIONS, &mut workspace);
    let zero = MaybeUninit::zeroed();
    let odd = from_ref(&good).wrapping_byte_add(1);
    let mut of_factor = [0.0; 2];
    let mut factor = MaybeUninit::<Kept<Factor<'static, f64>>>::uninit();
    // SAFETY: a Hessian of two classes, and a workspace of two.
    let status = unsafe {
        surprisal_factor_init_f64(
            &raw const good,
            of_factor.as_mut_ptr(),
            factor.as_mut_ptr(),
            null_mut(),
        )
    };
    assert_eq!(status, status::OK);
    let mut out = [7.0; 2];
    for (hessian, status) in [
        (null(), status::NULL_POINTER),
        (odd, status::MISALIGNED),
        (zero.as_ptr(), status::NOT_INITIALISED),
        (factor.as_ptr().cast(), status::NOT_INITIALISED),
    ] {
        let (refused, detail) = product(hessian, LOGITS.as_ptr(), out.as_mut_ptr());
        assert_eq!((refused, argument(&detail)), (status, "hessian"));
        assert_eq!(out, [7.0; 2]);
    }
    let single = from_ref(&good).cast();
    // SAFETY: as above; the structure says that it is of another type.
    let status =
        unsafe { surprisal_row_hessian_trace_f32(single, from_mut(&mut out).cast(), null_mut()) };
    assert_eq!(status, status::NOT_INITIALISED);
    assert_eq!(
        product(&raw const good, LOGITS.as_ptr(), out.as_mut_ptr()).0,
        status::OK
    );
}

/// Outputs overlap neither arguments nor the structure, nor what this reads.
#[test]
fn overlaps() {
    let (mut workspace, mut numbers) = ([0.0; 8], [0.0; 4]);
    let mut hessian = hessian(&OPTIONS, &mut workspace);
    let kept = &raw mut hessian;
    let (workspace, numbers) = (workspace.as_mut_ptr(), numbers.as_mut_ptr());
    for (vector, out) in [
        (numbers.cast_const(), numbers),
        (numbers.cast_const(), numbers.wrapping_add(1)),
        (numbers.cast_const(), workspace.wrapping_add(7)),
        (numbers.cast_const(), kept.cast()),
    ] {
        let (status, detail) = product(kept, vector, out);
        assert_eq!((status, argument(&detail)), (status::OVERLAP, "product"));
    }
    let (mut factor, mut detail) = (MaybeUninit::uninit(), detail());
    // SAFETY: as above.
    let status = unsafe {
        let workspace = workspace.add(6);
        surprisal_factor_init_f64(kept, workspace, factor.as_mut_ptr(), &raw mut detail)
    };
    assert_eq!((status, argument(&detail)), (status::OVERLAP, "workspace"));
    assert_eq!(product(kept, workspace, numbers).0, status::OK);
}

/// A workspace over the logits, no class, and more classes than memory has room for.
#[test]
fn rows() {
    let mut numbers = [0.0_f64; 10];
    let mut hessian = MaybeUninit::uninit();
    let start = numbers.as_mut_ptr();
    for (n_classes, logits, workspace, status, name) in [
        (
            2,
            start,
            start.wrapping_add(1),
            status::OVERLAP,
            "workspace",
        ),
        (2, start, null_mut(), status::NULL_POINTER, "workspace"),
        (2, null_mut(), start, status::NULL_POINTER, "logits"),
        (0, start, start, status::ZERO_CLASSES, "n_classes"),
        (
            usize::MAX / 8,
            start,
            start,
            status::SIZE_OVERFLOW,
            "logits",
        ),
        (
            usize::MAX / 32,
            start,
            start,
            status::SIZE_OVERFLOW,
            "workspace",
        ),
    ] {
        let mut detail = detail();
        // SAFETY: what is not as it should be is not read or written.
        let refused = unsafe {
            surprisal_row_hessian_init_f64(
                &OPTIONS,
                n_classes,
                logits,
                0,
                workspace,
                hessian.as_mut_ptr(),
                &raw mut detail,
            )
        };
        assert_eq!((refused, argument(&detail)), (status, name));
    }
    let mut detail = detail();
    // SAFETY: two classes with their workspace.
    let status = unsafe {
        surprisal_row_hessian_init_f64(
            &OPTIONS,
            2,
            start,
            2,
            start.add(2),
            hessian.as_mut_ptr(),
            &raw mut detail,
        )
    };
    assert_eq!(
        (status, argument(&detail)),
        (status::LABEL_OUT_OF_RANGE, "label")
    );
    assert_eq!((detail.row, detail.label), (0, 2));
}

/// Numbers outside their ranges, and matrices that are not what is needed.
#[test]
fn numbers() {
    let (mut workspace, mut out, mut detail) = ([0.0; 8], [7.0; 2], detail());
    let good = hessian(&OPTIONS, &mut workspace);
    let (kept, detail_out) = (&raw const good, &raw mut detail);
    let b = LOGITS.as_ptr();
    for (lambda, expected, name) in [
        (f64::NAN, status::OPTION_OUT_OF_RANGE, "lambda"),
        (0.0, status::NOT_DEFINITE, "hessian"),
    ] {
        // SAFETY: vectors of two classes.
        let status = unsafe {
            surprisal_row_hessian_damped_solve_f64(kept, lambda, b, out.as_mut_ptr(), detail_out)
        };
        assert_eq!((status, argument(&detail)), (expected, name));
        assert_eq!(out, [7.0; 2]);
    }
    // SAFETY: no number of vectors as large is looked at.
    let status = unsafe {
        surprisal_row_hessian_products_f64(kept, usize::MAX, b, out.as_mut_ptr(), detail_out)
    };
    assert_eq!(
        (status, argument(&detail)),
        (status::SIZE_OVERFLOW, "vectors")
    );

    let (mut poles, mut spectrum) = ([0.0; 6], MaybeUninit::uninit());
    // SAFETY: a Hessian of two classes, its workspace, and a number.
    let statuses = unsafe {
        let spectrum = spectrum.as_mut_ptr();
        [
            surprisal_spectrum_init_f64(kept, poles.as_mut_ptr(), spectrum, detail_out),
            surprisal_spectrum_eigenvalue_f64(spectrum, 2, out.as_mut_ptr(), detail_out),
        ]
    };
    assert_eq!(statuses, [status::OK, status::OPTION_OUT_OF_RANGE]);
    assert_eq!((argument(&detail), detail.value), ("index", 2.0));

    let options = Options {
        softcap: 5.0,
        ..OPTIONS
    };
    let mut workspace = [0.0; 8];
    let capped = hessian(&options, &mut workspace);
    let uniform = 0.5;
    // SAFETY: one column of two classes.
    let status = unsafe {
        let uniform = &raw const uniform;
        let columns = out.as_mut_ptr();
        surprisal_row_hessian_monte_carlo_factor_f64(
            &raw const capped,
            1,
            uniform,
            columns,
            detail_out,
        )
    };
    assert_eq!(
        (status, argument(&detail)),
        (status::OPTION_UNSUPPORTED, "softcap")
    );
}

/// Pointers to 16-bit logits are looked at like any others.
#[test]
fn halves() {
    let mut numbers = [F16::from_f32(1.0); 8];
    let start = numbers.as_mut_ptr();
    for (logits, gradients, status, name) in [
        (null(), start, status::NULL_POINTER, "logits"),
        (
            start.cast_const().wrapping_byte_add(1),
            start,
            status::MISALIGNED,
            "logits",
        ),
        (start, start.wrapping_add(3), status::OVERLAP, "gradients"),
    ] {
        let (labels, mut detail) = ([0_u8; 2], detail());
        // SAFETY: what is not as it should be is not read or written.
        let refused = unsafe {
            surprisal_gradients_f16(
                null(),
                2,
                2,
                logits,
                Labels {
                    data: labels.as_ptr().cast(),
                    integer: 1,
                },
                null(),
                gradients,
                &raw mut detail,
            )
        };
        assert_eq!((refused, argument(&detail)), (status, name));
    }
}
