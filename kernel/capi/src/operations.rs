//! The operations over raw pointers. In each, the arrays of the call are looked at first; then come
//! the options, which there are once no array that is written overlaps another; then the kernel gets
//! slices.

use surprisal::{Element, RowState};

use crate::{
    call::{Call, Shape},
    labels::{Labels, with_labels},
    status::Refusal,
    total::CTotal,
};

/// # Safety
///
/// As the header says of each pointer.
pub(crate) unsafe fn losses<T: Element>(
    mut call: Call<'_>,
    logits: *const T,
    labels: Labels,
    losses: *mut T,
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
pub(crate) unsafe fn gradients<T: Element>(
    mut call: Call<'_>,
    logits: *const T,
    labels: Labels,
    upstream: *const T,
    gradients: *mut T,
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
pub(crate) unsafe fn gradients_in_place<T: Element>(
    mut call: Call<'_>,
    logits: *mut T,
    labels: Labels,
    upstream: *const T,
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
pub(crate) unsafe fn losses_and_gradients<T: Element>(
    mut call: Call<'_>,
    logits: *const T,
    labels: Labels,
    upstream: *const T,
    losses: *mut T,
    gradients: *mut T,
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
pub(crate) unsafe fn losses_and_gradients_in_place<T: Element>(
    mut call: Call<'_>,
    logits: *mut T,
    labels: Labels,
    upstream: *const T,
    losses: *mut T,
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
pub(crate) unsafe fn probabilities<T: Element>(
    mut call: Call<'_>,
    logits: *const T,
    probabilities: *mut T,
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
pub(crate) unsafe fn hessian_diagonals<T: Element>(
    mut call: Call<'_>,
    logits: *const T,
    labels: Labels,
    diagonals: *mut T,
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
pub(crate) unsafe fn hessians<T: Element>(
    mut call: Call<'_>,
    logits: *const T,
    labels: Labels,
    hessians: *mut T,
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
pub(crate) unsafe fn packed_hessians<T: Element>(
    mut call: Call<'_>,
    logits: *const T,
    labels: Labels,
    packed: *mut T,
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
pub(crate) unsafe fn hessian_vector_products<T: Element>(
    mut call: Call<'_>,
    logits: *const T,
    labels: Labels,
    vectors: *const T,
    products: *mut T,
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
pub(crate) unsafe fn row_states<T: Element>(
    mut call: Call<'_>,
    logits: *const T,
    states: *mut RowState<T>,
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
    mut call: Call<'_>,
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
    mut call: Call<'_>,
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
pub(crate) unsafe fn gradients_of_states<T: Element>(
    mut call: Call<'_>,
    states: *const RowState<T>,
    logits: *const T,
    first_class: usize,
    labels: Labels,
    upstream: *const T,
    gradients: *mut T,
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
pub(crate) unsafe fn total<T: Element>(
    mut call: Call<'_>,
    logits: *const T,
    labels: Labels,
    total: *mut CTotal,
) -> Result<(), Refusal> {
    let logits = call.reads("logits", logits, Shape::Strided)?;
    let labels = call.labels(labels)?;
    let total = call.writes_one("total", total)?;
    let (options, n_classes) = call.close()?;
    // SAFETY: as above.
    let (found, total) = unsafe {
        let found = with_labels!(labels, |labels| {
            options.total(logits.get(), n_classes, labels)
        });
        (found?, total.get_mut())
    };
    if let Some(total) = total.first_mut() {
        *total = found.into();
    }
    Ok(())
}
