//! Values of the kernel that structures of the caller keep: the Hessian of a row, its factor, its
//! spectrum.

use core::mem::{align_of, size_of};

use surprisal::{
    RowHessian,
    row_hessian::{Factor, Spectrum},
};

use crate::{
    spans::{Bytes, Span, Spans},
    status::{self, Refusal},
};

/// `surprisal_row_hessian_f32` and the like: a value, and what it reads when it is used.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Kept<V> {
    /// Which type of value is here: nothing of it is looked at before this.
    tag: usize,
    n_classes: usize,
    /// Its workspaces.
    reads: [Bytes; 2],
    value: V,
}

/// A type of values.
pub(crate) trait Tagged {
    /// What no other type has, nor memory by accident.
    const TAG: usize;
}

macro_rules! tagged {
    ($($tag:literal: $value:ident $t:ident, $words:literal, $numbers:literal;)*) => {
        $(
            impl Tagged for $value<'_, $t> {
                const TAG: usize = 0x5375_7270 + $tag;
            }

            // There is room for it in the header's structure.
            const _: () = assert!(
                size_of::<Kept<$value<'_, $t>>>()
                    <= $words * size_of::<usize>() + $numbers * size_of::<$t>()
            );
            const _: () = assert!(align_of::<Kept<$value<'_, $t>>>() == align_of::<($t, usize)>());
        )*

        /// Name, words and numbers of the header's structures, for the test that compares them.
        #[cfg(test)]
        pub(crate) const ROOMS: &[(&str, &str, usize, usize)] =
            &[$((stringify!($value), stringify!($t), $words, $numbers)),*];
    };
}

tagged! {
    1: RowHessian f32, 20, 6;
    2: RowHessian f64, 20, 6;
    3: Factor f32, 22, 6;
    4: Factor f64, 22, 6;
    5: Spectrum f32, 26, 10;
    6: Spectrum f64, 26, 10;
}

impl<V: Tagged> Kept<V> {
    pub(crate) fn new(value: V, n_classes: usize, reads: [Bytes; 2]) -> Self {
        Self {
            tag: V::TAG,
            n_classes,
            reads,
            value,
        }
    }

    /// The caller's structure, if one of these values has been written there. What it reads is noted
    /// in `spans`.
    ///
    /// # Safety
    ///
    /// Behind a pointer that is not null there is a structure of the header, which is as this library
    /// wrote it or says by its tag that it is not; and so are the workspaces. Nobody writes them while
    /// the reference lives.
    pub(crate) unsafe fn read<'a>(
        name: &'static str,
        kept: *const Self,
        spans: &mut Spans,
    ) -> Result<&'a Self, Refusal> {
        if kept.is_null() {
            return Err(Refusal::of(status::NULL_POINTER, name));
        }
        if !kept.is_aligned() {
            return Err(Refusal::of(status::MISALIGNED, name));
        }
        // SAFETY: not null, aligned, and the caller's promise. Every bit pattern is a tag.
        if unsafe { (&raw const (*kept).tag).read() } != V::TAG {
            return Err(Refusal::of(status::NOT_INITIALISED, name));
        }
        // SAFETY: as above, and the tag says that the value is there.
        let kept = unsafe { &*kept };
        let itself = Bytes::new((&raw const *kept).addr(), size_of::<Self>());
        for bytes in [itself].into_iter().chain(kept.reads) {
            spans.add(Span {
                name,
                bytes,
                written: false,
            });
        }
        Ok(kept)
    }
}

impl<V> Kept<V> {
    pub(crate) const fn value(&self) -> &V {
        &self.value
    }

    pub(crate) const fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The workspace of a Hessian, which its factor and spectrum read too.
    pub(crate) const fn workspace(&self) -> Bytes {
        let [workspace, _] = self.reads;
        workspace
    }
}
