/*
 * surprisal: categorical cross-entropy from logits, for C11 and C++17.
 * What is done with the Hessian of one row is in surprisal_row_hessian.h.
 *
 * For a row of logits z with label y and p = softmax(z):
 *
 *     loss      L    = ln(sum_j e^(z_j)) - z_y      in nats: the surprisal -ln p_y
 *     gradient  g_j  = p_j - [j = y]
 *     Hessian   H_ij = p_i [i = j] - p_i p_j        diag p - p p^T
 *
 * Every loss, probability, gradient entry and Hessian entry is within 2 units in the last place of
 * the exact value of the given logits. On backends that round alike, and for any batch, the bits
 * are the same.
 *
 * Arrays. Matrices are row-major: element (i, j) of [n_rows, n_classes] stands at
 * i * n_classes + j. Sizes are in elements. Inputs and outputs belong to the caller; nothing is
 * allocated and no pointer is kept. A pointer to an array without elements may be null.
 *
 * Overlap. An output must not share a byte with any other array of the call, those of the options
 * included; inputs may. The functions "in_place" read the logits and write the gradients over
 * them, and that is the only way to have them in one place.
 *
 * Refusals. Every function returns a status, which is not 0 if it refused its arguments: then no
 * output has been written. Null and misaligned pointers, outputs that overlap, and sizes beyond
 * memory are refused as well. What cannot be seen is whether as many elements lie behind a pointer
 * as are asked for. Rows that are odd are no refusal:
 *
 *     a logit is -inf                       its probability, gradient and Hessian entries are 0
 *     that of the label is -inf             loss +inf; gradient p with -1 at the label
 *     all logits -inf, any NaN, any +inf    NaN in every output of that row, and of no other
 *     ignored                               every output 0, whatever the row holds
 *     one class                             loss, gradient and Hessian 0
 *
 * Threads. There is no state beyond the arguments: any number of threads may call at once, as long
 * as none writes what another one reads or writes.
 *
 * No function ends the program, throws or panics.
 */
#ifndef SURPRISAL_H
#define SURPRISAL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------
 * Statuses
 */

/* 0, or why the arguments were refused. */
typedef int32_t surprisal_status;

#define SURPRISAL_OK 0                    /* success */
#define SURPRISAL_NULL_POINTER 1          /* a pointer is null and the array is not empty */
#define SURPRISAL_MISALIGNED 2            /* a pointer is not aligned for its elements */
#define SURPRISAL_OVERLAP 3               /* an output overlaps another array of the call */
#define SURPRISAL_STRUCT_SIZE 4           /* the size field is not that of this header */
#define SURPRISAL_SIZE_OVERFLOW 5         /* rows times classes are more than memory can address */
#define SURPRISAL_ZERO_CLASSES 6          /* n_classes is 0 */
#define SURPRISAL_LABEL_TYPE 7            /* labels of no type that there is */
#define SURPRISAL_LABEL_OUT_OF_RANGE 8    /* a label is neither ignored nor one of the classes */
#define SURPRISAL_OPTION_OUT_OF_RANGE 9   /* an option, damping or index is outside its range */
#define SURPRISAL_OPTION_CONFLICT 10      /* an option is given in two ways */
#define SURPRISAL_OPTION_UNSUPPORTED 11   /* an option has no meaning for this operation */
#define SURPRISAL_WEIGHT_OUT_OF_RANGE 12  /* a weight is not from 0 to 1e30 */
#define SURPRISAL_TARGET_OUT_OF_RANGE 13  /* a target probability is not from 0 to 1e30 */
#define SURPRISAL_BACKEND_UNAVAILABLE 14  /* this processor cannot run the backend */
#define SURPRISAL_REFUSED 15              /* refused for another reason */
#define SURPRISAL_NOT_DEFINITE 16         /* not known to be definite, or semidefinite, as needed */
#define SURPRISAL_NOT_INITIALISED 17      /* a structure is not what its init function made */

/* What a status means: a sentence without a full stop, which lives as long as the program. */
const char *surprisal_status_message(surprisal_status status);

/* A row or class where there is none to name. */
#define SURPRISAL_NONE SIZE_MAX

/*
 * What exactly was refused. A pointer to one is the last argument of every function, and may be
 * null. It is written only when arguments are refused. Make it with surprisal_detail_default.
 */
typedef struct surprisal_detail {
    size_t size;        /* sizeof(surprisal_detail) */
    char argument[32];  /* the argument or option, by its name in this header; "" for none */
    size_t row;         /* from 0, or SURPRISAL_NONE */
    size_t class_index; /* from 0, or SURPRISAL_NONE */
    int64_t label;      /* the label, where that was refused */
    double value;       /* the value, where an option, weight or target probability was refused */
} surprisal_detail;

static inline surprisal_detail surprisal_detail_default(void)
{
#ifdef __cplusplus
    surprisal_detail detail = {};
#else
    surprisal_detail detail = {0};
#endif
    detail.size = sizeof(detail);
    detail.row = SURPRISAL_NONE;
    detail.class_index = SURPRISAL_NONE;
    return detail;
}

/* ---------------------------------------------------------------------------------------------
 * Labels
 */

#define SURPRISAL_LABEL_U8 1
#define SURPRISAL_LABEL_I32 2
#define SURPRISAL_LABEL_I64 3

/* [n_rows] integers of one of the types above. Make it with one of the functions below. */
typedef struct surprisal_labels {
    const void *data;
    int32_t type;
} surprisal_labels;

static inline surprisal_labels surprisal_labels_u8(const uint8_t *labels)
{
    surprisal_labels all = {labels, SURPRISAL_LABEL_U8};
    return all;
}

static inline surprisal_labels surprisal_labels_i32(const int32_t *labels)
{
    surprisal_labels all = {labels, SURPRISAL_LABEL_I32};
    return all;
}

static inline surprisal_labels surprisal_labels_i64(const int64_t *labels)
{
    surprisal_labels all = {labels, SURPRISAL_LABEL_I64};
    return all;
}

/* ---------------------------------------------------------------------------------------------
 * Logits of 16 bits
 */

/*
 * A number in half precision, IEEE 754 binary16, and one in bfloat16, the upper half of a float:
 * bit patterns in types of their own, which no integer is taken for. Arrays of _Float16, __bf16 or
 * a framework's types hold the same bits: their pointers are cast.
 *
 * They are widened to float, exactly, as they are read, and everything is computed in float: losses
 * and all other results are float.
 */
typedef struct surprisal_f16 {
    uint16_t bits;
} surprisal_f16;
typedef struct surprisal_bf16 {
    uint16_t bits;
} surprisal_bf16;

/* The nearest number, ties to even; NaN stays NaN, and half precision ends in infinity at 65520. */
surprisal_f16 surprisal_f16_from_f32(float value);
surprisal_bf16 surprisal_bf16_from_f32(float value);

/* The same number. */
float surprisal_f16_to_f32(surprisal_f16 half);
float surprisal_bf16_to_f32(surprisal_bf16 half);

/* ---------------------------------------------------------------------------------------------
 * Options
 */

/*
 * The objective whose derivatives are computed. Losses are written one a row whatever it is;
 * gradients, Hessians and their products are those of the reduced objective.
 */
#define SURPRISAL_REDUCTION_NONE 0        /* every row is an objective of its own */
#define SURPRISAL_REDUCTION_SUM 1         /* the sum: the same derivatives */
#define SURPRISAL_REDUCTION_MEAN_WEIGHT 2 /* divided by the weight of the counted rows, as PyTorch */
#define SURPRISAL_REDUCTION_MEAN_ROWS 3   /* divided by the number of counted rows */
#define SURPRISAL_REDUCTION_MEAN_GIVEN 4  /* divided by the option "denominator" */

/*
 * Where the algorithm runs. Backends that round a * b + c alike give the same bits: "fused" rounds
 * once, "unfused" twice.
 */
#define SURPRISAL_BACKEND_FASTEST 0        /* the fastest of this processor */
#define SURPRISAL_BACKEND_PORTABLE 1       /* every processor; unfused */
#define SURPRISAL_BACKEND_PORTABLE_FUSED 2 /* every processor, in software: slow; fused */
#define SURPRISAL_BACKEND_SSE2 3           /* x86; unfused */
#define SURPRISAL_BACKEND_AVX2 4           /* x86 with AVX2 and FMA; fused */
#define SURPRISAL_BACKEND_AVX512 5         /* x86 with the AVX-512 of Ice Lake or Zen 4; fused */
#define SURPRISAL_BACKEND_NEON 6           /* 64-bit ARM; fused */
#define SURPRISAL_BACKEND_SIMD128 7        /* WebAssembly; unfused */

/* The number of the backend that SURPRISAL_BACKEND_FASTEST stands for. */
int32_t surprisal_backend_detect(void);

/*
 * The options of the loss. A null pointer to options is the plain loss, and so are those of
 * surprisal_options_default, from which every other set is made; what is 0 or null is off.
 *
 * Options combine freely. With target weights t_c (1 at the label; see the options for what
 * changes them), A = sum t and lse = log-sum-exp of the row's z, which are the logits unless there
 * is a softcap or a temperature, every row has
 *
 *     loss      sum_c t_c (lse - z_c) + k lse^2               k of the z-loss
 *     gradient  (A + 2 k lse) p_c - t_c
 *     Hessian   (A + 2 k lse) (diag p - p p^T) + 2 k p p^T
 *
 * and the chain rule where z is not the logit.
 *
 * Weights and target probabilities are float or double whatever the logits are: at most one of the
 * two pointers is set.
 */
typedef struct surprisal_options {
    size_t size; /* sizeof(surprisal_options) */

    /*
     * Distance between the starts of rows of logits, gradients and probabilities, in elements: at
     * least n_classes, and 0 for n_classes. These arrays have n_rows * row_stride elements then.
     * What lies between rows is never read, and 0 in gradients and probabilities.
     */
    size_t row_stride;

    /*
     * Rows with one of these labels count nowhere: each of their outputs is 0. Labels are compared
     * before they are checked, so these may be any integers.
     */
    const int64_t *ignored_labels; /* [n_ignored_labels] */
    size_t n_ignored_labels;

    /*
     * Each from 0 to 1e30. The loss of a row is multiplied by the weight of its label; with label
     * smoothing or target probabilities every class's part of the loss by its own.
     */
    const float *class_weights_f32; /* [n_classes] */
    const double *class_weights_f64;

    /* Each from 0 to 1e30; they multiply the losses of the rows. */
    const float *row_weights_f32; /* [n_rows] */
    const double *row_weights_f64;

    /*
     * Target probabilities q, each from 0 to 1e30, in place of labels: the loss is
     * sum_c q_c w_c (lse - z_c) with class weights w. A row of them need not sum to 1. The labels
     * of the call only tell then which rows are ignored, and their data may be null.
     */
    const float *target_probabilities_f32; /* [n_rows, n_classes] */
    const double *target_probabilities_f64;

    double denominator; /* for SURPRISAL_REDUCTION_MEAN_GIVEN; from 1e-30 to 1e30 */

    /*
     * From 0 to 1: this part e of the target is spread over all classes, as in PyTorch, so that
     * the loss is (1 - e) w_y (lse - z_y) + (e / n_classes) sum_c w_c (lse - z_c); or over the
     * classes other than the label, as in Megatron and T5X. At most one of the two is set.
     */
    double label_smoothing;
    double label_smoothing_over_others;

    double z_loss;      /* from 0 to 1e30; adds this times lse^2 to the loss of every row */
    double softcap;     /* up to 1e30; computes on s tanh(z / s) instead of every logit z */
    double temperature; /* from 1e-30 to 1e30; computes on z / t instead, after the softcap */

    int32_t reduction; /* SURPRISAL_REDUCTION_... */
    int32_t backend;   /* SURPRISAL_BACKEND_... */
} surprisal_options;

static inline surprisal_options surprisal_options_default(void)
{
#ifdef __cplusplus
    surprisal_options options = {};
#else
    surprisal_options options = {0};
#endif
    options.size = sizeof(options);
    return options;
}

/* ---------------------------------------------------------------------------------------------
 * Losses, gradients, probabilities
 *
 * Arguments that all functions have: the options, or null; the number of rows; the number of
 * classes, at least 1; last, where to write the details of a refusal, or null.
 *
 * The end of a function's name is the type of the logits: f32 is float, f64 double, f16
 * surprisal_f16 and bf16 surprisal_bf16. All other arrays are double beside logits of double, and
 * float beside the others.
 *
 * "logits" are [n_rows, n_classes], or [n_rows, row_stride]. "labels" are [n_rows], each from 0 to
 * n_classes - 1, or ignored.
 */

/* Losses of the rows in nats, [n_rows]. */
surprisal_status surprisal_losses_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const float *logits,
    surprisal_labels labels, float *losses, surprisal_detail *detail);
surprisal_status surprisal_losses_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const double *logits,
    surprisal_labels labels, double *losses, surprisal_detail *detail);
surprisal_status surprisal_losses_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    surprisal_labels labels, float *losses, surprisal_detail *detail);
surprisal_status surprisal_losses_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    surprisal_labels labels, float *losses, surprisal_detail *detail);

/* Sum of the losses of a batch together with everything that a mean can be divided by. */
typedef struct surprisal_total {
    double sum;             /* of the losses of the counted rows, in nats, in row order */
    double weight;          /* of the counted rows; without weights their number */
    size_t rows_counted;    /* that are not ignored, those that are not finite included */
    size_t rows_ignored;
    size_t rows_non_finite; /* counted rows whose loss is infinite or NaN */
} surprisal_total;

/* The total of the losses, without an output a row: one structure. */
surprisal_status surprisal_total_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const float *logits,
    surprisal_labels labels, surprisal_total *total, surprisal_detail *detail);
surprisal_status surprisal_total_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const double *logits,
    surprisal_labels labels, surprisal_total *total, surprisal_detail *detail);
surprisal_status surprisal_total_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    surprisal_labels labels, surprisal_total *total, surprisal_detail *detail);
surprisal_status surprisal_total_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    surprisal_labels labels, surprisal_total *total, surprisal_detail *detail);

/*
 * Gradients with respect to the logits, of the shape of the logits. "upstream", [n_rows] or null,
 * multiplies the gradient of every row, as in a backward pass; the reduction's denominator divides
 * it. Those of 16-bit logits are rounded once more, to the type of the logits; or they are float,
 * where the name ends in f32.
 */
surprisal_status surprisal_gradients_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const float *logits,
    surprisal_labels labels, const float *upstream, float *gradients, surprisal_detail *detail);
surprisal_status surprisal_gradients_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const double *logits,
    surprisal_labels labels, const double *upstream, double *gradients, surprisal_detail *detail);
surprisal_status surprisal_gradients_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    surprisal_labels labels, const float *upstream, surprisal_f16 *gradients,
    surprisal_detail *detail);
surprisal_status surprisal_gradients_f16_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    surprisal_labels labels, const float *upstream, float *gradients, surprisal_detail *detail);
surprisal_status surprisal_gradients_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    surprisal_labels labels, const float *upstream, surprisal_bf16 *gradients,
    surprisal_detail *detail);
surprisal_status surprisal_gradients_bf16_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    surprisal_labels labels, const float *upstream, float *gradients, surprisal_detail *detail);

/* The same written over the logits. */
surprisal_status surprisal_gradients_in_place_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, float *logits,
    surprisal_labels labels, const float *upstream, surprisal_detail *detail);
surprisal_status surprisal_gradients_in_place_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, double *logits,
    surprisal_labels labels, const double *upstream, surprisal_detail *detail);
surprisal_status surprisal_gradients_in_place_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, surprisal_f16 *logits,
    surprisal_labels labels, const float *upstream, surprisal_detail *detail);
surprisal_status surprisal_gradients_in_place_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, surprisal_bf16 *logits,
    surprisal_labels labels, const float *upstream, surprisal_detail *detail);

/*
 * Losses and gradients in one pass over the rows, with the bits of both. "upstream" and the
 * reduction act on the gradients only.
 */
surprisal_status surprisal_losses_and_gradients_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const float *logits,
    surprisal_labels labels, const float *upstream, float *losses, float *gradients,
    surprisal_detail *detail);
surprisal_status surprisal_losses_and_gradients_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const double *logits,
    surprisal_labels labels, const double *upstream, double *losses, double *gradients,
    surprisal_detail *detail);
surprisal_status surprisal_losses_and_gradients_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    surprisal_labels labels, const float *upstream, float *losses, surprisal_f16 *gradients,
    surprisal_detail *detail);
surprisal_status surprisal_losses_and_gradients_f16_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    surprisal_labels labels, const float *upstream, float *losses, float *gradients,
    surprisal_detail *detail);
surprisal_status surprisal_losses_and_gradients_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    surprisal_labels labels, const float *upstream, float *losses, surprisal_bf16 *gradients,
    surprisal_detail *detail);
surprisal_status surprisal_losses_and_gradients_bf16_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    surprisal_labels labels, const float *upstream, float *losses, float *gradients,
    surprisal_detail *detail);

/* The same with the gradients written over the logits. */
surprisal_status surprisal_losses_and_gradients_in_place_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, float *logits,
    surprisal_labels labels, const float *upstream, float *losses, surprisal_detail *detail);
surprisal_status surprisal_losses_and_gradients_in_place_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, double *logits,
    surprisal_labels labels, const double *upstream, double *losses, surprisal_detail *detail);
surprisal_status surprisal_losses_and_gradients_in_place_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, surprisal_f16 *logits,
    surprisal_labels labels, const float *upstream, float *losses, surprisal_detail *detail);
surprisal_status surprisal_losses_and_gradients_in_place_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, surprisal_bf16 *logits,
    surprisal_labels labels, const float *upstream, float *losses, surprisal_detail *detail);

/*
 * Probabilities, the softmax of every row, of the shape of the logits. They depend on no label and
 * on no option but row_stride, softcap, temperature and backend.
 */
surprisal_status surprisal_probabilities_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const float *logits,
    float *probabilities, surprisal_detail *detail);
surprisal_status surprisal_probabilities_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const double *logits,
    double *probabilities, surprisal_detail *detail);
surprisal_status surprisal_probabilities_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    float *probabilities, surprisal_detail *detail);
surprisal_status surprisal_probabilities_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    float *probabilities, surprisal_detail *detail);

/* ---------------------------------------------------------------------------------------------
 * Hessians with respect to the logits. The reduction's denominator divides them.
 */

/* Their diagonals, p (1 - p), [n_rows, n_classes]. */
surprisal_status surprisal_hessian_diagonals_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const float *logits,
    surprisal_labels labels, float *diagonals, surprisal_detail *detail);
surprisal_status surprisal_hessian_diagonals_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const double *logits,
    surprisal_labels labels, double *diagonals, surprisal_detail *detail);
surprisal_status surprisal_hessian_diagonals_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    surprisal_labels labels, float *diagonals, surprisal_detail *detail);
surprisal_status surprisal_hessian_diagonals_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    surprisal_labels labels, float *diagonals, surprisal_detail *detail);

/* One matrix a row, [n_rows, n_classes, n_classes], symmetric to the bit. */
surprisal_status surprisal_hessians_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const float *logits,
    surprisal_labels labels, float *hessians, surprisal_detail *detail);
surprisal_status surprisal_hessians_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const double *logits,
    surprisal_labels labels, double *hessians, surprisal_detail *detail);
surprisal_status surprisal_hessians_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    surprisal_labels labels, float *hessians, surprisal_detail *detail);
surprisal_status surprisal_hessians_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    surprisal_labels labels, float *hessians, surprisal_detail *detail);

/*
 * Their lower triangles, packed by rows, [n_rows, n_classes (n_classes + 1) / 2]: entry (i, j),
 * j <= i, of a matrix stands at i (i + 1) / 2 + j.
 */
surprisal_status surprisal_packed_hessians_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const float *logits,
    surprisal_labels labels, float *packed, surprisal_detail *detail);
surprisal_status surprisal_packed_hessians_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const double *logits,
    surprisal_labels labels, double *packed, surprisal_detail *detail);
surprisal_status surprisal_packed_hessians_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    surprisal_labels labels, float *packed, surprisal_detail *detail);
surprisal_status surprisal_packed_hessians_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    surprisal_labels labels, float *packed, surprisal_detail *detail);

/*
 * Products of the Hessians with a vector a row, in O(n_classes) each; "vectors" and "products" are
 * [n_rows, n_classes]. A product whose vector is constant is exactly 0. An entry errs by a few
 * units of roundoff of p_i (|v_i - v_a| + sum_j p_j |v_j - v_a|), a being the most probable class.
 */
surprisal_status surprisal_hessian_vector_products_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const float *logits,
    surprisal_labels labels, const float *vectors, float *products, surprisal_detail *detail);
surprisal_status surprisal_hessian_vector_products_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const double *logits,
    surprisal_labels labels, const double *vectors, double *products, surprisal_detail *detail);
surprisal_status surprisal_hessian_vector_products_f16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_f16 *logits,
    surprisal_labels labels, const float *vectors, float *products, surprisal_detail *detail);
surprisal_status surprisal_hessian_vector_products_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_classes, const surprisal_bf16 *logits,
    surprisal_labels labels, const float *vectors, float *products, surprisal_detail *detail);

/* ---------------------------------------------------------------------------------------------
 * Rows whose logits are not all in one place, in time or in memory
 *
 * The state of some consecutive logits of a row is five numbers. States of parts that follow each
 * other merge into the state of both. Whole rows are computed as blocks of
 * SURPRISAL_ROW_STATE_BLOCK_... logits, the last one shorter, merged in order: who merges the
 * states of the same blocks in the same order gets the bits of the whole row.
 *
 * Options other than ignored_labels, reduction and backend are refused.
 */

#define SURPRISAL_ROW_STATE_BLOCK_F32 4096
#define SURPRISAL_ROW_STATE_BLOCK_F64 2048

/*
 * The largest logit, its exponential, and the sum of the others', each of these as the sum of two
 * numbers and scaled alike. Numbers that no function of this library gave have results without
 * meaning, and nothing worse.
 */
typedef struct surprisal_row_state_f32 {
    float max, top, top_low, rest, rest_low;
} surprisal_row_state_f32;
typedef struct surprisal_row_state_f64 {
    double max, top, top_low, rest, rest_low;
} surprisal_row_state_f64;

/* The state of no logits, whose max is -inf and all else 0: merging it changes nothing. */
static inline surprisal_row_state_f32 surprisal_row_state_empty_f32(void)
{
    surprisal_row_state_f32 state = {0, 0, 0, 0, 0};
    state.max = -INFINITY;
    return state;
}
static inline surprisal_row_state_f64 surprisal_row_state_empty_f64(void)
{
    surprisal_row_state_f64 state = {0, 0, 0, 0, 0};
    state.max = -INFINITY;
    return state;
}

/* States, [n_rows], of n_columns consecutive logits of each row, [n_rows, n_columns]. */
surprisal_status surprisal_row_states_f32(
    const surprisal_options *options, size_t n_rows, size_t n_columns, const float *logits,
    surprisal_row_state_f32 *states, surprisal_detail *detail);
surprisal_status surprisal_row_states_f64(
    const surprisal_options *options, size_t n_rows, size_t n_columns, const double *logits,
    surprisal_row_state_f64 *states, surprisal_detail *detail);
surprisal_status surprisal_row_states_f16(
    const surprisal_options *options, size_t n_rows, size_t n_columns, const surprisal_f16 *logits,
    surprisal_row_state_f32 *states, surprisal_detail *detail);
surprisal_status surprisal_row_states_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_columns, const surprisal_bf16 *logits,
    surprisal_row_state_f32 *states, surprisal_detail *detail);

/*
 * Merges the state of each row with that of the logits that follow, "next": both are [n_rows], and
 * "states" is read and written. The number of classes is not looked at.
 */
surprisal_status surprisal_merge_row_states_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes,
    surprisal_row_state_f32 *states, const surprisal_row_state_f32 *next,
    surprisal_detail *detail);
surprisal_status surprisal_merge_row_states_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes,
    surprisal_row_state_f64 *states, const surprisal_row_state_f64 *next,
    surprisal_detail *detail);

/*
 * Losses of rows, given the states of whole rows and the logits of their labels, [n_rows] all. The
 * number of classes is not looked at.
 */
surprisal_status surprisal_losses_of_states_f32(
    const surprisal_options *options, size_t n_rows, size_t n_classes,
    const surprisal_row_state_f32 *states, const float *label_logits, float *losses,
    surprisal_detail *detail);
surprisal_status surprisal_losses_of_states_f64(
    const surprisal_options *options, size_t n_rows, size_t n_classes,
    const surprisal_row_state_f64 *states, const double *label_logits, double *losses,
    surprisal_detail *detail);

/*
 * Gradients with respect to n_columns consecutive logits of each row, the classes from first_class
 * on, given the states of whole rows. "logits" and "gradients" are [n_rows, n_columns]. A label
 * names a class of the whole row, and may be in another part.
 */
surprisal_status surprisal_gradients_of_states_f32(
    const surprisal_options *options, size_t n_rows, size_t n_columns,
    const surprisal_row_state_f32 *states, const float *logits, size_t first_class,
    surprisal_labels labels, const float *upstream, float *gradients, surprisal_detail *detail);
surprisal_status surprisal_gradients_of_states_f64(
    const surprisal_options *options, size_t n_rows, size_t n_columns,
    const surprisal_row_state_f64 *states, const double *logits, size_t first_class,
    surprisal_labels labels, const double *upstream, double *gradients, surprisal_detail *detail);
surprisal_status surprisal_gradients_of_states_f16(
    const surprisal_options *options, size_t n_rows, size_t n_columns,
    const surprisal_row_state_f32 *states, const surprisal_f16 *logits, size_t first_class,
    surprisal_labels labels, const float *upstream, surprisal_f16 *gradients,
    surprisal_detail *detail);
surprisal_status surprisal_gradients_of_states_f16_f32(
    const surprisal_options *options, size_t n_rows, size_t n_columns,
    const surprisal_row_state_f32 *states, const surprisal_f16 *logits, size_t first_class,
    surprisal_labels labels, const float *upstream, float *gradients, surprisal_detail *detail);
surprisal_status surprisal_gradients_of_states_bf16(
    const surprisal_options *options, size_t n_rows, size_t n_columns,
    const surprisal_row_state_f32 *states, const surprisal_bf16 *logits, size_t first_class,
    surprisal_labels labels, const float *upstream, surprisal_bf16 *gradients,
    surprisal_detail *detail);
surprisal_status surprisal_gradients_of_states_bf16_f32(
    const surprisal_options *options, size_t n_rows, size_t n_columns,
    const surprisal_row_state_f32 *states, const surprisal_bf16 *logits, size_t first_class,
    surprisal_labels labels, const float *upstream, float *gradients, surprisal_detail *detail);

#ifdef __cplusplus
}
#endif

#endif
