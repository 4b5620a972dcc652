#!/usr/bin/env python3
"""Second derivatives beside JAX and LAPACK: the same arrays, the same minutes, one thread each.

    python3 -m venv venv && venv/bin/pip install numpy torch jax
    cargo build --release -p surprisal-bench --bin time_second_order
    venv/bin/python bench/peers/second_order.py target/release/time_second_order

Prints a table for each shape: Hessian-vector products beside JAX's jitted jvp of grad, Hessians
beside a jitted jax.hessian of every row, both in float32 and in gigabytes of logits (vectors) or
matrices a second; and all eigenvalues of one row's Hessian beside LAPACK's of the dense matrix,
in float64. How the contenders take turns is told in compare.py, of which this uses what it can.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile

# First: it binds this process to one processor, and NumPy's LAPACK to one thread.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from compare import draw, timed  # noqa: E402

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
            times = race(kernel, peers, arguments.rounds, arguments.runs)
            check(kernel.eigenvalues(), peers.matrix)
        for task in TASKS:
            of_kernel, of_peer = (statistics.median(all_) for all_ in times[task])
            rows = 1 if task == "eigenvalues" else n_rows
            cells = [n_classes, rows, task, f"{of_kernel / 1e3:.1f}", f"{of_peer / 1e3:.1f}"]
            cells.append(f"{of_peer / of_kernel:.1f}")
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="time_second_order, built with --release")
    parser.add_argument("--classes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--numbers", type=int, default=1 << 23, help="entries of all Hessians")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contender")
    parser.add_argument("--runs", type=int, default=5, help="runs a turn")
    return parser.parse_args()


class Kernel:
    """The kernel of surprisal, in a process of its own."""

    def __init__(self, program, folder, logits, labels, vectors):
        self.arguments = [program]
        arrays = {"logits": logits, "labels": labels.astype("<u4"), "vectors": vectors}
        for name, array in arrays.items():
            self.arguments.append(os.path.join(folder, name))
            array.tofile(self.arguments[-1])
        self.n_classes = logits.shape[1]
        self.eigenvalues_file = os.path.join(folder, "eigenvalues")

    def turn(self, n_runs):
        command = [*self.arguments, str(self.n_classes), str(n_runs), self.eigenvalues_file]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

    def eigenvalues(self):
        return np.fromfile(self.eigenvalues_file, dtype="<f8")


class Peers:
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

    def turn(self, n_runs):
        times = {}
        for task in TASKS:
            self.compute[task]()
            times[task] = [timed(self.compute[task]) for _ in range(n_runs)]
        return times


def race(kernel, peers, n_rounds, n_runs):
    """Times in nanoseconds by task, of the kernel and of the peer."""
    times = {task: ([], []) for task in TASKS}
    for _ in range(n_rounds):
        for index, contender in enumerate((kernel, peers)):
            turn = contender.turn(n_runs)
            for task in TASKS:
                times[task][index].extend(turn[task])
    return times


def check(eigenvalues, matrix):
    """LAPACK's errors are about the roundoff of the largest eigenvalue."""
    error = np.max(np.abs(eigenvalues - np.linalg.eigvalsh(matrix)))
    if not error <= 1e-13:
        raise SystemExit(f"eigenvalues differ by {error:.1e}")


if __name__ == "__main__":
    main()
