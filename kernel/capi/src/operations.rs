//! The operations over raw pointers. In each, the arrays of the call are looked at first; then come
//! the options, which there are once no array that is written overlaps another; then the kernel gets
//! slices.

use surprisal::{CrossEntropy, Element, GradientOf, Logit, RowState};

use crate::{
    call::{Call, Shape},
    labels::{Labels, with_labels},
    status::Refusal,
    total::CTotal,
};

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn losses<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    labels: Labels,
    losses: *mut Z::Element,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let losses = call.writes("losses", losses, Shape::Rows)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: every array has been looked at, those that are written overlap no other, and that they
    // are there is the caller's promise.
    unsafe {
        with_labels!(labels, |labels| {
            options.losses(logits.get(), n_classes, labels, losses.get_mut())
        })
    }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn gradients<Z: Logit, G: GradientOf<Z>>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    labels: Labels,
    upstream: *const Z::Element,
    gradients: *mut G,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let upstream = call.may_read("upstream", upstream, Shape::Rows)?;
    let gradients = call.writes("gradients", gradients, Shape::Strided)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    unsafe {
        let upstream = upstream.map(|upstream| upstream.get());
        with_labels!(labels, |labels| {
            options.gradients(
                logits.get(),
                n_classes,
                labels,
                upstream,
                gradients.get_mut(),
            )
        })
    }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn gradients_in_place<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *mut Z,
    labels: Labels,
    upstream: *const Z::Element,
) -> Result<(), Refusal> {
    let logits = call.writes("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let upstream = call.may_read("upstream", upstream, Shape::Rows)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    unsafe {
        let upstream = upstream.map(|upstream| upstream.get());
        with_labels!(labels, |labels| {
            options.gradients_in_place(logits.get_mut(), n_classes, labels, upstream)
        })
    }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn losses_and_gradients<Z: Logit, G: GradientOf<Z>>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    labels: Labels,
    upstream: *const Z::Element,
    losses: *mut Z::Element,
    gradients: *mut G,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let upstream = call.may_read("upstream", upstream, Shape::Rows)?;
    let losses = call.writes("losses", losses, Shape::Rows)?;
    let gradients = call.writes("gradients", gradients, Shape::Strided)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    unsafe {
        let upstream = upstream.map(|upstream| upstream.get());
        with_labels!(labels, |labels| {
            options.losses_and_gradients(
                logits.get(),
                n_classes,
                labels,
                upstream,
                losses.get_mut(),
                gradients.get_mut(),
            )
        })
    }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn losses_and_gradients_in_place<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *mut Z,
    labels: Labels,
    upstream: *const Z::Element,
    losses: *mut Z::Element,
) -> Result<(), Refusal> {
    let logits = call.writes("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let upstream = call.may_read("upstream", upstream, Shape::Rows)?;
    let losses = call.writes("losses", losses, Shape::Rows)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    unsafe {
        let upstream = upstream.map(|upstream| upstream.get());
        with_labels!(labels, |labels| {
            options.losses_and_gradients_in_place(
                logits.get_mut(),
                n_classes,
                labels,
                upstream,
                losses.get_mut(),
            )
        })
    }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn probabilities<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    probabilities: *mut Z::Element,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Strided)?;
    let probabilities = call.writes("probabilities", probabilities, Shape::Strided)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    unsafe { options.probabilities(logits.get(), n_classes, probabilities.get_mut()) }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn hessian_diagonals<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    labels: Labels,
    diagonals: *mut Z::Element,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let diagonals = call.writes("diagonals", diagonals, Shape::Matrix)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    unsafe {
        with_labels!(labels, |labels| {
            options.hessian_diagonals(logits.get(), n_classes, labels, diagonals.get_mut())
        })
    }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn hessians<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    labels: Labels,
    hessians: *mut Z::Element,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let hessians = call.writes("hessians", hessians, Shape::Dense)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    unsafe {
        with_labels!(labels, |labels| {
            options.hessians(logits.get(), n_classes, labels, hessians.get_mut())
        })
    }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn packed_hessians<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    labels: Labels,
    packed: *mut Z::Element,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let packed = call.writes("packed", packed, Shape::Packed)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    unsafe {
        with_labels!(labels, |labels| {
            options.packed_hessians(logits.get(), n_classes, labels, packed.get_mut())
        })
    }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn hessian_vector_products<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    labels: Labels,
    vectors: *const Z::Element,
    products: *mut Z::Element,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let vectors = call.reads("vectors", vectors, Shape::Matrix)?;
    let products = call.writes("products", products, Shape::Matrix)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    unsafe {
        with_labels!(labels, |labels| {
            options.hessian_vector_products(
                logits.get(),
                n_classes,
                labels,
                vectors.get(),
                products.get_mut(),
            )
        })
    }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn row_states<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    states: *mut RowState<Z::Element>,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Matrix)?;
    let states = call.writes("states", states, Shape::Rows)?;
    let (options, n_columns) = call.close()?;
    // SAFETY: as above.
    unsafe { options.row_states(logits.get(), n_columns, states.get_mut()) }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn merge_row_states<T: Element>(
    mut call: Call<CrossEntropy<'_>>,
    states: *mut RowState<T>,
    next: *const RowState<T>,
) -> Result<(), Refusal> {
    let states = call.writes("states", states, Shape::Rows)?;
    let next = call.reads("next", next, Shape::Rows)?;
    let (options, _) = call.close()?;
    // SAFETY: as above.
    unsafe { options.merge_row_states(states.get_mut(), next.get()) }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn losses_of_states<T: Element>(
    mut call: Call<CrossEntropy<'_>>,
    states: *const RowState<T>,
    label_logits: *const T,
    losses: *mut T,
) -> Result<(), Refusal> {
    let states = call.reads("states", states, Shape::Rows)?;
    let label_logits = call.reads("label_logits", label_logits, Shape::Rows)?;
    let losses = call.writes("losses", losses, Shape::Rows)?;
    let (options, _) = call.close()?;
    // SAFETY: as above.
    unsafe { options.losses_of_states(states.get(), label_logits.get(), losses.get_mut()) }?;
    Ok(())
}

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn gradients_of_states<Z: Logit, G: GradientOf<Z>>(
    mut call: Call<CrossEntropy<'_>>,
    states: *const RowState<Z::Element>,
    logits: *const Z,
    first_class: usize,
    labels: Labels,
    upstream: *const Z::Element,
    gradients: *mut G,
) -> Result<(), Refusal> {
    let states = call.reads("states", states, Shape::Rows)?;
    let logits = call.reads("logits", logits, Shape::Matrix)?;
    let labels = call.labels(labels)?;
    let upstream = call.may_read("upstream", upstream, Shape::Rows)?;
    let gradients = call.writes("gradients", gradients, Shape::Matrix)?;
    let (options, n_columns) = call.close()?;
    // SAFETY: as above.
    unsafe {
        let upstream = upstream.map(|upstream| upstream.get());
        with_labels!(labels, |labels| {
            options.gradients_of_states(
                states.get(),
                logits.get(),
                n_columns,
                first_class,
                labels,
                upstream,
                gradients.get_mut(),
            )
        })
    }?;
    Ok(())
}

/// The total goes through the kernel's own structure.
///
/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn total<Z: Logit>(
    mut call: Call<CrossEntropy<'_>>,
    logits: *const Z,
    labels: Labels,
    total: *mut CTotal,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let total = call.writes_one("total", total)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    unsafe {
        let found = with_labels!(labels, |labels| {
            options.total(logits.get(), n_classes, labels)
        })?;
        total.write(found.into());
    }
    Ok(())
}
