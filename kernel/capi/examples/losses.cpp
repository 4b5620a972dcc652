// The Hessian of a mean of losses, times a vector, in C++. A refusal becomes an exception.

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "surprisal.h"

namespace {

void check(surprisal_status status, const surprisal_detail &detail)
{
    if (status != SURPRISAL_OK) {
        throw std::invalid_argument(
            std::string(surprisal_status_message(status)) + ": " + detail.argument);
    }
}

std::vector<double> hessian_times(
    const surprisal_options &options, const std::vector<double> &logits,
    const std::vector<std::int64_t> &labels, const std::vector<double> &vectors)
{
    if (labels.empty() || vectors.size() != logits.size()) {
        throw std::invalid_argument("a vector a row is needed");
    }
    std::vector<double> products(logits.size());
    surprisal_detail detail = surprisal_detail_default();
    check(
        surprisal_hessian_vector_products_f64(
            &options, labels.size(), logits.size() / labels.size(), logits.data(),
            surprisal_labels_i64(labels.data()), vectors.data(), products.data(), &detail),
        detail);
    return products;
}

} // namespace

int main()
{
    surprisal_options options = surprisal_options_default();
    options.reduction = SURPRISAL_REDUCTION_MEAN_ROWS;

    // p is 1/2 in every class: H v is (v_i - v_j) / 4, and half of that for a mean of two rows.
    const auto products = hessian_times(options, {3, 3, -7, -7}, {0, 1}, {1, 5, 2, 2});
    for (double product : products) {
        std::printf("%g\n", product);
    }
    if (products != std::vector<double>{-0.5, 0.5, 0, 0}) {
        return 1;
    }

    options.temperature = -1;
    try {
        hessian_times(options, {3, 3}, {0}, {1, 5});
    } catch (const std::invalid_argument &refusal) {
        std::printf("%s\n", refusal.what());
        return refusal.what() == std::string("an option is outside its range: temperature") ? 0 : 1;
    }
    return 1;
}
