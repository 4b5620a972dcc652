/*
 * Losses and gradients of three rows, one of them ignored; and what a refusal looks like.
 *
 * The same file runs on a computer and on a microcontroller (m4f/startup.c). It ends with 0 if
 * every number is the one that is known.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "surprisal.h"

#define N_ROWS 3
#define N_CLASSES 3

int main(void)
{
    static const float logits[N_ROWS * N_CLASSES] = {
        2.0F, -1.0F,  0.5F,
        0.0F, -40.0F, -41.0F,
        5.0F, 5.0F,   NAN,
    };
    static const int32_t labels[N_ROWS] = {0, 0, -100};
    static const int64_t ignored[] = {-100};
    float losses[N_ROWS], gradients[N_ROWS * N_CLASSES];

    surprisal_options options = surprisal_options_default();
    options.ignored_labels = ignored;
    options.n_ignored_labels = 1;

    surprisal_detail detail = surprisal_detail_default();
    surprisal_status status = surprisal_losses_and_gradients_f32(
        &options, N_ROWS, N_CLASSES, logits, surprisal_labels_i32(labels), NULL, losses, gradients,
        &detail);
    if (status != SURPRISAL_OK) {
        printf("refused: %s (%s)\n", surprisal_status_message(status), detail.argument);
        return 1;
    }
    for (size_t row = 0; row < N_ROWS; row++) {
        const float *gradient = gradients + row * N_CLASSES;
        printf("loss %.7g, gradient %.7g %.7g %.7g\n", (double)losses[row], (double)gradient[0],
            (double)gradient[1], (double)gradient[2]);
    }
    /* ln(1 + e^-3 + e^-1.5) and ln(1 + e^-40 + e^-41), rounded. */
    if (losses[0] != 0.241311297F || losses[1] != 5.81123646e-18F || losses[2] != 0.0F) {
        return 1;
    }

    /* Nothing is ignored now: the last label is refused, and no loss is written. */
    losses[0] = -1.0F;
    status = surprisal_losses_f32(
        NULL, N_ROWS, N_CLASSES, logits, surprisal_labels_i32(labels), losses, &detail);
    printf("%s: %s[%lu] is %ld\n", surprisal_status_message(status), detail.argument,
        (unsigned long)detail.row, (long)detail.label);
    if (status != SURPRISAL_LABEL_OUT_OF_RANGE || detail.row != 2 || detail.label != -100 ||
        losses[0] != -1.0F) {
        return 1;
    }
    return 0;
}
