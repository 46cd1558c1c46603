"""What a native event is: an independent reading of the event rules, to judge the program by.

`decode` turns the bytes of one message into a plain dict of columns, or into a `Reject` with its
reason. Nothing here knows how tokenmeter does it.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal

MESSAGE_BYTES_MAX = 1 << 20
EVENT_ID_BYTES_MAX = 128
TEXT_BYTES_MAX = 1024
ATTRIBUTE_BYTES_MAX = 4096
ATTRIBUTES_MAX = 32
COUNT_MAX = (1 << 63) - 1
USAGE_COUNT_MAX = 10**12
DEPTH_MAX = 127
# What each column can hold, rounded to its last place.
MILLISECONDS_END = Decimal(10) ** 15
QUANTITY_END = Decimal(10) ** 26
COST_MAX = Decimal(10) ** 16
# 0001-01-01T00:00:00Z and 9999-12-30T22:00:00.999999Z.
INSTANT_MIN_US = -62_135_596_800_000_000
INSTANT_MAX_US = 253_402_207_200_999_999
PAST_SPAN_S = 30 * 86_400
FUTURE_SPAN_S = 3_600

REQUIRED_TEXTS = ("event_id", "provider", "model")
OPTIONAL_TEXTS = (
    "requested_model",
    "feature",
    "workflow",
    "run_id",
    "session_id",
    "agent",
    "region",
    "route",
    "service_tier",
    "requested_service_tier",
    "emitter",
)
# What a missing text stands for.
DEFAULT_TEXTS = {"tenant": "", "user_id": ""}
CLOSED_TEXTS = {
    "status": ("ok", "error", "cancelled"),
    "usage_state": ("final", "partial", "estimated"),
    "served_from": ("model", "app_cache"),
}
COUNTERS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_reasoning_tokens",
)
MODALITIES = ("text", "audio", "image", "video")
INTEGERS = {"sequence": 0, "attempt": 1}
MILLISECONDS = ("latency_ms", "time_to_first_token_ms")
KNOWN = {
    *REQUIRED_TEXTS,
    *OPTIONAL_TEXTS,
    *DEFAULT_TEXTS,
    *CLOSED_TEXTS,
    *COUNTERS,
    *INTEGERS,
    *MILLISECONDS,
    "event_time",
    "gpu_seconds",
    "reported_cost_usd",
    "attributes",
}

TIME_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)\Z", re.ASCII
)
NUMBER_FORM = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
ESCAPES = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
EPOCH_DAY = date(1970, 1, 1).toordinal()
# The calendar repeats itself after so many years and days.
CALENDAR_YEARS, CALENDAR_DAYS = 400, 146_097
EXACT = Context(prec=200, Emin=MIN_EMIN, Emax=MAX_EMAX)
# More digits than a message has.
EXPONENT_MAX = 4 * MESSAGE_BYTES_MAX


@dataclass(frozen=True)
class Reject(Exception):
    """A message that is no valid event, and why."""

    reason: str
    detail: str = ""


def decode(payload, kafka_time_ms, other_units):
    """The columns of the event in `payload`, or raises `Reject`.

    `kafka_time_ms`: the record's time, None for a file. `other_units`: names of the usage units
    that have no column of their own.
    """
    fields = parse(payload, KNOWN | other_units)
    event = {name: text(fields, name) for name in OPTIONAL_TEXTS}
    for name in REQUIRED_TEXTS:
        limit = EVENT_ID_BYTES_MAX if name == "event_id" else TEXT_BYTES_MAX
        event[name] = text(fields, name, limit)
        if not event[name]:
            raise Reject("missing_field", name)
    for name, default in DEFAULT_TEXTS.items():
        event[name] = text(fields, name) or default
    for name, values in CLOSED_TEXTS.items():
        value = text(fields, name)
        event[name] = values[0] if value is None else value
        if event[name] not in values:
            raise Reject("wrong_type", name)
    event["event_time"] = event_time(fields)
    for name in COUNTERS:
        event[name] = counter(fields, name)
    for name, least in INTEGERS.items():
        event[name] = integer(fields, name, least)
    for name in MILLISECONDS:
        event[name] = milliseconds(fields, name)
    event["gpu_seconds"] = quantity(fields, "gpu_seconds")
    event["reported_cost_usd"] = money(fields, "reported_cost_usd")
    event["other_usage"] = {name: quantity(fields, name) for name in other_units if name in fields}
    event["attributes"] = attributes(fields)
    check_usage(event)
    check_span(event["event_time"], kafka_time_ms)
    return event


class Fields(dict):
    """A JSON object that remembers which names it had twice."""

    def __init__(self, pairs):
        super().__init__(pairs)
        met = set()
        self.repeated = {name for name, _ in pairs if name in met or met.add(name)}


def parse(payload, known):
    """The top-level fields of a JSON object, none of them null; of the known names none twice."""
    if len(payload) > MESSAGE_BYTES_MAX:
        raise Reject("too_large")
    try:
        document = payload.decode("utf-8")
    except UnicodeDecodeError:
        raise Reject("not_utf8") from None
    try:
        value = json.loads(
            document,
            object_pairs_hook=Fields,
            parse_int=number,
            parse_float=number,
            parse_constant=refuse_constant,
        )
    except (ValueError, RecursionError):
        raise Reject("not_json") from None
    if is_too_deep(document) or has_half_character(document):
        raise Reject("not_json")
    if not isinstance(value, Fields):
        raise Reject("not_an_object")
    # A name that means nothing to us may come as often as it likes.
    if value.repeated & known:
        raise Reject("duplicate_field", min(value.repeated & known))
    return {name: field for name, field in value.items() if field is not None}


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def number(spelling):
    """A number exactly; an absurd exponent is held at a bound beyond what any digits reach."""
    mantissa, _, exponent = spelling.lower().partition("e")
    sign = "-" if exponent.startswith("-") else ""
    digits = exponent.lstrip("+-").lstrip("0") or "0"
    return Decimal(f"{mantissa}e{sign}{min(int(digits[:9]), EXPONENT_MAX)}")


def is_too_deep(document):
    """Whether containers of a JSON text nest deeper than they may."""
    if document.count("[") + document.count("{") <= DEPTH_MAX:
        return False
    depth = deepest = 0
    for character in STRINGS.sub("", document):
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest > DEPTH_MAX


def has_half_character(document):
    """Whether an escape of a JSON text names one half of a surrogate pair without the other."""
    expected = None
    for escape in ESCAPES.finditer(document):
        code = int(escape[1], 16) if escape[1] else 0
        is_low = 0xDC00 <= code <= 0xDFFF
        if (expected == escape.start()) != is_low or (expected is not None and not is_low):
            return True
        expected = escape.end() if 0xD800 <= code <= 0xDBFF else None
    return expected is not None


def text(fields, name, bytes_max=TEXT_BYTES_MAX):
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Reject("wrong_type", name)
    if len(value.encode("utf-8")) > bytes_max:
        raise Reject("field_too_long", name)
    return value


def whole(value):
    """The value as an int if it is a whole number in any spelling (`100`, `100.0`, `1e2`).

    One of more than thirty digits is no number that any field may have.
    """
    if not is_number(value) or (value and value.adjusted() > 30):
        return None
    return int(value) if value == value.to_integral_value() else None


def is_number(value):
    return isinstance(value, Decimal)


def event_time(fields):
    """Microseconds since the Unix epoch."""
    value = fields.get("event_time")
    if value is None:
        raise Reject("missing_field", "event_time")
    if is_number(value):
        time_ms = whole(value)
        time_us = None if time_ms is None else time_ms * 1_000
    elif isinstance(value, str):
        time_us = instant(value)
    else:
        raise Reject("wrong_type", "event_time")
    if time_us is None or not INSTANT_MIN_US <= time_us <= INSTANT_MAX_US:
        raise Reject("bad_time", str(value))
    return time_us


def instant(value):
    """Microseconds since the Unix epoch of an RFC 3339 text; None if it is none.

    A leap second is the second before it.
    """
    form = TIME_FORM.match(value)
    if not form:
        return None
    *parts, fraction, offset = form.groups()
    year, month, day, hour, minute, second = map(int, parts)
    try:
        # Python's calendar has no year 0.
        day = date(CALENDAR_YEARS + year % CALENDAR_YEARS, month, day).toordinal()
    except ValueError:
        return None
    days = day + (year // CALENDAR_YEARS - 1) * CALENDAR_DAYS - EPOCH_DAY
    if hour > 23 or minute > 59 or second > 60:
        return None
    seconds = days * 86_400 + hour * 3_600 + minute * 60 + min(second, 59)
    if offset not in "Zz":
        hours, minutes = int(offset[1:3]), int(offset[4:])
        if hours > 23 or minutes > 59:
            return None
        seconds -= int(offset[0] + "1") * (hours * 3_600 + minutes * 60)
    return seconds * 1_000_000 + int(((fraction or "") + "000000")[:6])


def counter(fields, name):
    value = fields.get(name)
    if value is None:
        return None
    if is_number(value) and value < 0:
        raise Reject("negative_usage", name)
    count = whole(value)
    if count is None or count > USAGE_COUNT_MAX:
        raise Reject("wrong_type", name)
    return count


def integer(fields, name, least):
    value = fields.get(name)
    if value is None:
        return None
    found = whole(value)
    if found is None or not least <= found <= COUNT_MAX:
        raise Reject("wrong_type", name)
    return found


def milliseconds(fields, name):
    value = fields.get(name)
    if value is None:
        return None
    if not is_number(value) or not 0 <= value < MILLISECONDS_END:
        raise Reject("wrong_type", name)
    value = rounded(value, 3)
    if value == MILLISECONDS_END:
        raise Reject("wrong_type", name)
    return value


def quantity(fields, name):
    value = fields.get(name)
    if value is None:
        return None
    if is_number(value) and value < 0:
        raise Reject("negative_usage", name)
    if not is_number(value) or value >= QUANTITY_END or rounded(value, 12) == QUANTITY_END:
        raise Reject("wrong_type", name)
    return rounded(value, 12)


def money(fields, name):
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, str) and NUMBER_FORM.match(value):
        value = number(value)
    if not is_number(value) or not 0 <= value < COST_MAX + 1 or rounded(value, 12) > COST_MAX:
        raise Reject("wrong_type", name)
    return rounded(value, 12)


def rounded(value, places):
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, EXACT)


def attributes(fields):
    value = fields.get("attributes", {})
    if not isinstance(value, Fields):
        if value == {}:
            return {}
        raise Reject("wrong_type", "attributes")
    if value.repeated:
        raise Reject("duplicate_field", "attributes")
    if len(value) > ATTRIBUTES_MAX:
        raise Reject("too_many_attributes")
    kept = {name: one for name, one in value.items() if one is not None}
    for name, one in kept.items():
        if not isinstance(one, str):
            raise Reject("wrong_type", f"attributes.{name}")
        if len(one.encode()) > ATTRIBUTE_BYTES_MAX:
            raise Reject("field_too_long", f"attributes.{name}")
    # The name of one that is null is there all the same.
    if any(len(name.encode()) > TEXT_BYTES_MAX for name in value):
        raise Reject("field_too_long", "attributes")
    return kept


def exceeds(total, *parts):
    return total is not None and sum(part or 0 for part in parts) > total


def check_usage(event):
    fresh_5m, fresh_1h = event["cache_write_5m_tokens"], event["cache_write_1h_tokens"]
    written = event["cache_write_tokens"]
    if exceeds(written, fresh_5m, fresh_1h):
        raise Reject("usage_parts_exceed_total", "cache_write_tokens")
    if written is None:
        written = (fresh_5m or 0) + (fresh_1h or 0)
    if exceeds(event["input_tokens"], event["cache_read_tokens"], written):
        raise Reject("usage_parts_exceed_total", "input_tokens")
    if exceeds(event["output_tokens"], event["output_reasoning_tokens"]):
        raise Reject("usage_parts_exceed_total", "output_tokens")
    for side in ("input", "output"):
        for modality in MODALITIES:
            part = event["other_usage"].get(f"{side}_{modality}_tokens")
            if exceeds(event[f"{side}_tokens"], part):
                raise Reject("usage_parts_exceed_total", f"{side}_tokens")
    metered = (
        any(event[name] is not None for name in COUNTERS)
        or event["other_usage"]
        or event["gpu_seconds"] is not None
    )
    if not metered and event["status"] == "ok" and event["usage_state"] == "final":
        raise Reject("missing_field", "a usage counter")


def check_span(time_us, kafka_time_ms):
    if kafka_time_ms is None:
        return
    ahead_us = time_us - kafka_time_ms * 1_000
    if ahead_us > FUTURE_SPAN_S * 1_000_000 or ahead_us < -PAST_SPAN_S * 1_000_000:
        raise Reject("time_out_of_range")


def fingerprint(event):
    """The same for two spellings of one content, else different."""
    plain = [(name, canonical(event[name])) for name in sorted(event)]
    return hashlib.blake2b(repr(plain).encode("utf-8"), digest_size=16).digest()


def canonical(value):
    if isinstance(value, dict):
        return sorted((name, canonical(one)) for name, one in value.items())
    if isinstance(value, Decimal):
        return str(value.normalize(EXACT))
    return value
