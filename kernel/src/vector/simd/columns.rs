//! Rows of a matrix to vectors of its columns and back, in square tiles of 128 bits a row.

use fearless_simd::{Simd, SimdBase, SimdCombine, SimdSplit, f32x4, f32x16, f64x2, f64x8};

/// A vector made of tiles.
pub(super) trait Tiled<S: Simd>: Copy {
    /// The element.
    type Element: Copy;
    /// A row or a column of a tile.
    type Side: Copy;

    /// Lanes of a side, and sides of a tile.
    const SIDE: usize;
    /// A side from the beginning of a slice; `fill` beyond its end.
    fn load(token: S, slice: &[Self::Element], fill: Self::Element) -> Self::Side;
    /// Writes a side over the beginning of a slice, as much as it takes.
    fn store(side: Self::Side, slice: &mut [Self::Element]);
    /// Rows to columns, or columns to rows.
    fn transpose(tile: &mut [Self::Side]);
    /// The vector of one side of each tile.
    fn join(sides: &[Self::Side]) -> Option<Self>;
    /// The sides that the vector is made of.
    fn split_into(self, sides: &mut [Self::Side]);
}

/// Number of tiles side by side, 512 bits in all, and the most sides that one has.
const TILES: usize = 4;

/// The first columns of a row-major matrix of `width` columns, as many as `columns` takes. Lanes of rows beyond the end hold `fill`.
#[inline(always)]
pub(super) fn load<S: Simd, V: Tiled<S>, C>(
    token: S,
    rows: &[V::Element],
    width: usize,
    fill: V::Element,
    columns: &mut [C],
    column_of: impl Fn(V) -> C,
) {
    for (index, columns) in columns.chunks_mut(V::SIDE).enumerate() {
        let mut tiles = [[V::load(token, &[], fill); TILES]; TILES];
        for (tile, sides) in tiles.iter_mut().enumerate() {
            for (side, row) in sides.iter_mut().zip(0..V::SIDE) {
                let start = (tile * V::SIDE + row) * width + index * V::SIDE;
                // What is read of the next row ends in columns that are not asked for.
                *side = V::load(token, rows.get(start..).unwrap_or_default(), fill);
            }
            V::transpose(sides);
        }
        for (side, column) in columns.iter_mut().enumerate() {
            let mut sides = [V::load(token, &[], fill); TILES];
            for (to, tile) in sides.iter_mut().zip(&tiles) {
                if let Some(from) = tile.get(side) {
                    *to = *from;
                }
            }
            if let Some(joined) = V::join(&sides) {
                *column = column_of(joined);
            }
        }
    }
}

/// Writes columns, given by their index, over the rows of a row-major matrix of `width` columns.
#[inline(always)]
pub(super) fn store<S: Simd, V: Tiled<S>>(
    token: S,
    width: usize,
    column: impl Fn(usize) -> V,
    rows: &mut [V::Element],
) where
    V::Element: Default,
{
    // From the last columns to the first: what is written into the next row beyond its end is
    // written again.
    for first in (0..width).step_by(V::SIDE).rev() {
        let mut tiles = [[V::load(token, &[], V::Element::default()); TILES]; TILES];
        for (side, index) in (first..width).take(V::SIDE).enumerate() {
            let mut sides = [V::load(token, &[], V::Element::default()); TILES];
            column(index).split_into(&mut sides);
            for (tile, from) in tiles.iter_mut().zip(sides) {
                if let Some(to) = tile.get_mut(side) {
                    *to = from;
                }
            }
        }
        for (tile, sides) in tiles.iter_mut().enumerate() {
            V::transpose(sides);
            for (side, row) in sides.iter().zip(0..V::SIDE) {
                let start = (tile * V::SIDE + row) * width + first;
                if let Some(row) = rows.get_mut(start..) {
                    V::store(*side, row);
                }
            }
        }
    }
}

macro_rules! side {
    ($element:ident, $side:ident, $n:literal) => {
        type Element = $element;
        type Side = $side<S>;

        const SIDE: usize = $n;

        #[inline(always)]
        fn load(token: S, slice: &[$element], fill: $element) -> $side<S> {
            match slice.first_chunk() {
                Some(lanes) => $side::load_array_ref(token, lanes),
                None => {
                    let mut lanes = [fill; $n];
                    for (to, from) in lanes.iter_mut().zip(slice) {
                        *to = *from;
                    }
                    $side::load_array(token, lanes)
                }
            }
        }

        #[inline(always)]
        fn store(side: $side<S>, slice: &mut [$element]) {
            match slice.first_chunk_mut() {
                Some(lanes) => side.store_array(lanes),
                None => {
                    for (to, from) in slice.iter_mut().zip(side.to_array()) {
                        *to = from;
                    }
                }
            }
        }
    };
}

impl<S: Simd> Tiled<S> for f32x16<S> {
    side!(f32, f32x4, 4);

    #[inline(always)]
    fn transpose(tile: &mut [f32x4<S>]) {
        if let [a, b, c, d] = tile {
            let (low, high) = (a.zip_low(*c), a.zip_high(*c));
            let (other_low, other_high) = (b.zip_low(*d), b.zip_high(*d));
            (*a, *b) = (low.zip_low(other_low), low.zip_high(other_low));
            (*c, *d) = (high.zip_low(other_high), high.zip_high(other_high));
        }
    }

    #[inline(always)]
    fn join(sides: &[f32x4<S>]) -> Option<Self> {
        let [a, b, c, d] = *sides.first_chunk()?;
        Some(a.combine(b).combine(c.combine(d)))
    }

    #[inline(always)]
    fn split_into(self, sides: &mut [f32x4<S>]) {
        if let [a, b, c, d] = sides {
            let (low, high) = self.split();
            (*a, *b) = low.split();
            (*c, *d) = high.split();
        }
    }
}

impl<S: Simd> Tiled<S> for f64x8<S> {
    side!(f64, f64x2, 2);

    #[inline(always)]
    fn transpose(tile: &mut [f64x2<S>]) {
        if let [a, b, ..] = tile {
            (*a, *b) = (a.zip_low(*b), a.zip_high(*b));
        }
    }

    #[inline(always)]
    fn join(sides: &[f64x2<S>]) -> Option<Self> {
        let [a, b, c, d] = *sides.first_chunk()?;
        Some(a.combine(b).combine(c.combine(d)))
    }

    #[inline(always)]
    fn split_into(self, sides: &mut [f64x2<S>]) {
        if let [a, b, c, d] = sides {
            let (low, high) = self.split();
            (*a, *b) = low.split();
            (*c, *d) = high.split();
        }
    }
}
