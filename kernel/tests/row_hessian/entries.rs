//! Entries, products and norms.

use surprisal_reference::{Objective, Wide};

use crate::{
    common::Real,
    dense::Dense,
    factors::factors,
    rows::{Case, assert_close, cases, magnitudes, vector, wide, zeros},
};

/// What entry (i, i) is summed from: a p z'^2 (q + 2 k p / a) and the bend, which may cancel.
fn diagonal_bound<T: Real>(objective: &Objective, i: usize) -> Wide {
    objective.hessian_bound(i, i) + of_small_slopes::<T>(objective, i)
}

/// What weights, and the gradient, make of slopes and bends below the normal numbers.
pub(crate) fn of_small_slopes<T: Real>(objective: &Objective, i: usize) -> Wide {
    (objective.gradient_bound(i) + objective.total_weight()).scale(T::E_MIN)
}

pub(crate) fn matrices<T: Real>(case: &Case<T>) {
    let (n, objective) = (case.n(), case.objective());
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let mut diagonal = zeros::<T>(n);
    hessian.diagonal(&mut diagonal).unwrap();
    let (mut dense, mut packed) = (zeros::<T>(n * n), zeros::<T>(n * (n + 1) / 2));
    hessian.dense(&mut dense).unwrap();
    hessian.packed(&mut packed).unwrap();
    for i in 0..n {
        assert_eq!(dense[i * n + i], diagonal[i]);
        for j in 0..n {
            assert_eq!(dense[i * n + j], dense[j * n + i]);
            if j <= i {
                assert_eq!(packed[i * (i + 1) / 2 + j], dense[i * n + j]);
            }
            // Two roundings of each probability and of 1 - p, four products, a factor a; the bends'
            // own are in what they are summed from.
            let bound = diagonal_bound_or_entry::<T>(&objective, i, j);
            assert_close(
                &("entry", i, j, case),
                dense[i * n + j],
                objective.hessian(i, j),
                bound,
                16.0,
            );
        }
    }
}

fn diagonal_bound_or_entry<T: Real>(objective: &Objective, i: usize, j: usize) -> Wide {
    if i == j {
        diagonal_bound::<T>(objective, i)
    } else {
        let of_coefficient = of_coefficient::<T>(objective, i, j);
        objective.hessian(i, j).abs() + of_small_slopes::<T>(objective, i) + of_coefficient
    }
}

/// What an entry beside the diagonal is off where a - 2 k cancels, a sixteenth of it in units of T: the
/// kernel has the logarithm in a, of `f64`, to 0.15 units, the reference some 100 bits of the difference.
pub(crate) fn of_coefficient<T: Real>(objective: &Objective, i: usize, j: usize) -> Wide {
    objective.hessian_bound(i, j).scale(T::PRECISION - 59)
}

pub(crate) fn sums<T: Real>(case: &Case<T>) {
    let (n, objective) = (case.n(), case.objective());
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let classes = || 0..n;
    let trace: Wide = classes().map(|i| objective.hessian(i, i)).sum();
    let bound: Wide = classes().map(|i| diagonal_bound::<T>(&objective, i)).sum();
    assert_close(&("trace", case), hessian.trace(), trace, bound, 16.0);

    let square = |i, j| objective.hessian(i, j) * objective.hessian(i, j);
    let squares: Wide = classes()
        .flat_map(|i| classes().map(move |j| (i, j)))
        .map(|(i, j)| square(i, j))
        .sum();
    let norm: f64 = hessian.frobenius_norm().into();
    // The square in wide numbers instead of a root; its error is twice that of the norm.
    let largest = classes()
        .map(|i| diagonal_bound::<T>(&objective, i))
        .fold(Wide::ZERO, |a, b| if a < b { b } else { a });
    let bound = squares + largest * largest;
    let square_of_norm = Wide::from(norm) * Wide::from(norm);
    let error = (square_of_norm - squares).abs();
    let subnormal = largest.scale(T::E_MIN + 4 - T::PRECISION);
    assert!(
        error <= Wide::from(64.0) * bound.scale(-T::PRECISION) + subnormal,
        "Frobenius norm {norm} {case:?}"
    );
}

pub(crate) fn products<T: Real>(case: &Case<T>) {
    let (n, objective) = (case.n(), case.objective());
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let mut vectors = vector::<T>(2 * n);
    vectors[n..].fill(T::round(1.625));
    let mut products = zeros::<T>(2 * n);
    hessian.products(&vectors, &mut products).unwrap();
    for (vector, product) in vectors.chunks(n).zip(products.chunks(n)) {
        let exact = objective.hessian_vector_product(vector);
        let magnitude: Wide = magnitudes(&wide(vector)).into_iter().sum();
        let lost = |i| of_small_slopes::<T>(&objective, i) * magnitude;
        let bound: Vec<Wide> = objective
            .hessian_vector_bound(vector)
            .into_iter()
            .enumerate()
            .map(|(i, bound)| bound + lost(i))
            .collect();
        for (i, &entry) in product.iter().enumerate() {
            assert_close(&("product", i, case), entry, exact[i], bound[i], 16.0);
        }
        let form = hessian.quadratic_form(vector).unwrap();
        let vector = wide(vector);
        let exact: Wide = exact.iter().zip(&vector).map(|(&h, &v)| h * v).sum();
        let mut bound: Wide = bound.iter().zip(&vector).map(|(&h, &v)| h * v.abs()).sum();
        if case.softcap.is_none() && case.z_loss == 0.0 {
            // A sum of squares: nothing cancels. The differences are rounded, of magnitude at least
            // that of their squares' root.
            bound = exact.abs();
        }
        // What an entry lost below the normal numbers is multiplied by a square.
        let squares: Wide = vector.iter().map(|&v| v * v).sum();
        let bound = bound + squares.scale(T::E_MIN);
        assert_close(&("quadratic form", case), form, exact, bound, 32.0);
    }
    if case.softcap.is_none() && case.z_loss == 0.0 {
        assert!(
            products[n..].iter().all(|&entry| entry == T::round(0.0)),
            "H 1 {case:?}"
        );
    }
}

/// B B^T = H column by column, B from products with unit vectors; and B^T is its transpose.
pub(crate) fn roots<T: Real>(case: &Case<T>) {
    let (n, objective) = (case.n(), case.objective());
    if case.has_next_to_no_diagonal(&objective) {
        // B is made of ratios.
        return;
    }
    let mut workspace = Vec::new();
    let hessian = case.hessian(&mut workspace);
    let mut columns = vec![zeros::<T>(n); n];
    let mut rows = columns.clone();
    for i in 0..n {
        let mut unit = zeros::<T>(n);
        unit[i] = T::round(1.0);
        if hessian.root_product(&unit, &mut columns[i]).is_err() {
            assert!(
                case.softcap.is_some() || case.inner(&objective) <= Wide::ZERO,
                "{case:?}"
            );
            return;
        }
        hessian
            .root_transposed_product(&unit, &mut rows[i])
            .unwrap();
    }
    let column = |i: usize| wide(&columns[i]);
    let matrix = Dense::of(&objective);
    for i in 0..n {
        for j in 0..n {
            let (b_i, b_j): (Vec<Wide>, Vec<Wide>) = (
                (0..n).map(|k| column(k)[i]).collect(),
                (0..n).map(|k| column(k)[j]).collect(),
            );
            let terms = || b_i.iter().zip(&b_j).map(|(&x, &y)| x * y);
            let product: Wide = terms().sum();
            let bound: Wide = magnitudes(&terms().collect::<Vec<_>>()).into_iter().sum();
            let exact = matrix.entries[i][j];
            let error = (product - exact).abs();
            let bound = bound + diagonal_bound_or_entry::<T>(&objective, i, j);
            // The entries of B are roots of what may be the smallest normal number.
            let allowed = Wide::from(64.0) * bound.scale(-T::PRECISION)
                + Wide::ONE.scale(T::E_MIN - T::PRECISION + 4);
            assert!(
                error <= allowed,
                "B B^T {i} {j} {} {} {case:?}",
                product.to_f64(),
                exact.to_f64()
            );
            let size = wide(&[rows[i][i], rows[j][j]]);
            let bound = size[0].abs() + size[1].abs() + wide(&[rows[j][i]])[0].abs();
            assert_close(
                &("B^T", i, j, case),
                columns[i][j],
                rows[j][i].into(),
                bound,
                32.0,
            );
        }
    }
}

pub(crate) fn bounds_hold<T: Real>(case: &Case<T>) {
    let (n, objective) = (case.n(), case.objective());
    let mut workspace = Vec::new();
    let (lower, upper) = case.hessian(&mut workspace).largest_eigenvalue_bounds();
    let matrix = Dense::of(&objective);
    let largest = |of_row: &dyn Fn(usize) -> Wide| {
        let of_rows = (0..n).map(|i| of_row(i).to_f64());
        of_rows.fold(f64::NEG_INFINITY, f64::max)
    };
    let entries = &matrix.entries;
    let norm = largest(&|i| magnitudes(&entries[i]).into_iter().sum());
    if norm == 0.0 {
        assert_eq!((lower.into(), upper.into()), (0.0, 0.0), "{case:?}");
        return;
    }
    // Bends cancel what the diagonal has beside them.
    let size = norm.max(largest(&|i| objective.hessian_bound(i, i)));
    let slack =
        size * 32.0 * f64::powi(2.0, -(T::PRECISION as i32)) + f64::powi(2.0, T::E_MIN as i32);
    // x I - H is definite where x is above all eigenvalues, and nowhere else.
    let negated = |row: &Vec<Wide>| row.iter().map(|&entry| -entry).collect();
    let negated = Dense::of_entries(entries.iter().map(negated).collect());
    let is_above_all = |x: f64| {
        let pivots = negated.shifted(x).ldl().pivots;
        pivots.into_iter().all(|pivot| pivot > Wide::ZERO)
    };
    let (lower, upper): (f64, f64) = (lower.into(), upper.into());
    assert!(lower <= upper + slack, "{lower} {upper} {case:?}");
    assert!(is_above_all(upper + slack), "{upper} {case:?}");
    assert!(!is_above_all(lower - slack), "{lower} {case:?}");
    // They are not only bounds, but those that the documentation names.
    let on_diagonal = largest(&|i| entries[i][i]);
    assert!((lower - on_diagonal).abs() <= slack, "{lower} {case:?}");
    let discs = largest(&|i| {
        let beside = (0..n).filter(|&j| j != i).map(|j| entries[i][j].abs());
        entries[i][i] + beside.sum::<Wide>()
    });
    assert!(upper <= discs + slack, "{upper} {discs} {case:?}");
    if case.softcap.is_none() {
        // The form is a diag(p) - c p p^T.
        let p = |i: usize| objective.softmax().probability(i);
        let (a, outer) = (case.inner(&objective), case.outer(&objective));
        let raised = if outer > a { outer - a } else { Wide::ZERO };
        let squares: Wide = (0..n).map(|i| p(i) * p(i)).sum();
        let of_d = largest(&|i| a * p(i)).max(0.0) + (raised * squares).to_f64();
        assert!((upper - discs.min(of_d)).abs() <= slack, "{upper} {case:?}");
    }
}

fn all<T: Real>() {
    for case in cases::<T>() {
        matrices(&case);
        sums(&case);
        products(&case);
        roots(&case);
        bounds_hold(&case);
    }
}

#[test]
fn entries_and_products_are_those_of_the_matrix_in_f32() {
    all::<f32>();
}

#[test]
fn entries_and_products_are_those_of_the_matrix_in_f64() {
    all::<f64>();
}

/// The softcap rounds the only logit to a subnormal number, and the weights multiply what that lost.
#[test]
fn products_of_a_bend_below_the_normal_numbers() {
    products(&Case::<f64> {
        class_weights: Some(vec![0.5, 3.75, 0.75, 0.375]),
        row_weight: [3.75],
        label_smoothing: 0.5,
        softcap: Some(1.5),
        temperature: 5.0,
        ..Case::plain(
            &[
                f64::NEG_INFINITY,
                f64::NEG_INFINITY,
                f64::NEG_INFINITY,
                7.6e-322,
            ],
            0,
        )
    });
}

/// lse is 1 and 3e-29 more, of which a - 2 k is made.
#[test]
fn entries_where_the_coefficients_cancel() {
    let case = Case::<f64> {
        class_weights: Some(vec![0.0, 3.875, 1.125, 0.0]),
        row_weight: [2.25],
        z_loss: 0.03125,
        ..Case::plain(
            &[
                1.0,
                -65.92156862745098,
                -65.92156862745098,
                -65.92156862745098,
            ],
            0,
        )
    };
    matrices(&case);
    roots(&case);
    factors(&case);
}

/// a - 2 k is 8e-4 of 2 k.
#[test]
fn entries_where_the_logarithm_cancels() {
    let case = Case::<f64> {
        probabilities: Some(vec![0.0, 1.5, 0.0]),
        class_weights: Some(vec![0.0; 3]),
        z_loss: 0.03125,
        temperature: 1.25,
        ..Case::plain(&[0.0, -0.3279164632161458, -0.0625], 0)
    };
    matrices(&case);
    factors(&case);
}

/// 2 k has two parts, and a - 2 k is 1e-9 of it.
#[test]
fn entries_where_coefficients_of_two_parts_cancel() {
    let case = Case::<f64> {
        class_weights: Some(vec![0.0; 2]),
        row_weight: [0.3],
        z_loss: 0.1,
        ..Case::plain(&[1.000000001, -60.0], 0)
    };
    matrices(&case);
}

/// The target's weight and 2 k m cancel, so that a is 2 k (1 - p): what is divided by it is not asked for,
/// and entries are as near as ever.
#[test]
fn entries_where_nothing_is_left_of_the_factor() {
    let case = Case::<f64> {
        probabilities: Some(vec![0.25; 2]),
        class_weights: Some(vec![0.25; 2]),
        row_weight: [0.25],
        label_smoothing: 0.5,
        z_loss: 0.0625,
        temperature: 1.25,
        ..Case::plain(&[-72.67450980392158, -1.875], 0)
    };
    assert!(case.has_lost_inner());
    matrices(&case);
    sums(&case);
    products(&case);
}
