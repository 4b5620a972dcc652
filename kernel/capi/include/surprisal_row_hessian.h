/*
 * surprisal: the Hessian of one row as a value, for C11 and C++17.
 *
 * Made once, it has a few numbers a class, and everything that is done with it reads no logit again
 * and takes O(n_classes), unless said otherwise. With p = softmax(z), slopes z' and bends e, which
 * are 1 and 0 unless there is a softcap, every option of the loss gives a matrix
 *
 *     H = diag(d) - c u u^T       u = p z',  d = a p z'^2 + e
 *
 * whose operations have closed forms; they are computed without the cancellation that textbooks'
 * have. For the plain loss a = c = 1. The names of the functions are those of the Rust package
 * surprisal, whose page "The Hessian of a softmax row" has the formulas, costs and bounds.
 *
 *     double workspace[SURPRISAL_ROW_HESSIAN_WORKSPACE_LEN(3)];
 *     surprisal_row_hessian_f64 hessian;
 *     surprisal_row_hessian_init_f64(NULL, 3, logits, label, workspace, &hessian, NULL);
 *     surprisal_row_hessian_damped_solve_f64(&hessian, 1e-3, b, x, NULL);
 *
 * Structures and workspaces. The caller has the memory of both: a structure, which is opaque, and
 * the workspace that its init function was given, which it reads from then on. While a structure is
 * used its workspace stays as it is; a factor or spectrum needs the Hessian that it was made of as
 * well, with its workspace. A copy of a structure is as good as itself; nothing has to be freed. A
 * structure that is zero, or of another kind, is refused with SURPRISAL_NOT_INITIALISED; so is,
 * most likely, one that nobody has written.
 *
 * Arguments, overlap and refusals are as surprisal.h says. Outputs must not overlap structures and
 * workspaces either. Vectors are [n_classes]; a packed triangle has entry (i, j), j <= i, at
 * i (i + 1) / 2 + j.
 *
 * Rows. An ignored row has the Hessian 0. Every output of a row that is not finite is NaN. A masked
 * class has zeros in its row and column.
 *
 * Signs. Without z-loss and softcap a Hessian is semidefinite, and damped by lambda > 0 definite.
 * With these options it can have negative eigenvalues; what needs a matrix without them returns
 * SURPRISAL_NOT_DEFINITE where it is not known to be one.
 */
#ifndef SURPRISAL_ROW_HESSIAN_H
#define SURPRISAL_ROW_HESSIAN_H

#include "surprisal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------
 * The Hessian of a row
 */

/* Not to be read or written. */
typedef struct surprisal_row_hessian_f32 {
    size_t opaque_words[20];
    float opaque_numbers[6];
} surprisal_row_hessian_f32;
typedef struct surprisal_row_hessian_f64 {
    size_t opaque_words[20];
    double opaque_numbers[6];
} surprisal_row_hessian_f64;

/*
 * Elements of the workspace of a Hessian: four a class. The function gives SIZE_MAX where that
 * overflows; the other is for arrays whose length is a constant.
 */
size_t surprisal_row_hessian_workspace_len(size_t n_classes);
#define SURPRISAL_ROW_HESSIAN_WORKSPACE_LEN(n_classes) ((size_t)4 * (n_classes))

/*
 * Makes the Hessian of one row by its logits, [n_classes]. The row is a batch of one: options have
 * one row weight and one row of target probabilities, and a mean is divided by what this row weighs
 * unless a denominator is given. "label" is a class or an ignored label; beside target
 * probabilities it only tells whether the row is ignored. "row_stride" does not matter.
 */
surprisal_status surprisal_row_hessian_init_f32(
    const surprisal_options *options, size_t n_classes, const float *logits, int64_t label,
    float *workspace, surprisal_row_hessian_f32 *hessian, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_init_f64(
    const surprisal_options *options, size_t n_classes, const double *logits, int64_t label,
    double *workspace, surprisal_row_hessian_f64 *hessian, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_init_f16(
    const surprisal_options *options, size_t n_classes, const surprisal_f16 *logits,
    int64_t label, float *workspace, surprisal_row_hessian_f32 *hessian,
    surprisal_detail *detail);
surprisal_status surprisal_row_hessian_init_bf16(
    const surprisal_options *options, size_t n_classes, const surprisal_bf16 *logits,
    int64_t label, float *workspace, surprisal_row_hessian_f32 *hessian,
    surprisal_detail *detail);

/* The gradient of the row's objective by its logits, [n_classes]. */
surprisal_status surprisal_row_hessian_gradient_f32(
    const surprisal_row_hessian_f32 *hessian, float *gradient, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_gradient_f64(
    const surprisal_row_hessian_f64 *hessian, double *gradient, surprisal_detail *detail);

/* What is known of the signs of the eigenvalues. */
#define SURPRISAL_DEFINITENESS_DEFINITE 1     /* all positive */
#define SURPRISAL_DEFINITENESS_SEMIDEFINITE 2 /* none negative */
#define SURPRISAL_DEFINITENESS_INDEFINITE 3   /* some may be negative */

/* One of these, in one number. */
surprisal_status surprisal_row_hessian_definiteness_f32(
    const surprisal_row_hessian_f32 *hessian, int32_t *definiteness, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_definiteness_f64(
    const surprisal_row_hessian_f64 *hessian, int32_t *definiteness, surprisal_detail *detail);

/* ---------------------------------------------------------------------------------------------
 * Entries and norms
 */

/* The diagonal, [n_classes]. */
surprisal_status surprisal_row_hessian_diagonal_f32(
    const surprisal_row_hessian_f32 *hessian, float *diagonal, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_diagonal_f64(
    const surprisal_row_hessian_f64 *hessian, double *diagonal, surprisal_detail *detail);

/* The matrix, [n_classes, n_classes], symmetric to the bit. O(n_classes^2). */
surprisal_status surprisal_row_hessian_dense_f32(
    const surprisal_row_hessian_f32 *hessian, float *matrix, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_dense_f64(
    const surprisal_row_hessian_f64 *hessian, double *matrix, surprisal_detail *detail);

/* Its lower triangle, packed: [n_classes (n_classes + 1) / 2]. O(n_classes^2). */
surprisal_status surprisal_row_hessian_packed_f32(
    const surprisal_row_hessian_f32 *hessian, float *packed, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_packed_f64(
    const surprisal_row_hessian_f64 *hessian, double *packed, surprisal_detail *detail);

/* The sum of the diagonal, in one number. */
surprisal_status surprisal_row_hessian_trace_f32(
    const surprisal_row_hessian_f32 *hessian, float *trace, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_trace_f64(
    const surprisal_row_hessian_f64 *hessian, double *trace, surprisal_detail *detail);

/* The square root of the sum of the squares of all entries, in one number. */
surprisal_status surprisal_row_hessian_frobenius_norm_f32(
    const surprisal_row_hessian_f32 *hessian, float *norm, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_frobenius_norm_f64(
    const surprisal_row_hessian_f64 *hessian, double *norm, surprisal_detail *detail);

/*
 * A lower and an upper bound of the largest eigenvalue, to rounding: one number each. The largest
 * entry of the diagonal, and the smaller of Gershgorin's largest row sum and what diag(d) - c u u^T
 * is at most; for the plain loss max p q and min(max p, max 2 p q) with q = 1 - p.
 */
surprisal_status surprisal_row_hessian_largest_eigenvalue_bounds_f32(
    const surprisal_row_hessian_f32 *hessian, float *lower, float *upper, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_largest_eigenvalue_bounds_f64(
    const surprisal_row_hessian_f64 *hessian, double *lower, double *upper,
    surprisal_detail *detail);

/* ---------------------------------------------------------------------------------------------
 * Products
 */

/*
 * H v. The product with a constant vector is exactly 0 where H 1 is. An entry errs by a few units
 * of roundoff of p_i (|v_i - v_a| + sum_j p_j |v_j - v_a|), a being the most probable class.
 */
surprisal_status surprisal_row_hessian_product_f32(
    const surprisal_row_hessian_f32 *hessian, const float *vector, float *product,
    surprisal_detail *detail);
surprisal_status surprisal_row_hessian_product_f64(
    const surprisal_row_hessian_f64 *hessian, const double *vector, double *product,
    surprisal_detail *detail);

/* H v of every row v of "vectors", [n_vectors, n_classes], as the rows of "products". */
surprisal_status surprisal_row_hessian_products_f32(
    const surprisal_row_hessian_f32 *hessian, size_t n_vectors, const float *vectors,
    float *products, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_products_f64(
    const surprisal_row_hessian_f64 *hessian, size_t n_vectors, const double *vectors,
    double *products, surprisal_detail *detail);

/* v^T H v, a sum of squares but for what options add; in one number. */
surprisal_status surprisal_row_hessian_quadratic_form_f32(
    const surprisal_row_hessian_f32 *hessian, const float *vector, float *form,
    surprisal_detail *detail);
surprisal_status surprisal_row_hessian_quadratic_form_f64(
    const surprisal_row_hessian_f64 *hessian, const double *vector, double *form,
    surprisal_detail *detail);

/*
 * B x of a square root of the Hessian, H = B B^T: with independent x_i of mean 0 and variance 1 it
 * has the covariance H. Needs a semidefinite Hessian.
 */
surprisal_status surprisal_row_hessian_root_product_f32(
    const surprisal_row_hessian_f32 *hessian, const float *vector, float *product,
    surprisal_detail *detail);
surprisal_status surprisal_row_hessian_root_product_f64(
    const surprisal_row_hessian_f64 *hessian, const double *vector, double *product,
    surprisal_detail *detail);

/* B^T v of the same square root: the sum of its squares is v^T H v. */
surprisal_status surprisal_row_hessian_root_transposed_product_f32(
    const surprisal_row_hessian_f32 *hessian, const float *vector, float *product,
    surprisal_detail *detail);
surprisal_status surprisal_row_hessian_root_transposed_product_f64(
    const surprisal_row_hessian_f64 *hessian, const double *vector, double *product,
    surprisal_detail *detail);

/*
 * Random columns f, [n_columns, n_classes]: the sum of all f f^T has the mean H. For each column a
 * class k is drawn with probability p_k by one of the independent random numbers "uniform",
 * [n_columns], each from 0 to below 1. The column is the gradient for the label k, with a z-loss
 * plus p times the square root of twice its factor, over the square root of n_columns. Needs a
 * semidefinite Hessian without a softcap.
 */
surprisal_status surprisal_row_hessian_monte_carlo_factor_f32(
    const surprisal_row_hessian_f32 *hessian, size_t n_columns, const double *uniform,
    float *columns, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_monte_carlo_factor_f64(
    const surprisal_row_hessian_f64 *hessian, size_t n_columns, const double *uniform,
    double *columns, surprisal_detail *detail);

/* ---------------------------------------------------------------------------------------------
 * Inverses, determinants, steps
 */

/*
 * x of (H + lambda I) x = b, which must be definite: lambda > 0 is enough where the Hessian is
 * semidefinite, and lambda may be 0 where it is definite. An entry errs by some ten roundings of
 * |b_i| / D_i + (W_i / sum W) (|sum b| / lambda + sum |b_k| / D_k), D = d + lambda and W = p / D,
 * down to lambda = 1e-30.
 */
surprisal_status surprisal_row_hessian_damped_solve_f32(
    const surprisal_row_hessian_f32 *hessian, float lambda, const float *right_hand_side,
    float *solution, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_damped_solve_f64(
    const surprisal_row_hessian_f64 *hessian, double lambda, const double *right_hand_side,
    double *solution, surprisal_detail *detail);

/* ln det(H + lambda I), for the same values of lambda; in one number. */
surprisal_status surprisal_row_hessian_log_determinant_f32(
    const surprisal_row_hessian_f32 *hessian, float lambda, float *logarithm,
    surprisal_detail *detail);
surprisal_status surprisal_row_hessian_log_determinant_f64(
    const surprisal_row_hessian_f64 *hessian, double lambda, double *logarithm,
    surprisal_detail *detail);

/*
 * H^+ v with the pseudo-inverse: the inverse where H is definite on the classes that are not
 * masked; without softcap and z-loss P diag(1 / d) P with P the projection to vectors of sum 0,
 * both on these classes. Any other Hessian is refused.
 */
surprisal_status surprisal_row_hessian_pseudo_inverse_product_f32(
    const surprisal_row_hessian_f32 *hessian, const float *vector, float *product,
    surprisal_detail *detail);
surprisal_status surprisal_row_hessian_pseudo_inverse_product_f64(
    const surprisal_row_hessian_f64 *hessian, const double *vector, double *product,
    surprisal_detail *detail);

/*
 * The logarithm of the product of the eigenvalues that the formula does not make 0, for the same
 * Hessians; in one number.
 */
surprisal_status surprisal_row_hessian_log_pseudo_determinant_f32(
    const surprisal_row_hessian_f32 *hessian, float *logarithm, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_log_pseudo_determinant_f64(
    const surprisal_row_hessian_f64 *hessian, double *logarithm, surprisal_detail *detail);

/*
 * The Newton step -H^+ g with the gradient g, for the same Hessians; to be added to the logits. The
 * loss of a single row has no minimum: it is the direction that counts.
 */
surprisal_status surprisal_row_hessian_newton_step_f32(
    const surprisal_row_hessian_f32 *hessian, float *step, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_newton_step_f64(
    const surprisal_row_hessian_f64 *hessian, double *step, surprisal_detail *detail);

/*
 * The Levenberg-Marquardt step -(H + lambda I)^-1 g, with lambda as above; to be added to the
 * logits.
 */
surprisal_status surprisal_row_hessian_levenberg_marquardt_step_f32(
    const surprisal_row_hessian_f32 *hessian, float lambda, float *step, surprisal_detail *detail);
surprisal_status surprisal_row_hessian_levenberg_marquardt_step_f64(
    const surprisal_row_hessian_f64 *hessian, double lambda, double *step,
    surprisal_detail *detail);

/* ---------------------------------------------------------------------------------------------
 * Factors H = L D L^T = R R^T, with L unit lower triangular and R lower triangular
 *
 * Pivots of masked classes are 0, and so is that of the last class that is not masked where H has a
 * null vector.
 */

/* Not to be read or written. */
typedef struct surprisal_factor_f32 {
    size_t opaque_words[22];
    float opaque_numbers[6];
} surprisal_factor_f32;
typedef struct surprisal_factor_f64 {
    size_t opaque_words[22];
    double opaque_numbers[6];
} surprisal_factor_f64;

/*
 * Factors a Hessian, which must be semidefinite, in a workspace [n_classes]. After
 * SURPRISAL_NOT_DEFINITE the contents of the workspace have no meaning.
 */
surprisal_status surprisal_factor_init_f32(
    const surprisal_row_hessian_f32 *hessian, float *workspace, surprisal_factor_f32 *factor,
    surprisal_detail *detail);
surprisal_status surprisal_factor_init_f64(
    const surprisal_row_hessian_f64 *hessian, double *workspace, surprisal_factor_f64 *factor,
    surprisal_detail *detail);

/* The diagonal of D, [n_classes]. */
surprisal_status surprisal_factor_pivots_f32(
    const surprisal_factor_f32 *factor, float *pivots, surprisal_detail *detail);
surprisal_status surprisal_factor_pivots_f64(
    const surprisal_factor_f64 *factor, double *pivots, surprisal_detail *detail);

/* L, packed, with D in place of its diagonal of ones. O(n_classes^2). */
surprisal_status surprisal_factor_ldl_f32(
    const surprisal_factor_f32 *factor, float *packed, surprisal_detail *detail);
surprisal_status surprisal_factor_ldl_f64(
    const surprisal_factor_f64 *factor, double *packed, surprisal_detail *detail);

/* R = L sqrt D, packed. O(n_classes^2). */
surprisal_status surprisal_factor_cholesky_f32(
    const surprisal_factor_f32 *factor, float *packed, surprisal_detail *detail);
surprisal_status surprisal_factor_cholesky_f64(
    const surprisal_factor_f64 *factor, double *packed, surprisal_detail *detail);

/* L x. */
surprisal_status surprisal_factor_lower_product_f32(
    const surprisal_factor_f32 *factor, const float *vector, float *product,
    surprisal_detail *detail);
surprisal_status surprisal_factor_lower_product_f64(
    const surprisal_factor_f64 *factor, const double *vector, double *product,
    surprisal_detail *detail);

/* L^T x. */
surprisal_status surprisal_factor_lower_transposed_product_f32(
    const surprisal_factor_f32 *factor, const float *vector, float *product,
    surprisal_detail *detail);
surprisal_status surprisal_factor_lower_transposed_product_f64(
    const surprisal_factor_f64 *factor, const double *vector, double *product,
    surprisal_detail *detail);

/* x of L x = b. */
surprisal_status surprisal_factor_lower_solve_f32(
    const surprisal_factor_f32 *factor, const float *right_hand_side, float *solution,
    surprisal_detail *detail);
surprisal_status surprisal_factor_lower_solve_f64(
    const surprisal_factor_f64 *factor, const double *right_hand_side, double *solution,
    surprisal_detail *detail);

/* x of L^T x = b. */
surprisal_status surprisal_factor_lower_transposed_solve_f32(
    const surprisal_factor_f32 *factor, const float *right_hand_side, float *solution,
    surprisal_detail *detail);
surprisal_status surprisal_factor_lower_transposed_solve_f64(
    const surprisal_factor_f64 *factor, const double *right_hand_side, double *solution,
    surprisal_detail *detail);

/* R x. */
surprisal_status surprisal_factor_cholesky_product_f32(
    const surprisal_factor_f32 *factor, const float *vector, float *product,
    surprisal_detail *detail);
surprisal_status surprisal_factor_cholesky_product_f64(
    const surprisal_factor_f64 *factor, const double *vector, double *product,
    surprisal_detail *detail);

/* R^T x. */
surprisal_status surprisal_factor_cholesky_transposed_product_f32(
    const surprisal_factor_f32 *factor, const float *vector, float *product,
    surprisal_detail *detail);
surprisal_status surprisal_factor_cholesky_transposed_product_f64(
    const surprisal_factor_f64 *factor, const double *vector, double *product,
    surprisal_detail *detail);

/*
 * A solution of H x = b. Where a pivot is 0 so is the entry of D^-1 L^-1 b. For the plain loss this
 * is the solution whose entry of the last class that is not masked is 0, as long as there is one: b
 * must sum to 0, and be 0 at masked classes.
 */
surprisal_status surprisal_factor_solve_f32(
    const surprisal_factor_f32 *factor, const float *right_hand_side, float *solution,
    surprisal_detail *detail);
surprisal_status surprisal_factor_solve_f64(
    const surprisal_factor_f64 *factor, const double *right_hand_side, double *solution,
    surprisal_detail *detail);

/* ---------------------------------------------------------------------------------------------
 * Eigenvalues and eigenvectors, each on its own
 *
 * Eigenvalues are numbered from 0 in ascending order; one that is n-fold has n numbers.
 * Eigenvectors have the length 1, either sign, and are orthogonal, those of one eigenvalue too.
 */

/* Not to be read or written. */
typedef struct surprisal_spectrum_f32 {
    size_t opaque_words[26];
    float opaque_numbers[10];
} surprisal_spectrum_f32;
typedef struct surprisal_spectrum_f64 {
    size_t opaque_words[26];
    double opaque_numbers[10];
} surprisal_spectrum_f64;

/* Elements of the workspace of a spectrum: two a class, and two; in two ways as above. */
size_t surprisal_spectrum_workspace_len(size_t n_classes);
#define SURPRISAL_SPECTRUM_WORKSPACE_LEN(n_classes) ((size_t)2 * (n_classes) + 2)

/* Prepares for the eigenvalues of a Hessian. O(n_classes log n_classes), for a sort. */
surprisal_status surprisal_spectrum_init_f32(
    const surprisal_row_hessian_f32 *hessian, float *workspace, surprisal_spectrum_f32 *spectrum,
    surprisal_detail *detail);
surprisal_status surprisal_spectrum_init_f64(
    const surprisal_row_hessian_f64 *hessian, double *workspace, surprisal_spectrum_f64 *spectrum,
    surprisal_detail *detail);

/* One eigenvalue, in one number. "index" is from 0 to n_classes - 1. */
surprisal_status surprisal_spectrum_eigenvalue_f32(
    const surprisal_spectrum_f32 *spectrum, size_t index, float *eigenvalue,
    surprisal_detail *detail);
surprisal_status surprisal_spectrum_eigenvalue_f64(
    const surprisal_spectrum_f64 *spectrum, size_t index, double *eigenvalue,
    surprisal_detail *detail);

/* All of them in ascending order, [n_classes]. O(n_classes^2). */
surprisal_status surprisal_spectrum_eigenvalues_f32(
    const surprisal_spectrum_f32 *spectrum, float *eigenvalues, surprisal_detail *detail);
surprisal_status surprisal_spectrum_eigenvalues_f64(
    const surprisal_spectrum_f64 *spectrum, double *eigenvalues, surprisal_detail *detail);

/* An eigenvector, [n_classes], and its eigenvalue, in one number. */
surprisal_status surprisal_spectrum_eigenvector_f32(
    const surprisal_spectrum_f32 *spectrum, size_t index, float *vector, float *eigenvalue,
    surprisal_detail *detail);
surprisal_status surprisal_spectrum_eigenvector_f64(
    const surprisal_spectrum_f64 *spectrum, size_t index, double *vector, double *eigenvalue,
    surprisal_detail *detail);

#ifdef __cplusplus
}
#endif

#endif
