#!/usr/bin/env python3
"""The kernel beside PyTorch and JAX: the same arrays, the same minutes, one thread each.

    python3 -m venv venv && venv/bin/pip install numpy torch jax
    cargo build --release -p surprisal-bench --bin time_kernel
    venv/bin/python bench/peers/compare.py target/release/time_kernel

torch.compile needs a C++ compiler. On Linux, pip takes a PyTorch for GPUs, several gigabytes.

Prints a table for each shape: median time of a row, its ratio to the kernel's, and how far the
worst loss is from the exact one, relative to it. Contenders take turns, so that what slows the
machine down slows all of them down. The kernel runs in a process of its own, which reads the
arrays from files and times itself; everything is bound to one processor. The frameworks, which
allocate their results, are given memory that they have freed before.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

# The C library of Linux gives freed memory back to the system, so that most of the frameworks'
# time would be page faults. It reads its settings when a process starts: once more, then.
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "1000000000000"}
if not KEEP_MEMORY.items() <= os.environ.items():
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **KEEP_MEMORY})

# One processor for this process and its children, before anyone counts them.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

TASKS = ("loss", "loss and gradient")


def main():
    arguments = parse()
    torch.set_num_threads(1)
    for n_classes in arguments.classes:
        n_rows = max(1, arguments.logits // n_classes)
        logits, labels = draw(n_rows, n_classes)
        exact = exact_losses(logits, labels)
        with tempfile.TemporaryDirectory() as folder:
            contenders = [
                Kernel(arguments.program, folder, logits, labels),
                Torch("torch eager", lambda losses: losses, logits, labels),
                Torch("torch compiled", compiled, logits, labels),
                Jax("jax jit", logits, labels),
            ]
            times = race(contenders, arguments.rounds, arguments.runs)
            print_table(n_rows, n_classes, contenders, times, exact)


def parse():
    parser = parser_for(__doc__, "time_kernel", [10, 100, 1000, 32000, 128256])
    parser.add_argument("--logits", type=int, default=1 << 24, help="numbers in an array")
    return parser.parse_args()


def parser_for(description, program, classes):
    """The arguments that do not depend on what is compared."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("program", help=f"{program}, built with --release")
    parser.add_argument("--classes", type=int, nargs="+", default=classes)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contender")
    parser.add_argument("--runs", type=int, default=5, help="runs a turn")
    return parser


def draw(n_rows, n_classes):
    """Normal logits of deviation 4, and labels that are any class."""
    generator = np.random.default_rng(n_classes)
    logits = generator.standard_normal((n_rows, n_classes), dtype=np.float32) * np.float32(4)
    return logits, generator.integers(n_classes, size=n_rows, dtype=np.uint32)


def exact_losses(logits, labels):
    """(m - z_y) + ln(1 + w), with w the sum of all terms but the largest, in long double: nothing
    cancels, and the error is below 1e-18 on x86."""
    losses = np.empty(len(logits), dtype=np.longdouble)
    for i, (row, label) in enumerate(zip(logits, labels)):
        largest = row.argmax()
        difference = row.astype(np.longdouble) - np.longdouble(row[largest])
        terms = np.exp(difference)
        terms[largest] = 0
        losses[i] = np.log1p(terms.sum()) - difference[label]
    return losses


class Program:
    """The kernel of surprisal in a program that times itself and leaves a result in a file."""

    def __init__(self, program, folder, arrays):
        self.name = "surprisal"
        self.arguments = [program]
        for index, array in enumerate(arrays):
            self.arguments.append(os.path.join(folder, str(index)))
            array.tofile(self.arguments[-1])
        self.n_classes = arrays[0].shape[1]
        self.result = os.path.join(folder, "result")

    def turn(self, n_runs):
        command = [*self.arguments, str(self.n_classes), str(n_runs), self.result]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        report = json.loads(output)
        self.name = f"surprisal {report.pop('backend')}"
        return report


class Kernel(Program):
    """The losses of the kernel, with and without gradients."""

    def __init__(self, program, folder, logits, labels):
        super().__init__(program, folder, (logits.astype("<f4"), labels.astype("<u4")))

    def losses(self):
        return np.fromfile(self.result, dtype="<f4")


class InProcess:
    """A contender of this process: `compute` has a function for each task."""

    def turn(self, n_runs):
        times = {}
        for task, compute in self.compute.items():
            compute()
            times[task] = [timed(compute) for _ in range(n_runs)]
        return times


class Torch(InProcess):
    """PyTorch's cross-entropy, with its gradient by backward()."""

    def __init__(self, name, build, logits, labels):
        self.name = name
        self.logits = torch.from_numpy(logits)
        self.labels = torch.from_numpy(labels.astype(np.int64))
        self.differentiable = self.logits.clone().requires_grad_()
        self.cross_entropy = build(lambda z, y: F.cross_entropy(z, y, reduction="none"))
        self.compute = {"loss": self.loss, "loss and gradient": self.loss_and_gradient}

    def loss(self):
        with torch.no_grad():
            return self.cross_entropy(self.logits, self.labels)

    def loss_and_gradient(self):
        self.differentiable.grad = None
        losses = self.cross_entropy(self.differentiable, self.labels)
        losses.sum().backward()
        return losses

    def losses(self):
        return self.loss().numpy()


def compiled(losses):
    """For one shape: it forgets what it has compiled for others, of which it keeps eight, and
    does not try to make one program of all of them."""
    torch.compiler.reset()
    return torch.compile(losses, dynamic=False)


class Jax(InProcess):
    """Log-softmax at the label, with its gradient by value_and_grad."""

    def __init__(self, name, logits, labels):
        self.name = name
        self.arrays = jnp.asarray(logits), jnp.asarray(labels.astype(np.int32))

        def losses(z, y):
            return -jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1)[:, 0]

        def total(z, y):
            rows = losses(z, y)
            return rows.sum(), rows

        self.jitted = jax.jit(losses)
        gradient = jax.jit(jax.value_and_grad(total, has_aux=True))
        self.compute = {
            "loss": lambda: jax.block_until_ready(self.jitted(*self.arrays)),
            "loss and gradient": lambda: jax.block_until_ready(gradient(*self.arrays)),
        }

    def losses(self):
        return np.asarray(self.jitted(*self.arrays))


def timed(compute):
    start = time.perf_counter_ns()
    compute()
    return time.perf_counter_ns() - start


def race(contenders, n_rounds, n_runs):
    """Median times in nanoseconds, a dictionary by task for each contender."""
    times = [{} for _ in contenders]
    for _ in range(n_rounds):
        for contender, of_contender in zip(contenders, times):
            for task, new in contender.turn(n_runs).items():
                of_contender.setdefault(task, []).extend(new)
    return [{task: statistics.median(all_) for task, all_ in t.items()} for t in times]


def print_table(n_rows, n_classes, contenders, times, exact):
    print(f"\nC = {n_classes}, {n_rows} rows\n")
    print("| | loss, ns a row | ratio | loss and gradient, ns a row | ratio | worst loss |")
    print("|---|---:|---:|---:|---:|---:|")
    kernel = times[0]
    for contender, medians in zip(contenders, times):
        cells = [contender.name]
        for task in TASKS:
            cells += [f"{medians[task] / n_rows:.1f}", f"{medians[task] / kernel[task]:.2f}"]
        error = np.max(np.abs(contender.losses().astype(np.longdouble) - exact) / exact)
        cells.append(f"{float(error):.1e}")
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
