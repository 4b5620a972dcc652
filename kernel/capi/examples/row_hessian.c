/*
 * The Hessian of one row: a solve, factors, eigenvalues; in float with logits of 16 bits, in double;
 * and what a refusal looks like.
 *
 * The same file runs on a computer and on a microcontroller (m4f/startup.c). It ends with 0 if
 * every number is the one that is known.
 */
#include <stdio.h>

#include "surprisal_row_hessian.h"

#define N_CLASSES 2

static int failed(surprisal_status status, const surprisal_detail *detail)
{
    if (status != SURPRISAL_OK) {
        printf("refused: %s (%s)\n", surprisal_status_message(status), detail->argument);
    }
    return status != SURPRISAL_OK;
}

/* Two classes of equal probability: H is [1, -1; -1, 1] / 4. */
static int in_float(void)
{
    const surprisal_bf16 logits[N_CLASSES] = {
        surprisal_bf16_from_f32(3.0F), surprisal_bf16_from_f32(3.0F)};
    const float b[N_CLASSES] = {1.0F, 0.0F};
    float workspace[SURPRISAL_ROW_HESSIAN_WORKSPACE_LEN(N_CLASSES)], of_factor[N_CLASSES];
    float solution[N_CLASSES], ldl[3];
    surprisal_row_hessian_f32 hessian;
    surprisal_factor_f32 factor;
    surprisal_detail detail = surprisal_detail_default();

    if (failed(surprisal_row_hessian_init_bf16(
                   NULL, N_CLASSES, logits, 0, workspace, &hessian, &detail), &detail) ||
        failed(surprisal_row_hessian_damped_solve_f32(
                   &hessian, 0.5F, b, solution, &detail), &detail) ||
        failed(surprisal_factor_init_f32(&hessian, of_factor, &factor, &detail), &detail) ||
        failed(surprisal_factor_ldl_f32(&factor, ldl, &detail), &detail)) {
        return 1;
    }
    printf("(H + I/2)^-1 b: %g %g; L and D: %g, %g %g\n", (double)solution[0],
        (double)solution[1], (double)ldl[0], (double)ldl[1], (double)ldl[2]);
    if (solution[0] != 1.5F || solution[1] != 0.5F ||
        ldl[0] != 0.25F || ldl[1] != -1.0F || ldl[2] != 0.0F) {
        return 1;
    }

    /* Without damping there is no inverse: refused, and no solution is written. */
    surprisal_status status =
        surprisal_row_hessian_damped_solve_f32(&hessian, 0.0F, b, solution, &detail);
    printf("%s: %s\n", surprisal_status_message(status), detail.argument);
    return status != SURPRISAL_NOT_DEFINITE || solution[0] != 1.5F;
}

/* A row that is nearly certain: p (1 - p) is 4.2e-18, and not what 1 - 1 leaves of it. */
static int in_double(void)
{
    const double logits[N_CLASSES] = {0.0, -40.0};
    double workspace[SURPRISAL_ROW_HESSIAN_WORKSPACE_LEN(N_CLASSES)];
    double of_spectrum[SURPRISAL_SPECTRUM_WORKSPACE_LEN(N_CLASSES)];
    double trace, eigenvalues[N_CLASSES];
    surprisal_row_hessian_f64 hessian;
    surprisal_spectrum_f64 spectrum;
    surprisal_detail detail = surprisal_detail_default();

    if (failed(surprisal_row_hessian_init_f64(
                   NULL, N_CLASSES, logits, 0, workspace, &hessian, &detail), &detail) ||
        failed(surprisal_row_hessian_trace_f64(&hessian, &trace, &detail), &detail) ||
        failed(surprisal_spectrum_init_f64(&hessian, of_spectrum, &spectrum, &detail), &detail) ||
        failed(surprisal_spectrum_eigenvalues_f64(&spectrum, eigenvalues, &detail), &detail)) {
        return 1;
    }
    printf("trace %.17g, eigenvalues %.17g %.17g\n", trace, eigenvalues[0], eigenvalues[1]);
    return trace != 2 * 4.248354255291589e-18 || eigenvalues[0] != 0.0 || eigenvalues[1] != trace;
}

int main(void)
{
    return in_float() || in_double();
}
