"""Writes the files in the folder beside it, each of which tries what list.tsv says of it.

    pip install numpy==2.4.6 safetensors==0.8.0 pyarrow==26.0.1
    python make.py
"""

import io
import json
import pathlib
import struct
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

HERE = pathlib.Path(__file__).parent
ROWS = np.array([[1, 0, -1], [0.5, 0.25, 0]], "f4")
TRIES = []


def hostile(name, data, what):
    (HERE / "files" / name).write_bytes(data)
    TRIES.append((name, what))


def npy(shape="(2, 3)", descr="<f4", data=ROWS.tobytes()):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def entry(name, data, packed=None, method=None, size=None, crc=None, flags=0, at=None):
    """What the two headers of an entry of a zip archive say, and its bytes."""
    packed, method = (data, 0) if packed is None else (packed, 8 if method is None else method)
    size = len(data) if size is None else size
    crc = zlib.crc32(data) if crc is None else crc
    return name.encode(), packed, method, size, crc, flags, at


def zip_of(*entries):
    out, directory = b"", b""
    for name, packed, method, size, crc, flags, at in entries:
        both = struct.pack("<HHHHHLLLHH", 20, flags, method, 0, 33, crc, len(packed), size, len(name), 0)
        at = len(out) if at is None else at
        directory += b"PK\1\2" + struct.pack("<H", 20) + both
        directory += struct.pack("<HHHLL", 0, 0, 0, 0, at) + name
        out += b"PK\3\4" + both + name + packed
    end = struct.pack("<HHHHLLH", 0, 0, len(entries), len(entries), len(directory), len(out), 0)
    return out + directory + b"PK\5\6" + end


plain = entry("logits.npy", npy())
zeros = bytes(50_000_000)
hostile("bomb.npz", zip_of(entry("x.npy", npy() + zeros, deflate(npy() + zeros))),
        "an archive of 50 kB that inflates to 50 MB after an array of 24 bytes")
hostile("bomb_that_lies.npz", zip_of(entry("x.npy", npy() + zeros, deflate(npy() + zeros), size=len(npy()))),
        "the same, with the size of the array alone in the directory")
hostile("ratio.npz", zip_of(entry("x.npy", npy("(500000000, 2)"), deflate(npy()), size=4_000_000_128)),
        "4 GB claimed by an array of fewer bytes than deflate could hold it in")
short = npy("(200,)", "<i8")
nothing = npy("(0,)", "<i8")
hostile("labels_nothing.npz", zip_of(entry("x.npy", nothing, deflate(nothing), size=128)),
        "an array without numbers, which goes on all the same")
hostile("labels_short.npz", zip_of(entry("x.npy", short, deflate(short), size=1728)),
        "an array that inflates to less than the directory says")
hostile("stored_size.npz", zip_of(entry("x.npy", npy(), size=1 << 30)),
        "a stored array whose two sizes differ")
hostile("twice.npz", zip_of(plain, entry("logits.npy", npy(data=bytes(24)))),
        "two arrays of one name, of which one program reads the first and another the last")
hostile("outside.npz", zip_of(entry("x.npy", npy(), at=1 << 30)),
        "an array that starts beyond the end of the file")
hostile("beyond.npz", zip_of(plain)[:100] + zip_of(plain)[-78:],
        "an array that ends beyond the end of the file")
hostile("overflow.npz", zip_of(entry("x.npy", npy("(4294967296, 4294967296)"))),
        "a shape whose product is 0 in 64 bits")
hostile("checksum.npz", zip_of(entry("x.npy", npy(), crc=1)),
        "numbers that are not those that the archive was made of")
hostile("checksum_deflated.npz", zip_of(entry("x.npy", npy(), deflate(npy()), crc=1)),
        "the same, deflated")
hostile("encrypted.npz", zip_of(entry("x.npy", npy(), flags=1)), "an encrypted array")
hostile("bzip2.npz", zip_of(entry("x.npy", npy(), npy(), method=12)), "another compression")
hostile("noise.npz", zip_of(entry("x.npy", npy(), deflate(npy())[:60] + b"\xff" * 20)),
        "an array that does not inflate")
hostile("nothing.npz", zip_of(), "no array")
hostile("text.npz", zip_of(entry("readme.txt", b"x")), "an archive without an array")
hostile("object.npz", zip_of(entry("x.npy", npy("(2,)", "|O"))), "a pickle, which would run a program")
hostile("cut.npz", zip_of(plain)[:200], "an archive without its directory")
hostile("many.npz", zip_of(plain)[:-14] + struct.pack("<HHLLH", 65534, 65534, 56, 192, 0),
        "65534 arrays in a directory of one")


def tensors(header, data=ROWS.tobytes(), length=None):
    if not isinstance(header, (str, bytes)):
        header = json.dumps(header)
    header = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def tensor(dtype="F32", shape=(2, 3), start=0, end=24):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


x = json.dumps(tensor())
hostile("empty.safetensors", b"", "nothing")
hostile("length.safetensors", tensors({"x": tensor()}, length=2**64 - 1), "a header of 2^64 - 1 bytes")
hostile("long.safetensors", tensors({"x": tensor()}, length=2**24), "a header longer than the file")
hostile("longest.safetensors", tensors({"x": tensor()}, length=2**25), "the longest header, longer than the file")
hostile("length_alone.safetensors", tensors("", b"", length=2), "the length of a header without the header")
hostile("list.safetensors", tensors([1], b""), "a header that is a list")
hostile("none.safetensors", tensors({}, b""), "no tensor")
hostile("nested.safetensors", tensors('{"x":' + "[" * 50000), "50000 lists in each other")
hostile("noise.safetensors", tensors(b"{\xff\xfe\x00"), "a header that is no text")
hostile("lines.safetensors", tensors('{"x\\n\\u001b[31m": 1}'), "a name that would break the line of the message")
hostile("twice.safetensors", tensors(f'{{"x": {x}, "x": {x}}}'), "two tensors of one name")
hostile("outside.safetensors", tensors({"x": tensor(end=1 << 40, shape=(1 << 37, 2))}), "offsets beyond the file")
hostile("backwards.safetensors", tensors({"x": tensor(start=24, end=0)}), "a tensor that ends before it starts")
hostile("negative.safetensors", tensors({"x": tensor(start=-24)}), "a negative offset")
hostile("overlap.safetensors", tensors({"x": tensor(), "y": tensor()}), "two tensors in one place")
hostile("gap.safetensors", tensors({"x": tensor(), "y": tensor(start=32, end=56)}, bytes(56)), "a gap for hidden bytes")
hostile("tail.safetensors", tensors({"x": tensor()}, bytes(30)), "bytes after the last tensor")
hostile("overflow.safetensors", tensors({"x": tensor(shape=(1 << 62, 1 << 62))}), "a shape whose product overflows")
hostile("product.safetensors", tensors({"x": tensor(shape=(2, 4))}), "a shape of more numbers than bytes")
hostile("dtype.safetensors", tensors({"x": tensor("F128")}), "a type that does not exist")
hostile("eighths.safetensors", tensors({"x": tensor("F8_E4M3", (4, 6))}), "floats of 8 bits")

hostile("nan.csv", b"label\n0\nNaN\n", "a label that is no number")
hostile("float.csv", b"0\n1.0\n", "a label that is no integer")
hostile("large.csv", b"0\n9223372036854775808\n", "a label of more than 63 bits")
hostile("missing.csv", b"label,text\n0,a\n,b\n", "a label that is missing")
hostile("ragged.csv", b"0,1\n1\n", "rows of different lengths")
hostile("quote.csv", b"0\n\"1\n1\n", "a quote that does not end")
hostile("noise.csv", bytes(range(256)), "bytes that are no text")
hostile("empty.csv", b"", "nothing")


def parquet(columns, **options):
    out = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def ipc(columns, writer=pa.ipc.new_file, compression=None, rows=None):
    table, out = pa.table(columns), io.BytesIO()
    with writer(out, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as file:
        file.write_table(table, max_chunksize=rows)
    return out.getvalue()


def replaced(data, old, new):
    assert data.count(old) >= 1, old
    return data.replace(old, new)


def thrift(number):
    """Some number, unsigned."""
    return bytes([number & 127 | 128]) + thrift(number >> 7) if number > 127 else bytes([number])


lists = {"x": pa.array(ROWS.tolist(), pa.list_(pa.float32()))}
fixed = {"x": pa.FixedSizeListArray.from_arrays(pa.array(ROWS.reshape(-1)), 3)}
nulls = {"x": pa.array([[1, 2], None], pa.list_(pa.float32()))}
inner = {"x": pa.array([[1, 2], [3, None]], pa.list_(pa.float32()))}
ragged = {"x": pa.array([[1, 2], [3]], pa.list_(pa.float32()))}
none = {"x": pa.array([], pa.list_(pa.float32()))}
text = {"x": pa.array(["a", "b"])}
for ending, write in [("parquet", parquet), ("arrow", ipc)]:
    hostile(f"nulls.{ending}", write(nulls), "a row that is missing")
    hostile(f"inner.{ending}", write(inner), "a number that is missing")
    hostile(f"ragged.{ending}", write(ragged), "rows of different lengths")
    hostile(f"none.{ending}", write(none), "no row, and so no number of classes")
    hostile(f"text.{ending}", write(text), "text in place of numbers")
    hostile(f"twice.{ending}", write(pa.table([fixed["x"]] * 2, ["x", "x"])), "two columns of one name")
    whole = write(lists)
    hostile(f"cut.{ending}", whole[: len(whole) // 2], "half of a file")
    hostile(f"start.{ending}", whole[:12], "the start of a file")
    second = write({"z": pa.array(["a", "b"]), "y": pa.array([1, None])})
    hostile(f"labels_nulls.{ending}", second, "a label that is missing, in a second column")

whole = parquet(lists, compression="none", use_dictionary=False)
hostile("footer.parquet", whole[:-8] + struct.pack("<L", 2**31 - 1) + b"PAR1", "a footer of 2 GiB")
hostile("metadata.parquet", whole[:-8] + b"\xff" * 50 + struct.pack("<L", 50) + b"PAR1", "a footer of noise")
hostile("page.parquet", whole[:4] + b"\xff" * 60 + whole[64:], "a page of noise")
hostile("pages.parquet", whole[:4] + b"\x15\x00\x15\xfe\xff\xff\xff\x0f" + whole[12:], "the header of a page without its size")
for name, number in [("dictionary", 2**31 - 1), ("more", 6), ("negative", -1)]:
    few = parquet(lists, compression="none", use_dictionary=True)
    # The header of a dictionary of 5 numbers: field 7, of which the first is their number.
    noted = replaced(few[:60], b"\x4c\x15\x0a", b"\x4c\x15" + thrift(number << 1 ^ number >> 31))
    hostile(f"{name}.parquet", noted + few[60:], f"{number} numbers in a dictionary of 5")
labels = {"y": pa.array(np.zeros(3000, "i8"))}
whole = parquet(labels, use_dictionary=False)
hostile("labels_snappy.parquet", whole[:40] + b"\xff" * 40 + whole[80:], "a page that does not decompress")
whole = parquet(labels, use_dictionary=False)
assert whole[4:7] == b"\x15\0\x15" and whole[7] & 128 and whole[8] & 128
hostile("labels_page.parquet", whole[:7] + b"\xfe\xff\xff\xff\x0f" + whole[10:], "a page of 2 GiB less a byte")
hostile("labels_largest.parquet", whole[:7] + thrift(2 << 28) + whole[10:], "a page of the most bytes that are read")
bell = pa.array([[1]], pa.list_(pa.field("\a", pa.float32())))
hostile("labels_bell.parquet", parquet({"y": bell}, use_compliant_nested_type=False), "a name that a terminal obeys")
hostile("labels_cut.parquet", whole[:60] + whole[70:], "ten bytes fewer than the footer counts")


def element(name, children):
    return b"\x48" + thrift(len(name)) + name + (b"\x15" + thrift(2 * children) if children else b"") + b"\0"


def footer(elements, version=b"\x15\2", schema=b"\x19"):
    """The footer of a file without rows."""
    meta = version + schema + b"\xfc" + thrift(len(elements)) + b"".join(elements) + b"\x16\0\x19\x0c\0"
    return b"PAR1" + meta + struct.pack("<L", len(meta)) + b"PAR1"


deep = [element(b"root", 1)] + [element(b"g", 1)] * 9000 + [element(b"x", 0)]
hostile("deep.parquet", footer(deep), "9000 structures in each other, for a stack to overflow")
hostile("children.parquet", footer([element(b"root", 1 << 29)] * 3), "more children than there are")
hostile("child.parquet", footer([element(b"root", 1)] * 3), "a child more than there are")


def sound(name, children):
    """An element of a footer that its package takes: required, and with a type where it has no children."""
    kind = b"\x35" if children else b"\x15\2\x25"
    return kind + b"\0\x18" + element(name, children)[1:]


# Without rows, but sound.
deepest = [sound(b"root", 1)] + [sound(b"g", 1)] * 63 + [sound(b"x", 0)]
hostile("deepest.parquet", footer(deepest), "as many structures in each other as are read")
beside = [sound(b"root", 70)] + [sound(b"g", 1), sound(b"x", 0)] * 70
hostile("beside.parquet", footer(beside), "more structures than that, beside each other")
many = footer([element(b"root", 1), element(b"x", 0)] * 8).replace(b"\x19\xfc\x10", b"\x19\xfc\xff\xff\xff\x07")
hostile("elements.parquet", many[:-8] + struct.pack("<L", len(many) - 12) + b"PAR1", "2^24 columns announced, of 16")
groups = footer([element(b"root", 1)] + [element(b"x", 0)] * 16)
groups = groups[:-10] + b"\xfc\xff\xff\xff\x07\0"
hostile("groups.parquet", groups + struct.pack("<L", len(groups) - 4) + b"PAR1", "2^24 groups of rows announced, of none")
# Fields 16 and on. The package skips truth values in lists one by one, without a byte for each.
truths = b"".join(step + b"\xf2\xff\xff\xff\xff\x07" for step in [b"\xf9"] + [b"\x19"] * 99)
few = [element(b"root", 1), element(b"x", 0)]
hostile("types.parquet", footer(few, version=b"\x18" + thrift(len(truths)) + truths),
        "a version that is a text: 100 lists of 2^31 - 1 truth values where it is read as a number")
hostile("truths.parquet", footer(few, b"\x15\2\xf9\xf2" + thrift(len(truths)) + truths, schema=b"\x09\4"),
        "a list of truth values: the same lists where they take no bytes")
hostile("numbers.parquet", footer(deep, schema=b"\x09" + thrift(2 * 65538)),
        "9000 structures in each other in field 2^16 + 2, of which 16 bits are 2")
wrapped = element(b"g", 1).replace(b"\x15\2", b"\x15" + thrift(2 * (2**32 - 1) - 1))
hostile("wrapped.parquet", footer(deep[:1] + [wrapped] * 9000 + deep[-1:]),
        "9000 structures with 1 - 2^32 children, of which 32 bits are 1")
whole = parquet({"y": np.zeros(200, "i8")}, compression="none", use_dictionary=False)
assert whole[12:14] == b"\x2c\x15"
hostile("labels_types.parquet", whole[:12] + b"\x18" + thrift(len(truths)) + truths + b"\x1c" + whole[13:],
        "a checksum of a page that is a text: the same lists")
rows = pa.array(np.zeros((2, 200), "f4").tolist(), pa.list_(pa.float32()))
whole = parquet({"x": rows}, compression="none", use_dictionary=False, write_statistics=False,
                data_page_size=1, write_batch_size=1)
page = whole.index(whole[4:9], 5)
inside = page + 22
hostile("index.parquet", whole[:page + 1] + b"\2" + whole[page + 2:inside] + truths + whole[inside + len(truths):],
        "a page that is an index: the same lists where its inside is read as a page")

hostile("late.arrow", ipc(ragged, rows=1), "a second batch whose rows have another length")
whole = ipc(fixed)
two = struct.pack("<q", 2)
hostile("rows.arrow", replaced(whole, two, struct.pack("<q", 1 << 61)), "2^61 rows in a batch of two")
hostile("nodes.arrow", replaced(whole, two + bytes(8), bytes(16)), "more rows than the column has")
hostile("negative.arrow", replaced(whole, two, struct.pack("<q", -2)), "a negative number of rows")
hostile("metadata.arrow", whole[:12] + struct.pack("<L", 2**31) + whole[16:], "a schema of 2 GiB")
hostile("noise.arrow", whole[:16] + b"\xff" * 60 + whole[76:], "a schema of noise")
hostile("footer.arrow", whole[:-10] + struct.pack("<L", 2**31) + b"ARROW1", "a footer of 2 GiB")
body = struct.pack("<q", 24)
hostile("body.arrow", whole.replace(body, struct.pack("<q", 1 << 40)), "rows of 2^40 bytes")
hostile("bodies.arrow", whole.replace(body, struct.pack("<q", -24)), "rows of fewer than 0 bytes")
stream = ipc(lists, pa.ipc.new_stream)
hostile("schema.arrow", stream[8 + struct.unpack("<L", stream[4:8])[0]:], "rows without a schema")
hostile("offsets.arrow", stream.replace(struct.pack("<lll", 0, 3, 6), struct.pack("<lll", 6, 3, 0)),
        "lists that end before they start")
hostile("far.arrow", stream.replace(struct.pack("<lll", 0, 3, 6), struct.pack("<lll", 1 << 30, 3 + (1 << 30), 6 + (1 << 30))),
        "lists beyond the numbers there are")
hostile("lists.arrow", replaced(stream, struct.pack("<q", 12), struct.pack("<q", 8)), "more lists than ends of lists")
strings, numbers = pa.array(["a", "b"]), pa.array([0, 1])
of = lambda *columns: ipc(dict(zip("abc", columns)), pa.ipc.new_stream)
starts = lambda stream: 8 + struct.unpack("<L", stream[4:8])[0]
claims = of(strings, numbers)
for name, has in [("columns", of(strings)), ("buffers", of(numbers, numbers))]:
    hostile(f"labels_{name}.arrow", claims[:starts(claims)] + has[starts(has):], f"a schema of more {name} than a batch has")
for codec in ["lz4", "zstd"]:
    packed = ipc(labels, compression=codec)
    at = packed.index(struct.pack("<q", 24000)) + 12
    noise = packed[:at] + b"\xff" * 8 + packed[at + 8:]
    hostile(f"labels_{codec}.arrow", noise, f"{codec} that does not decompress")
    claim = replaced(packed, struct.pack("<q", 3000), struct.pack("<q", 1 << 50))
    claim = replaced(claim, struct.pack("<q", 24000), struct.pack("<q", 1 << 53))
    hostile(f"labels_{codec}_rows.arrow", claim, f"2^50 labels in {codec} of 3000")
packed = ipc({"x": pa.array([[1, 2, 3]] * 999, pa.list_(pa.float32()))}, compression="lz4")
at = packed.index(struct.pack("<q", 4000)) + 12
hostile("offsets_lz4.arrow", packed[:at] + b"\xff" * 8 + packed[at + 8:], "ends of lists that do not decompress")
zeros = npy("(6250000,)", "<i8", bytes(50_000_000))
hostile("labels_bomb.npz", zip_of(entry("y.npy", zeros, deflate(zeros))), "50 MB of labels in 50 kB")

listed = [tuple(line.split("\t")[:2]) for line in (HERE / "list.tsv").read_text().splitlines()]
assert listed == TRIES, set(listed) ^ set(TRIES)
