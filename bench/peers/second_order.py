#!/usr/bin/env python3
"""Second derivatives beside JAX and LAPACK: the same arrays, the same minutes, one thread each.

    python3 -m venv venv && venv/bin/pip install numpy torch jax
    cargo build --release -p surprisal-bench --bin time_second_order
    venv/bin/python bench/peers/second_order.py target/release/time_second_order

Prints a table for each shape: Hessian-vector products beside JAX's jitted jvp of grad, Hessians
beside a jitted jax.hessian of every row, both in float32; and all eigenvalues of one row's
Hessian beside LAPACK's of the dense matrix, in float64. How the contenders take turns is told in
compare.py, of which this uses what it can.
"""

import os
import tempfile

# First: it binds this process to one processor, and NumPy's LAPACK to one thread.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from compare import InProcess, Program, draw, parser_for, race  # noqa: E402

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

TASKS = ("Hessian-vector product", "Hessian", "eigenvalues")


def main():
    arguments = parse()
    print("| classes | rows | task | surprisal, us | peer, us | ratio |")
    print("|---:|---:|---|---:|---:|---:|")
    for n_classes in arguments.classes:
        n_rows = max(1, arguments.numbers // n_classes**2)
        logits, labels = draw(n_rows, n_classes)
        vectors = np.random.default_rng(0).standard_normal(logits.shape, dtype=np.float32)
        with tempfile.TemporaryDirectory() as folder:
            kernel = Kernel(arguments.program, folder, logits, labels, vectors)
            peers = Peers(logits, labels, vectors)
            times = race((kernel, peers), arguments.rounds, arguments.runs)
            check(kernel.eigenvalues(), peers.matrix)
        for task in TASKS:
            of_kernel, of_peer = (of_contender[task] for of_contender in times)
            rows = 1 if task == "eigenvalues" else n_rows
            cells = [n_classes, rows, task, f"{of_kernel / 1e3:.1f}", f"{of_peer / 1e3:.1f}"]
            cells.append(f"{of_peer / of_kernel:.1f}")
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


def parse():
    parser = parser_for(__doc__, "time_second_order", [10, 100, 1000])
    parser.add_argument("--numbers", type=int, default=1 << 23, help="entries of all Hessians")
    return parser.parse_args()


class Kernel(Program):
    """The second derivatives of the kernel."""

    def __init__(self, program, folder, logits, labels, vectors):
        arrays = logits.astype("<f4"), labels.astype("<u4"), vectors.astype("<f4")
        super().__init__(program, folder, arrays)

    def eigenvalues(self):
        return np.fromfile(self.result, dtype="<f8")


class Peers(InProcess):
    """JAX for the derivatives, and LAPACK by NumPy for the eigenvalues."""

    def __init__(self, logits, labels, vectors):
        logits, labels = jnp.asarray(logits), jnp.asarray(labels.astype(np.int32))
        vectors = jnp.asarray(vectors)

        def loss(z, y):
            return -jax.nn.log_softmax(z)[y]

        def total(z):
            return jax.vmap(loss)(z, labels).sum()

        product = jax.jit(lambda z, v: jax.jvp(jax.grad(total), (z,), (v,))[1])
        hessian = jax.jit(jax.vmap(jax.hessian(loss)))
        first = np.asarray(logits[0], dtype=np.float64)
        p = np.exp(first - first.max())
        p /= p.sum()
        self.matrix = np.diag(p) - np.outer(p, p)
        self.compute = {
            "Hessian-vector product": lambda: jax.block_until_ready(product(logits, vectors)),
            "Hessian": lambda: jax.block_until_ready(hessian(logits, labels)),
            "eigenvalues": lambda: np.linalg.eigvalsh(self.matrix),
        }


def check(eigenvalues, matrix):
    """LAPACK's errors are about the roundoff of the largest eigenvalue."""
    error = np.max(np.abs(eigenvalues - np.linalg.eigvalsh(matrix)))
    if not error <= 1e-13:
        raise SystemExit(f"eigenvalues differ by {error:.1e}")


if __name__ == "__main__":
    main()
