"""Writes the files in this folder: some rows of the data sets beside it, in every format.

    pip install numpy==2.4.6 ml_dtypes==0.6.0 safetensors==0.8.0 pyarrow==26.0.1
    python make.py
"""

import pathlib

import ml_dtypes
import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
FLOATS = {"f16": np.float16, "bf16": ml_dtypes.bfloat16, "f32": np.float32, "f64": np.float64}
INTEGERS = {"i16": np.int16, "u8": np.uint8, "i64": np.int64}


def lists(array, fixed):
    flat = pa.array(array.reshape(-1))
    if fixed:
        return pa.FixedSizeListArray.from_arrays(flat, array.shape[1])
    ends = np.arange(array.shape[0] + 1, dtype=np.int32) * array.shape[1]
    return pa.ListArray.from_arrays(pa.array(ends), flat)


# Every kind of logical type that a Parquet file can give a column, with a value.
TYPES = {
    pa.int8(): 1, pa.uint16(): 1, pa.float16(): 1.0, pa.bool_(): True, pa.null(): None,
    pa.timestamp("ms"): 1, pa.timestamp("ns", "UTC"): 1, pa.time32("ms"): 1, pa.time64("us"): 1,
    pa.date32(): 1, pa.duration("us"): 1, pa.decimal128(5, 2): 1, pa.decimal128(30, 7): 1,
    pa.string(): "a", pa.binary(): b"a", pa.json_(): "{}", pa.uuid(): bytes(16),
    pa.map_(pa.string(), pa.int32()): [("a", 1)], pa.list_(pa.list_(pa.bool_())): [[True], [False]],
    pa.struct({"a": pa.int64(), "b": pa.string()}): {"a": 1, "b": None},
}


def arrow_columns(n_rows):
    """Columns that Parquet has no type for, and their types."""
    texts, numbers = pa.array(["a"] * n_rows), pa.array([1] * n_rows)
    kinds, places = pa.array([0, 1] * n_rows, pa.int8())[:n_rows], pa.array(range(n_rows), pa.int32())
    columns = [
        pa.UnionArray.from_sparse(kinds, [texts, numbers]),
        # Of which each has one buffer more.
        pa.UnionArray.from_dense(kinds, places, [numbers, texts]), pa.UnionArray.from_dense(kinds, places, [texts, numbers]),
        pa.RunEndEncodedArray.from_arrays(pa.array([n_rows], pa.int32()), pa.array([1])),
        pa.ListViewArray.from_arrays(places, pa.array([1] * n_rows, pa.int32()), numbers),
        texts.cast(pa.large_string()), texts.cast(pa.binary_view()), pa.array([b"ab"] * n_rows, pa.binary(2)),
        pa.array([(1, 2, 3)] * n_rows, pa.month_day_nano_interval()),
    ]
    return [(column.type, column) for column in columns]


def table(logits, labels, fixed):
    """Columns that are no arrays come first, so that the others must be found among them."""
    n_rows = len(next(iter(labels.values())))
    columns = {
        "text": pa.array([f"row {row}" for row in range(n_rows)]),
        "view": pa.array([f"a text that is not short {row}" for row in range(n_rows)], pa.string_view()),
        "kind": pa.array(["even", "odd"] * n_rows)[:n_rows].dictionary_encode(),
        "maybe": pa.array([None, 1] * n_rows)[:n_rows],
    }
    # Neither format has bfloat16.
    columns |= {name: lists(array, fixed) for name, array in logits.items() if name != "bf16"}
    columns |= {name: pa.array(array) for name, array in labels.items()}
    return pa.table(columns)


def write_ipc(name, table, writer, compression, rows):
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with writer(str(HERE / name), table.schema, options=options) as file:
        file.write_table(table, max_chunksize=rows)


def write_all(name, step):
    # The package safetensors writes the bytes of an array that is not contiguous as they lie.
    logits32 = np.ascontiguousarray(np.load(HERE.parent / f"{name}_logits.npy")[::step])
    labels64 = np.ascontiguousarray(np.load(HERE.parent / f"{name}_labels.npy")[::step])
    n_rows = len(logits32)
    logits = {key: logits32.astype(dtype) for key, dtype in FLOATS.items()}
    labels = {key: labels64.astype(dtype) for key, dtype in INTEGERS.items()}
    arrays = logits | labels

    for key, array in arrays.items():
        np.save(HERE / f"{name}_{key}.npy", array)
    np.savez(HERE / f"{name}.npz", **arrays)
    np.savez_compressed(HERE / f"{name}_deflated.npz", **arrays)
    save_file(arrays, HERE / f"{name}.safetensors")

    fixed, ragged = table(logits, labels, True), table(logits, labels, False)
    pa.parquet.write_table(fixed, HERE / f"{name}.parquet")
    pa.parquet.write_table(ragged, HERE / f"{name}_lists.parquet", compression="zstd", row_group_size=5)
    write_ipc(f"{name}.arrow", fixed, pa.ipc.new_file, None, n_rows)
    write_ipc(f"{name}_lists.arrow", ragged, pa.ipc.new_file, "lz4", 5)
    write_ipc(f"{name}_stream.arrow", ragged, pa.ipc.new_stream, "zstd", 7)

    # What needs no name: one array that can be logits, one that can be labels.
    pair = {"scores": logits32, "classes": labels64}
    np.savez(HERE / f"{name}_pair.npz", **pair)
    save_file(pair, HERE / f"{name}_pair.safetensors")
    pair = {"scores": lists(logits32, False), "classes": pa.array(labels64)}
    # Of a slice the offsets do not start at 0.
    longer = pa.table(pair)
    longer = pa.concat_tables([longer.slice(0, 3), longer]).combine_chunks()
    pa.parquet.write_table(longer.slice(3), HERE / f"{name}_pair.parquet", compression="gzip")
    write_ipc(f"{name}_pair.arrow", longer.slice(3), pa.ipc.new_file, None, n_rows)
    # With all that a writer can be asked to note.
    columns = {str(kind): pa.array([value] * n_rows, kind) for kind, value in TYPES.items()}
    pa.parquet.write_table(
        pa.table(columns | pair), HERE / f"{name}_types.parquet", data_page_version="2.0",
        sorting_columns=[pa.parquet.SortingColumn(0, descending=True, nulls_first=True)],
        bloom_filter_options={"string": {"ndv": 1}}, write_page_index=True, write_page_checksum=True,
    )
    # With every kind of column that Arrow has.
    kinds = {f"{kind} {place}": column for place, (kind, column) in enumerate(arrow_columns(n_rows))}
    write_ipc(f"{name}_types.arrow", pa.table(columns | kinds | pair), pa.ipc.new_file, None, 9)
    # Labels in every type of integers, and lists with offsets of 64 bits.
    integers = {
        f"{sign}{bits}": pa.array(labels64.astype(f"{sign}{bits // 8}"))
        for sign in "iu" for bits in (8, 16, 32, 64)
    }
    ends = pa.array(np.arange(n_rows + 1, dtype=np.int64) * logits32.shape[1])
    large = pa.LargeListArray.from_arrays(ends, pa.array(logits32.reshape(-1)))
    integers = pa.table(integers | {"scores": large})
    pa.parquet.write_table(integers, HERE / f"{name}_integers.parquet")
    write_ipc(f"{name}_integers.arrow", integers, pa.ipc.new_file, None, n_rows)
    lines = [f"{row},\"a, text\",{label}" for row, label in enumerate(labels64)]
    (HERE / f"{name}.csv").write_text("\n".join(["row,text,label", *lines]) + "\n")
    (HERE / f"{name}_pair.csv").write_text("\n".join(str(label) for label in labels64) + "\n")

    # Shards, whose order is that of their numbers.
    ends = [0, 1, n_rows // 2, n_rows]
    for folder in ("shards", "pairs"):
        (HERE / f"{name}_{folder}").mkdir(exist_ok=True)
    for number, start, end in zip([2, 10, 100], ends, ends[1:]):
        rows = {"scores": logits32[start:end], "classes": labels64[start:end]}
        np.save(HERE / f"{name}_shards" / f"part-{number}.npy", rows["scores"])
        save_file(rows, HERE / f"{name}_pairs" / f"part-{number}.safetensors")


write_all("digits", 50)
# More rows than are decoded at a time, without and with one of another length.
rows = np.tile(np.load(HERE / "digits_f32.npy"), (400, 1)).tolist()
for name, end in [("many", []), ("many_ragged", [[0.5]])]:
    column = pa.array(rows + end, pa.list_(pa.float32()))
    pa.parquet.write_table(pa.table({"scores": column}), HERE / f"digits_{name}.parquet", compression="zstd")
write_all("magika", 150)
