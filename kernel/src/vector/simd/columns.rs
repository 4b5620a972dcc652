//! Rows of a matrix to vectors of its columns and back, in square tiles of 128 bits a row, four
//! tiles side by side in a vector.

use fearless_simd::{Simd, SimdBase, SimdCombine, SimdSplit, f32x4, f32x16, f64x2, f64x8};

use crate::vector::BEHIND;

/// Tiles in a vector.
const TILES: usize = 4;

/// A vector made of a side of each tile, a row or a column.
pub(super) trait Tiled<S>: Copy {
    /// The element.
    type Element: Copy;
    /// As many vectors as a tile has sides.
    type Sides: AsRef<[Self]> + AsMut<[Self]>;

    /// Lanes of a side, and sides of a tile.
    const SIDE: usize;
    /// The sides that begin somewhere in rows, one of each tile.
    fn load<const N: usize>(token: S, rows: &[Self::Element; N], starts: [usize; TILES]) -> Self;
    /// Writes the side of one tile over a slice from `start` on, as much as it takes.
    fn store<const TILE: usize>(self, slice: &mut [Self::Element], start: usize);
    /// The same vector as every side.
    fn sides(self) -> Self::Sides;
    /// Rows to columns, or columns to rows, in each tile.
    fn transpose(token: S, sides: &mut Self::Sides);
}

/// The first columns of rows of `width` columns each, from an index on, written where `place` says.
/// There is a place for as many as whole tiles have.
#[inline(always)]
pub(super) fn load<S: Simd, V: Tiled<S>, const N: usize, C>(
    token: S,
    rows: &[V::Element; N],
    start: usize,
    width: usize,
    columns: &mut [C],
    place: impl Fn(&mut C) -> &mut V,
) {
    let tiles = columns.chunks_exact_mut(V::SIDE);
    for (index, columns) in tiles.take(width.div_ceil(V::SIDE)).enumerate() {
        let sides = transposed_sides::<S, V, N>(token, rows, start, width, index);
        for (column, side) in columns.iter_mut().zip(sides.as_ref()) {
            *place(column) = *side;
        }
    }
}

/// As many columns as a tile has sides. What is read of the next row ends in columns behind the
/// last.
#[inline(always)]
fn transposed_sides<S: Simd, V: Tiled<S>, const N: usize>(
    token: S,
    rows: &[V::Element; N],
    start: usize,
    width: usize,
    index: usize,
) -> V::Sides {
    let mut sides = V::load(token, rows, [0; TILES]).sides();
    for (side, to) in sides.as_mut().iter_mut().enumerate() {
        let starts = starts_of::<S, V>(width, side, index).map(
            #[inline(always)]
            |side| start + side,
        );
        *to = V::load(token, rows, starts);
    }
    V::transpose(token, &mut sides);
    sides
}

/// Where a side of each tile begins, of the columns of some index.
#[inline(always)]
fn starts_of<S, V: Tiled<S>>(width: usize, side: usize, index: usize) -> [usize; TILES] {
    let mut starts = [side * width + index * V::SIDE; TILES];
    for (tile, start) in starts.iter_mut().enumerate() {
        *start += tile * V::SIDE * width;
    }
    starts
}

/// Writes columns, given by their index, over the rows of a row-major matrix of `width` columns.
#[inline(always)]
pub(super) fn store<S: Simd, V: Tiled<S>>(
    token: S,
    width: usize,
    column: impl Fn(usize) -> V,
    rows: &mut [V::Element],
) {
    // From the last columns to the first, for the same reason as below.
    for index in (0..width.div_ceil(V::SIDE)).rev() {
        let first = index * V::SIDE;
        let mut sides = column(first).sides();
        for (side, column_index) in sides.as_mut().iter_mut().zip(first..width) {
            *side = column(column_index);
        }
        V::transpose(token, &mut sides);
        // Row after row: what is written beyond the end of one is written again by the next.
        store_tile::<S, V, 0>(&sides, width, index, rows);
        store_tile::<S, V, 1>(&sides, width, index, rows);
        store_tile::<S, V, 2>(&sides, width, index, rows);
        store_tile::<S, V, 3>(&sides, width, index, rows);
    }
}

#[inline(always)]
fn store_tile<S, V: Tiled<S>, const TILE: usize>(
    sides: &V::Sides,
    width: usize,
    index: usize,
    rows: &mut [V::Element],
) {
    for (side, from) in sides.as_ref().iter().enumerate() {
        let [start, ..] = starts_of::<S, V>(width, TILE * V::SIDE + side, index);
        from.store::<TILE>(rows, start);
    }
}

/// Writes what fits: there is no room for more behind the last row.
#[cold]
#[inline(never)]
fn store_end<T: Copy>(slice: &mut [T], start: usize, side: &[T]) {
    let slice = slice.get_mut(start..).unwrap_or_default();
    for (to, from) in slice.iter_mut().zip(side) {
        *to = *from;
    }
}

macro_rules! tiled {
    ($element:ident, $side:ident, $n:literal) => {
        type Element = $element;
        type Sides = [Self; $n];

        const SIDE: usize = $n;

        #[inline(always)]
        fn load<const N: usize>(
            token: S,
            rows: &[$element; N],
            [a, b, c, d]: [usize; TILES],
        ) -> Self {
            #[inline(always)]
            fn side<S: Simd, const N: usize>(
                token: S,
                rows: &[$element; N],
                start: usize,
            ) -> $side<S> {
                // The mask changes nothing: it says that there are as many logits from there on.
                let lanes = rows
                    .get(start % const { N - BEHIND }..)
                    .and_then(<[$element]>::first_chunk);
                $side::load_array_ref(token, lanes.unwrap_or(&[0.0; $n]))
            }
            let low = side(token, rows, a).combine(side(token, rows, b));
            low.combine(side(token, rows, c).combine(side(token, rows, d)))
        }

        #[inline(always)]
        fn store<const TILE: usize>(self, slice: &mut [$element], start: usize) {
            let (low, high) = self.split();
            let ((a, b), (c, d)) = (low.split(), high.split());
            let side = [a, b, c, d][TILE];
            let end = start.wrapping_add($n);
            let lanes = slice.get_mut(start..end);
            match lanes.and_then(<[$element]>::first_chunk_mut) {
                Some(lanes) => side.store_array(lanes),
                None => store_end(slice, start, &side.to_array()),
            }
        }

        #[inline(always)]
        fn sides(self) -> [Self; $n] {
            [self; $n]
        }
    };
}

impl<S: Transpose> Tiled<S> for f32x16<S> {
    tiled!(f32, f32x4, 4);

    #[inline(always)]
    fn transpose(token: S, sides: &mut [Self; 4]) {
        *sides = token.transpose_f32(*sides);
    }
}

impl<S: Transpose> Tiled<S> for f64x8<S> {
    tiled!(f64, f64x2, 2);

    #[inline(always)]
    fn transpose(token: S, sides: &mut [Self; 2]) {
        *sides = token.transpose_f64(*sides);
    }
}

/// A level of `fearless_simd` with its way to transpose tiles.
pub(crate) trait Transpose: Simd {
    /// Four tiles of four sides.
    #[inline(always)]
    fn transpose_f32(self, sides: [f32x16<Self>; 4]) -> [f32x16<Self>; 4] {
        let quarters = sides.map(
            #[inline(always)]
            |side| {
                let (low, high) = side.split();
                let ((a, b), (c, d)) = (low.split(), high.split());
                [a, b, c, d]
            },
        );
        let [a, b, c, d] = quarters;
        let mut columns = [a; 4];
        for (tile, column) in columns.iter_mut().enumerate() {
            *column = transposed([a[tile], b[tile], c[tile], d[tile]]);
        }
        let [a, b, c, d] = columns;
        let mut joined = sides;
        for (side, to) in joined.iter_mut().enumerate() {
            let (low, high) = (a[side].combine(b[side]), c[side].combine(d[side]));
            *to = low.combine(high);
        }
        joined
    }

    /// Four tiles of two sides.
    #[inline(always)]
    fn transpose_f64(self, [a, b]: [f64x8<Self>; 2]) -> [f64x8<Self>; 2] {
        let ((a0, a1), (b0, b1)) = (a.split(), b.split());
        let ((a0, a1), (a2, a3)) = (a0.split(), a1.split());
        let ((b0, b1), (b2, b3)) = (b0.split(), b1.split());
        let low = (a0.zip_low(b0).combine(a1.zip_low(b1)))
            .combine(a2.zip_low(b2).combine(a3.zip_low(b3)));
        let high = (a0.zip_high(b0).combine(a1.zip_high(b1)))
            .combine(a2.zip_high(b2).combine(a3.zip_high(b3)));
        [low, high]
    }
}

/// One tile.
#[inline(always)]
fn transposed<S: Simd>([a, b, c, d]: [f32x4<S>; 4]) -> [f32x4<S>; 4] {
    let (low, high) = (a.zip_low(c), a.zip_high(c));
    let (other_low, other_high) = (b.zip_low(d), b.zip_high(d));
    [
        low.zip_low(other_low),
        low.zip_high(other_low),
        high.zip_low(other_high),
        high.zip_high(other_high),
    ]
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86 {
    #[cfg(target_arch = "x86")]
    use core::arch::x86::{
        __m256, __m512, _mm256_unpackhi_ps, _mm256_unpacklo_ps, _mm512_unpackhi_pd,
        _mm512_unpackhi_ps, _mm512_unpacklo_pd, _mm512_unpacklo_ps,
    };
    #[cfg(target_arch = "x86_64")]
    use core::arch::x86_64::{
        __m256, __m512, _mm256_unpackhi_ps, _mm256_unpacklo_ps, _mm512_unpackhi_pd,
        _mm512_unpackhi_ps, _mm512_unpacklo_pd, _mm512_unpacklo_ps,
    };

    use fearless_simd::{
        Avx2, Avx512, SimdCombine, SimdInto, SimdSplit, Sse2, f32x8, f32x16, f64x8,
    };

    use super::Transpose;

    impl Transpose for Sse2 {}

    // The instructions interleave within 128 bits, which is a tile.
    fearless_simd::kernel!(
        #[inline(always)]
        fn transpose_two(token: Avx2, sides: [__m256; 4]) -> [__m256; 4] {
            let _ = token;
            let [a, b, c, d] = sides;
            let (low, high) = (_mm256_unpacklo_ps(a, c), _mm256_unpackhi_ps(a, c));
            let (other_low, other_high) = (_mm256_unpacklo_ps(b, d), _mm256_unpackhi_ps(b, d));
            [
                _mm256_unpacklo_ps(low, other_low),
                _mm256_unpackhi_ps(low, other_low),
                _mm256_unpacklo_ps(high, other_high),
                _mm256_unpackhi_ps(high, other_high),
            ]
        }
    );

    impl Transpose for Avx2 {
        #[inline(always)]
        fn transpose_f32(self, sides: [f32x16<Self>; 4]) -> [f32x16<Self>; 4] {
            let [a, b, c, d] = sides;
            let ((a, a2), (b, b2)) = (a.split(), b.split());
            let ((c, c2), (d, d2)) = (c.split(), d.split());
            let low = transpose_two(self, [a.into(), b.into(), c.into(), d.into()]);
            let high = transpose_two(self, [a2.into(), b2.into(), c2.into(), d2.into()]);
            let mut joined = sides;
            for (side, to) in joined.iter_mut().enumerate() {
                let low: f32x8<Self> = low[side].simd_into(self);
                let high: f32x8<Self> = high[side].simd_into(self);
                *to = low.combine(high);
            }
            joined
        }
    }

    fearless_simd::kernel!(
        #[inline(always)]
        fn transpose_four(token: Avx512, sides: [__m512; 4]) -> [__m512; 4] {
            let _ = token;
            let [a, b, c, d] = sides;
            let (low, high) = (_mm512_unpacklo_ps(a, c), _mm512_unpackhi_ps(a, c));
            let (other_low, other_high) = (_mm512_unpacklo_ps(b, d), _mm512_unpackhi_ps(b, d));
            [
                _mm512_unpacklo_ps(low, other_low),
                _mm512_unpackhi_ps(low, other_low),
                _mm512_unpacklo_ps(high, other_high),
                _mm512_unpackhi_ps(high, other_high),
            ]
        }
    );

    fearless_simd::kernel!(
        #[inline(always)]
        fn transpose_four_doubles(
            token: Avx512,
            a: f64x8<Avx512>,
            b: f64x8<Avx512>,
        ) -> [f64x8<Avx512>; 2] {
            let (a, b) = (a.into(), b.into());
            [
                _mm512_unpacklo_pd(a, b).simd_into(token),
                _mm512_unpackhi_pd(a, b).simd_into(token),
            ]
        }
    );

    impl Transpose for Avx512 {
        #[inline(always)]
        fn transpose_f32(self, [a, b, c, d]: [f32x16<Self>; 4]) -> [f32x16<Self>; 4] {
            let sides = [a.into(), b.into(), c.into(), d.into()];
            transpose_four(self, sides).map(
                #[inline(always)]
                |side| side.simd_into(self),
            )
        }

        #[inline(always)]
        fn transpose_f64(self, [a, b]: [f64x8<Self>; 2]) -> [f64x8<Self>; 2] {
            transpose_four_doubles(self, a, b)
        }
    }
}

#[cfg(target_arch = "aarch64")]
impl Transpose for fearless_simd::aarch64::Neon {}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Transpose for fearless_simd::wasm32::WasmSimd128 {}
