//! Sorting two slices by the first, in place.

/// Sorts `keys` in ascending order and takes `values` along: heap sort, O(n log n) always.
///
/// The standard sort orders one slice; the sums over the poles want two.
pub(super) fn sort_pairs<T: Copy + PartialOrd>(keys: &mut [T], values: &mut [T]) {
    let len = keys.len().min(values.len());
    for root in (0..len / 2).rev() {
        sift_down(keys, values, root, len);
    }
    for end in (1..len).rev() {
        exchange(keys, 0, end);
        exchange(values, 0, end);
        sift_down(keys, values, 0, end);
    }
}

/// Moves the entry at `root` down to where no child is greater, in the heap of the first `len`.
fn sift_down<T: Copy + PartialOrd>(keys: &mut [T], values: &mut [T], mut root: usize, len: usize) {
    loop {
        let left = 2 * root + 1;
        if left >= len {
            return;
        }
        let right = left + 1;
        let child = if right < len && keys.get(left) < keys.get(right) {
            right
        } else {
            left
        };
        if keys.get(root) >= keys.get(child) {
            return;
        }
        exchange(keys, root, child);
        exchange(values, root, child);
        root = child;
    }
}

/// Exchanges two entries; out of range it does nothing.
fn exchange<T: Copy>(slice: &mut [T], i: usize, j: usize) {
    if let (Some(&first), Some(&second)) = (slice.get(i), slice.get(j)) {
        for (index, entry) in [(i, second), (j, first)] {
            if let Some(place) = slice.get_mut(index) {
                *place = entry;
            }
        }
    }
}
