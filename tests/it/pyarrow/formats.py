"""Tables as pyarrow writes them, and whether what the host wrote is what pyarrow reads.

`formats.py write FOLDER` writes `in/`, `formats.py check FOLDER` compares `out/` with the same tables, and
says what differs.
"""

import datetime
import decimal
import gzip
import json
import os
import sys

import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.ipc
import pyarrow.json
import pyarrow.parquet

D = decimal.Decimal


def column(data_type, values):
    return pa.array(values, type=data_type)


def instants(unit, zone, values):
    """Timestamps by their count of units, as Python knows no nanoseconds."""
    return pa.array(values, type=pa.int64()).cast(pa.timestamp(unit, zone))


def plain():
    """What a text can stand for."""
    return {
        "on": column(pa.bool_(), [True, None, False]),
        "i8": column(pa.int8(), [-128, None, 127]),
        "i16": column(pa.int16(), [-(2**15), None, 2**15 - 1]),
        "i32": column(pa.int32(), [-(2**31), None, 2**31 - 1]),
        "i64": column(pa.int64(), [-(2**63), None, 2**63 - 1]),
        "u8": column(pa.uint8(), [0, None, 255]),
        "u16": column(pa.uint16(), [0, None, 2**16 - 1]),
        "u32": column(pa.uint32(), [0, None, 2**32 - 1]),
        "u64": column(pa.uint64(), [0, None, 2**64 - 1]),
        "f32": column(pa.float32(), [0.1, None, -1.5e30]),
        "f64": column(pa.float64(), [0.1, None, -1.5e300]),
        "text": column(pa.string(), ['a "text",\nof two lines', None, "ünïcödé, 名前"]),
        "dec": column(pa.decimal128(38, 10), [D("1.5"), None, D("-0.0000000001")]),
        "day": column(pa.date32(), [datetime.date(2022, 1, 31), None, datetime.date(1969, 12, 31)]),
        "time_s": column(pa.time32("s"), [datetime.time(1, 2, 3), None, datetime.time(23, 59, 59)]),
        "time_ms": column(pa.time32("ms"), [datetime.time(1, 2, 3, 4000), None, datetime.time(0)]),
        "time_us": column(pa.time64("us"), [datetime.time(1, 2, 3, 4), None, datetime.time(0)]),
        "at_s": instants("s", None, [1, None, -1]),
        "at_ms": instants("ms", None, [1, None, -1]),
        "at_us": instants("us", None, [1, None, -1]),
        "at_ns": instants("ns", None, [1, None, 1_700_000_000_123_456_789]),
        "at_utc": instants("us", "UTC", [1, None, -1]),
    }


def nested():
    """What JSON can hold beside it."""
    points = pa.struct([("x", pa.int64()), ("tags", pa.list_(pa.string()))])
    return {
        "list": column(pa.list_(pa.int64()), [[1, None, 3], None, []]),
        "lists": column(pa.list_(pa.list_(pa.string())), [[["a"], None, []], None, [["b", None]]]),
        "point": column(points, [{"x": 1, "tags": ["a", None]}, None, {"x": None, "tags": None}]),
        "points": column(pa.list_(points), [[{"x": 1, "tags": []}, None], None, []]),
    }


def others():
    """What only Arrow and Parquet can hold."""
    return {
        "map": column(pa.map_(pa.string(), pa.int32()), [[("k", 1), ("l", None)], None, []]),
        "pair": column(pa.list_(pa.int32(), 2), [[1, 2], None, [3, None]]),
        "big": column(pa.decimal256(60, 5), [D("1.5"), None, D("-1" + "0" * 50)]),
        "bytes": column(pa.binary(), [b"\xff\x00", None, b""]),
        "four": column(pa.binary(4), [b"1234", None, b"\0\0\0\0"]),
        "lasts": column(pa.duration("us"), [1, None, -1]),
        "at_berlin": instants("ns", "Europe/Berlin", [1, None, 1_700_000_000_123_456_789]),
        "word": column(pa.string(), ["x", None, "x"]).dictionary_encode(),
        "large": column(pa.large_string(), ["x", None, "y"]),
        "view": column(pa.string_view(), ["x", None, "a text of more than twelve bytes"]),
        "large_list": column(pa.large_list(pa.int64()), [[1], None, []]),
        "half": column(pa.float16(), [0.5, None, -1.5]),
        "day64": column(pa.date64(), [datetime.date(2022, 1, 31), None, datetime.date(1969, 12, 31)]),
        "none": pa.nulls(3),
        "time_ns": pa.array([1, None, 86_399_999_999_999], type=pa.int64()).cast(pa.time64("ns")),
    }


def table(*parts):
    columns = {}
    for part in parts:
        columns.update(part)
    return pa.table({"id": column(pa.int64(), [1, 2, 3]), **columns})


def versions():
    """A table before and after its structs got more fields, and wider ones."""
    old_at = pa.struct([("zip", pa.int32()), ("city", pa.struct([("name", pa.string())]))])
    city = pa.struct([("people", pa.int64()), ("name", pa.string())])
    new_at = pa.struct([("city", city), ("zip", pa.int64()), ("street", pa.string())])
    old_tags, new_tags = pa.struct([("k", pa.int16())]), pa.struct([("v", pa.bool_()), ("k", pa.int32())])
    old = {
        "at": column(old_at, [{"zip": 1, "city": {"name": "x"}}, None, {"zip": None, "city": None}]),
        "tags": column(pa.list_(old_tags), [[{"k": 1}, None], None, []]),
    }
    full = {"city": {"people": 7, "name": "y"}, "zip": 2**40, "street": "z"}
    new = {
        "tags": column(pa.list_(new_tags), [[{"v": True, "k": 2}], [], None]),
        "at": column(new_at, [full, None, {"city": None, "zip": None, "street": None}]),
    }
    return table(old), table(new)


def as_json(value):
    """A value as its text stands in JSON."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {as_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_json(item) for item in value) + "]"
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, (datetime.date, datetime.time)):
        return json.dumps(value.isoformat())
    return json.dumps(value)


def objects(found):
    texts = {}
    for name in found.column_names:
        values = found[name].combine_chunks()
        if pa.types.is_timestamp(values.type):
            values = values.cast(pa.string())
        texts[name] = values.to_pylist()
    return [as_json({name: texts[name][row] for name in texts}) for row in range(found.num_rows)]


def stored(path, data):
    with pa.output_stream(path, compression="detect") as stream:
        stream.write(data)


def write(folder):
    os.makedirs(f"{folder}/in")
    os.chdir(f"{folder}/in")
    flat, json_like, everything = table(plain()), table(plain(), nested()), table(plain(), nested(), others())
    for ending in ["csv", "csv.gz", "csv.zst"]:
        with pa.output_stream(f"plain.{ending}", compression="detect") as stream:
            pyarrow.csv.write_csv(flat, stream)
    lines = objects(json_like)
    for ending in ["", ".gz", ".zst"]:
        stored(f"nested.ndjson{ending}", "".join(f"{line}\n" for line in lines).encode())
        stored(f"nested.json{ending}", ("[\n  " + ",\n  ".join(lines) + "\n]\n").encode())
    for compression in ["none", "snappy", "zstd", "gzip", "lz4"]:
        pyarrow.parquet.write_table(everything, f"all.{compression}.parquet", compression=compression)
    os.mkdir("union")
    for number, version in enumerate(versions()):
        pyarrow.parquet.write_table(version, f"union/{number}.parquet")
        with pyarrow.ipc.new_file(f"union/{number}.arrow", version.schema) as writer:
            writer.write_table(version)
    for compression in [None, "lz4", "zstd"]:
        options = pyarrow.ipc.IpcWriteOptions(compression=compression)
        with pyarrow.ipc.new_file(f"all.{compression}.arrow", everything.schema, options=options) as writer:
            writer.write_table(everything, max_chunksize=2)
        with pyarrow.ipc.new_stream(f"all.{compression}.arrows", everything.schema, options=options) as writer:
            writer.write_table(everything, max_chunksize=2)


def read(folder, expected):
    """What the host has written to a folder."""
    names = sorted(name for name in os.listdir(folder) if not name.startswith("_"))
    first = f"{folder}/{names[0]}"
    if ".parquet" in first:
        return pyarrow.parquet.read_table(folder)
    if ".arrow" in first:
        return pa.concat_tables(pyarrow.ipc.open_file(f"{folder}/{name}").read_all() for name in names)
    if ".csv" in first:
        with pa.input_stream(first, compression="detect") as stream:
            return pyarrow.csv.read_csv(
                stream, parse_options=LINES_IN_VALUES, convert_options=csv_types(expected)
            )
    # pyarrow's own reader takes decimals and times as text only: what is text here is cast below.
    read_as = [pa.field(field.name, json_type(field.type)) for field in expected.schema]
    options = pyarrow.json.ParseOptions(explicit_schema=pa.schema(read_as))
    with pa.input_stream(first, compression="detect") as stream:
        lines = stream.read().decode().splitlines()
    texts = []
    for line in lines:
        row = json.loads(line, parse_float=decimal.Decimal)
        for field in read_as:
            if pa.types.is_string(field.type) and row[field.name] is not None:
                row[field.name] = str(row[field.name])
        texts.append(as_json(row))
    return pyarrow.json.read_json(pa.BufferReader("\n".join(texts).encode()), parse_options=options)


LINES_IN_VALUES = pyarrow.csv.ParseOptions(newlines_in_values=True)


def csv_types(expected):
    return pyarrow.csv.ConvertOptions(
        column_types=expected.schema, strings_can_be_null=True, quoted_strings_can_be_null=True
    )


def json_type(data_type):
    as_text = pa.types.is_decimal(data_type) or pa.types.is_temporal(data_type)
    return pa.string() if as_text else data_type


def base(data_type):
    """The type in the one layout that the host writes."""
    if pa.types.is_dictionary(data_type):
        return base(data_type.value_type)
    if pa.types.is_large_string(data_type) or pa.types.is_string_view(data_type):
        return pa.string()
    if pa.types.is_large_list(data_type):
        return pa.list_(base(data_type.value_type))
    return data_type


def differences(found, expected, same_types):
    if found.column_names != expected.column_names:
        yield f"columns are {found.column_names}"
        return
    for name in expected.column_names:
        wanted, given = expected[name].combine_chunks(), found[name].combine_chunks()
        if pa.types.is_dictionary(wanted.type):
            wanted = wanted.dictionary_decode()
        if same_types and given.type != base(wanted.type):
            yield f"{name} is of type {given.type}, not {base(wanted.type)}"
        if pa.types.is_time(wanted.type) and pa.types.is_string(given.type):
            # pyarrow casts no text to times.
            times = [value and datetime.time.fromisoformat(value) for value in given.to_pylist()]
            given = pa.array(times, type=wanted.type)
        try:
            same = given.cast(wanted.type).equals(wanted)
        except pa.ArrowInvalid as error:
            same, given = False, error
        except pa.ArrowNotImplementedError:
            same = given.to_pylist() == wanted.to_pylist()
        if not same:
            yield f"{name} is {given.to_pylist() if isinstance(given, pa.Array) else given}, not {wanted.to_pylist()}"


def check(folder):
    tables = {
        "plain": table(plain()),
        "nested": table(plain(), nested()),
        "all": table(plain(), nested(), others()),
        "union": pa.concat_tables(versions(), promote_options="permissive"),
    }
    wrong = 0
    names = sorted(os.listdir(f"{folder}/out"))
    for name in names:
        expected = tables[name.split("-")[0]]
        if name.endswith("-parts"):
            kind = name.split("-")[1]
            if kind == "csv":
                kind = pyarrow.dataset.CsvFileFormat(LINES_IN_VALUES, convert_options=csv_types(expected))
            hive = pyarrow.dataset.partitioning(flavor="hive")
            found = pyarrow.dataset.dataset(f"{folder}/out/{name}", format=kind, partitioning=hive)
            # Folders come in the order of their names.
            found = found.to_table(columns=expected.column_names).sort_by("id")
        else:
            found = read(f"{folder}/out/{name}", expected)
        # Text is read with the types that are told, and Parquet has no seconds.
        same_types = ("-in-" in name or "-ipc-" in name) and "parquet" not in name and "parts" not in name
        for difference in differences(found, expected, same_types):
            print(f"{name}: {difference}")
            wrong += 1
    print(f"{len(names)} outputs")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2])
