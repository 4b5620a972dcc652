#!/usr/bin/env python3
"""Writes seeds/ of the kernel targets: rows of kernel/reference/data/accuracy, in the bytes that
the targets read. `Bytes` and `Numbers` in src/ say what these mean. Seeds called fault-... are
inputs that failed once; they stay."""

import json
import struct
from pathlib import Path

HERE = Path(__file__).parent
ACCURACY = HERE.parent / "kernel/reference/data/accuracy"
WIDEST = 24


def numbers(values):
    """Of any bits, none replaced, no offset."""
    pattern = b"".join(b"\x09" + struct.pack("<Q", value) for value in values)
    return bytes([len(values) - 1]) + pattern + b"\0\0"


def ordinary(n):
    """Sixteenths of both signs."""
    return bytes([n - 1]) + b"".join(bytes([0, (37 * i + 11) % 256]) for i in range(n)) + b"\0\0"


def operations(kind, i, logits, label):
    operation = i % 6
    head = [kind, operation, i % 5, 0, i % 4, len(logits), 1, 0, 0, 0, label]
    upstream = b"\0" if operation == 1 else b""
    vectors = ordinary(len(logits)) if operation == 5 else b""
    return bytes(head) + numbers(logits) + upstream + vectors


def states(kind, i, logits, label):
    cuts = struct.pack("<HH", len(logits) // 3, len(logits) // 2)
    head = bytes([kind, i % 5, 0, len(logits) - 1, 0, 2]) + cuts + bytes([i % 2, 0, 0, 0])
    return head + struct.pack("<H", label) + numbers(logits)


def curvature(kind, i, logits, label):
    logits = logits[:12]
    label = min(label, len(logits) - 1)
    if kind == 0:
        floats = [struct.unpack("<f", struct.pack("<I", bits))[0] for bits in logits]
        logits = [struct.unpack("<Q", struct.pack("<d", number))[0] for number in floats]
    row = b"".join(b"\x04" + struct.pack("<Q", bits) for bits in logits)
    return bytes([kind, 7 * i % 64, len(logits) - 1, 0, label]) + row


def capi(kind, i, logits, label):
    logits = logits[:8]
    # Plain options, labels of 64 bits, a detail, and places one after the other.
    arrays = [3, 3, 4, 3, 5, 4, 2, 3, 3, 3, 4, 2, 2, 3, 5]
    head = [kind, i % 15, 1, len(logits), 0] + [0] * 15 + [0, 0, 0] + [0] * arrays[i % 15]
    return bytes(head) + numbers(logits) + bytes([min(label, len(logits) - 1)])


def main():
    for target in [operations, states, curvature, capi]:
        folder = HERE / "seeds" / target.__name__
        folder.mkdir(parents=True, exist_ok=True)
        for seed in folder.iterdir():
            if not seed.name.startswith("fault-"):
                seed.unlink()
        for kind, name in enumerate(["f32", "f64"]):
            cases = json.loads((ACCURACY / f"{name}.json").read_text())["cases"]
            narrow = [case for case in cases if case["n_classes"] <= WIDEST]
            families = {case["family"]: case for case in narrow}
            for i, (family, case) in enumerate(families.items()):
                runs = [[int(bits, 16)] * n for bits, n in case["logits"]]
                logits = [bits for run in runs for bits in run]
                seed = target(kind, i, logits, case["label"])
                family = family.replace(",", "").replace(" ", "-")
                (folder / f"{name}-{family}").write_bytes(seed)


if __name__ == "__main__":
    main()
