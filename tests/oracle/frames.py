"""The expectation as Arrow tables, in the types that the lake promises its readers."""

import pyarrow as pa

from oracle.events import COUNT_MEASURES, MEASURES, ROLLUPS, windows

MONEY = pa.decimal128(38, 12)
MILLISECONDS = pa.decimal128(18, 3)
MILLISECONDS_SUM = pa.decimal128(38, 3)
TIME = pa.timestamp("us", tz="UTC")

EVENT_TYPES = {
    **dict.fromkeys(
        "event_id provider model requested_model tenant user_id feature workflow run_id session_id "
        "agent region route service_tier requested_service_tier status usage_state served_from "
        "emitter price_status price_match price_entry".split(),
        pa.string(),
    ),
    **dict.fromkeys(
        "sequence attempt input_tokens output_tokens cache_read_tokens cache_write_tokens "
        "cache_write_5m_tokens cache_write_1h_tokens output_reasoning_tokens kafka_offset".split(),
        pa.int64(),
    ),
    **dict.fromkeys(
        "gpu_seconds reported_cost_usd cost_usd input_cost_usd output_cost_usd other_cost_usd "
        "list_cost_usd contracted_cost_usd".split(),
        MONEY,
    ),
    "latency_ms": MILLISECONDS,
    "time_to_first_token_ms": MILLISECONDS,
    "event_time": TIME,
    "kafka_time": TIME,
    "kafka_partition": pa.int32(),
    "other_usage": pa.list_(pa.struct([("key", pa.string()), ("value", MONEY)])),
    "attributes": pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())])),
    "kafka_topic": pa.string(),
    "kafka_topic_id": pa.string(),
}
DIMENSIONS = (
    "tenant user_id feature workflow provider model requested_model agent region route "
    "service_tier status".split()
)
WINDOW_KEYS = ("rollup", "window_start", "window_seconds", *DIMENSIONS)


def measure_type(name):
    """The type of a measure's sum."""
    if name in COUNT_MEASURES or name.endswith("_tokens"):
        return pa.int64()
    return {"latency_ms_sum": MILLISECONDS_SUM, "latency_ms_max": MILLISECONDS}.get(name, MONEY)


def event_table(expectations):
    """All expected events, one row each; maps as lists of entries sorted by key."""
    columns = {name: [] for name in EVENT_TYPES}
    for expectation in expectations:
        for event in expectation.events:
            for name, column in columns.items():
                column.append(event[name])
    for name in ("other_usage", "attributes"):
        columns[name] = [sorted((value or {}).items()) for value in columns[name]]
    return pa.table({name: pa.array(columns[name], kind) for name, kind in EVENT_TYPES.items()})


def reject_table(expectations):
    """All expected rejects: where, and why."""
    rows = [(one.topic, one.topic_id, *reject) for one in expectations for reject in one.rejects]
    names = ("kafka_topic", "kafka_topic_id", "kafka_partition", "kafka_offset", "reason")
    types = (pa.string(), pa.string(), pa.int32(), pa.int64(), pa.string())
    return pa.table(
        {
            name: pa.array([row[at] for row in rows], kind)
            for at, (name, kind) in enumerate(zip(names, types, strict=True))
        }
    )


def window_table(expectations):
    """All expected cost windows, one row each."""
    found = windows(event for one in expectations for event in one.events)
    columns = {name: [] for name in (*WINDOW_KEYS, *MEASURES)}
    for (rollup, start_us, seconds, *values), sums in found.items():
        dimensions = dict(zip(ROLLUPS[rollup][1], values, strict=True))
        columns["rollup"].append(rollup)
        columns["window_start"].append(start_us)
        columns["window_seconds"].append(seconds)
        for name in DIMENSIONS:
            columns[name].append(dimensions.get(name))
        for name, value in zip(MEASURES, sums, strict=True):
            columns[name].append(value)
    types = {"window_start": TIME, "window_seconds": pa.int64()}
    types.update((name, measure_type(name)) for name in MEASURES)
    return pa.table(
        {name: pa.array(column, types.get(name, pa.string())) for name, column in columns.items()}
    )
