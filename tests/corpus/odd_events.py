"""Messages that look wrong and are events all the same, with the columns that they must have."""

from decimal import Decimal

from corpus import fields
from corpus.case import DAY_MS, MEBIBYTE, NOW_MS, Case, message, spelled
from corpus.number_faults import COUNT_MAX, LONG, USAGE_COUNT_MAX

SECOND_US = 1_000_000
NOW_US = NOW_MS * 1000


def numbered(pairs):
    """Cases from (words, payload, columns); a payload's `bad-1` becomes an id of its own."""
    for number, (what, payload, columns) in enumerate(pairs):
        event_id = f"odd-{number}"
        payload = payload.replace(b"bad-1", event_id.encode(), 1)
        yield Case(what, payload, None, {"event_id": event_id, **columns})


def surroundings():
    """Spaces, line ends, order and spelling of names."""
    good = message()
    for what, before, behind in (
        ("spaces around", b" \t\r\n ", b" \t\r\n "),
        ("a line end behind", b"", b"\n"),
        ("a Windows line end behind", b"", b"\r\n"),
        ("a hundred thousand spaces behind", b"", b" " * 100_000),
    ):
        yield what, before + good + behind, {"input_tokens": 100}
    spaced = good.replace(b",", b" \r\n\t,\r\n ").replace(b":", b" \t:\n ")
    yield "spaces and line ends between", spaced, {"model": "gpt-4o"}
    escaped = "".join(f"\\u{ord(c):04X}" for c in "model").encode()
    yield (
        "a name all in escapes",
        good.replace(b'"model"', b'"' + escaped + b'"'),
        {"model": "gpt-4o"},
    )
    short = good.replace(b'"model"', b'"mode\\u006c"')
    yield "a name with an escape", short, {"model": "gpt-4o"}
    backwards = b"{" + b",".join(reversed(good[1:-1].split(b","))) + b"}"
    yield "names in another order", backwards, {"output_tokens": 10}
    room = MEBIBYTE - len(message(unknown=""))
    yield "a whole mebibyte", message(unknown="x" * room), {"input_tokens": 100}
    yield "a mebibyte with spaces", good + b" " * (MEBIBYTE - len(good)), {"input_tokens": 100}


def unknown():
    """What stands in unknown fields is anybody's affair, so long as it is JSON."""
    for depth in (1, 64, 126):
        yield (
            f"{depth} arrays in an unknown field",
            spelled("unknown", "[" * depth + "]" * depth),
            {},
        )
        inside = '{"a":' * depth + "1" + "}" * depth
        yield f"{depth} objects in an unknown field", spelled("unknown", inside), {}
    for text in (
        "1e400",
        "-1e400",
        "-0",
        "9" * LONG,
        "0." + "0" * LONG + "1",
        "1e999999999999999999999",
    ):
        yield f"unknown: {text[:40]}", spelled("unknown", text), {}
    yield "an unknown name twice", message()[:-1] + b',"a":1,"a":2,"\\u0061":3}', {}
    yield "names inside of another object twice", spelled("unknown", '{"model":1,"model":2}'), {}
    yield (
        "known names inside of another object",
        spelled("unknown", '{"event_id":7,"model":[]}'),
        {},
    )
    yield "an empty name", message(**{"": 1}), {}
    yield "a long name", message(**{"n" * 100_000: 1}), {}
    yield "a name of one zero byte", message(**{"\0": 1}), {}
    yield "a thousand unknown fields", message(**{f"x{n}": n for n in range(1_000)}), {}
    yield "names that differ in case", message(MODEL="a", Event_Id="b", INPUT_TOKENS="c"), {}
    yield "an array of ten thousand", message(unknown=list(range(10_000))), {}


def texts():
    """Every escape, every width of character, the longest texts."""
    escapes = r"\"\\\/\b\f\n\r\t\u0041\u00e9\u6771\ud83d\ude00"
    meant = '"\\/\b\f\n\r\tA\u00e9\u6771\U0001f600'
    for name in ("tenant", "model", "session_id", "feature"):
        yield f"all escapes in {name}", spelled(name, f'"{escapes}"'), {name: meant}
        yield f"a zero byte in {name}", spelled(name, r'"a\u0000b"'), {name: "a\0b"}
        yield f"the last character in {name}", message(**{name: "\U0010ffff"}), {name: "\U0010ffff"}
        yield f"it as an escape in {name}", spelled(name, r'"\udbff\udfff"'), {name: "\U0010ffff"}
        yield f"no character in {name}", message(**{name: "\uffff\ufdd0"}), {name: "\uffff\ufdd0"}
        yield f"a mark in {name}", message(**{name: "\ufeffa"}), {name: "\ufeffa"}
        yield f"a delete character in {name}", message(**{name: "a\x7f\x80"}), {name: "a\x7f\x80"}
        yield (
            f"line separators in {name}",
            message(**{name: "\u2028\u2029\x85"}),
            {name: "\u2028\u2029\x85"},
        )
        yield f"a space in {name}", message(**{name: " "}), {name: " "}
    for name in ("tenant", "user_id"):
        yield f"{name} null", spelled(name, "null"), {name: ""}
        yield f"{name} empty", message(**{name: ""}), {name: ""}
    for name in ("feature", "workflow", "run_id", "agent"):
        yield f"{name} null", spelled(name, "null"), {name: None}
        yield f"{name} empty", message(**{name: ""}), {name: ""}
    for name in fields.TEXTS[1:]:
        longest = "x" * 1022 + "\u00fc"
        yield f"{name} of 1,024 bytes", message(**{name: longest}), {name: longest}
    for name, choices in fields.CHOICES.items():
        yield f"{name} null", spelled(name, "null"), {name: choices[0]}
        for choice in choices:
            escaped = f'"\\u{ord(choice[0]):04x}{choice[1:]}"'
            yield f"{name}: {escaped}", spelled(name, escaped), {name: choice}


def ids():
    """Ids at their bound, whose payload cannot take another."""
    for event_id in ("x" * 128, "\u00fc" * 64, "\U0001f600" * 32, "\0", " ", "null", "0"):
        yield Case(f"id {event_id[:9]!r}", message(event_id=event_id), None, {"event_id": event_id})
    yield Case(
        "id in escapes",
        spelled("event_id", '"' + r"\u0061" * 128 + '"'),
        None,
        {"event_id": "a" * 128},
    )


def counts():
    """Whole numbers at their bounds and in every spelling."""
    for name in fields.COUNTERS:
        alone = {"input_tokens": None, "output_tokens": None}
        for text, count in (
            *(
                ("0", 0),
                ("-0", 0),
                ("0.0", 0),
                ("-0.0", 0),
                ("0e5", 0),
                ("-0e-5", 0),
                ("0E999999999999", 0),
            ),
            *(
                ("1e0", 1),
                ("1e3", 1000),
                ("1E+3", 1000),
                ("1.5e1", 15),
                ("1200e-2", 12),
                ("100.000", 100),
            ),
            *(
                (str(USAGE_COUNT_MAX), USAGE_COUNT_MAX),
                ("1e12", USAGE_COUNT_MAX),
                ("0.000001e18", USAGE_COUNT_MAX),
            ),
            *(
                (f"7.{'0' * LONG}", 7),
                (f"7{'0' * LONG}e-{LONG}", 7),
                (f"0.{'0' * LONG}7e{LONG + 1}", 7),
            ),
        ):
            yield f"{name}: {text[:40]}", spelled(name, text, **alone), {name: count}
        yield f"{name} null", spelled(name, "null", requests=1, **alone), {name: None}
    for name in fields.INTEGERS:
        for text, count in (
            *(
                ("1", 1),
                ("1.0", 1),
                ("1e3", 1000),
                (str(COUNT_MAX), COUNT_MAX),
                (f"{COUNT_MAX}.0", COUNT_MAX),
            ),
            *((f"1.{'0' * LONG}", 1), ("922337203685477580700e-2", COUNT_MAX)),
        ):
            yield f"{name}: {text[:40]}", spelled(name, text), {name: count}
    yield "sequence: -0", spelled("sequence", "-0"), {"sequence": 0}
    for parts in (
        {"cache_read_tokens": 100},
        {"cache_read_tokens": 60, "cache_write_tokens": 40, "cache_write_5m_tokens": 40},
        {"cache_write_5m_tokens": 50, "cache_write_1h_tokens": 50},
        {"output_reasoning_tokens": 10},
    ):
        yield f"parts that fill their total: {parts}", message(**parts), parts
    lone = {"input_tokens": None, "cache_read_tokens": 7, "output_tokens": None}
    yield (
        "a part without its total",
        message(**lone),
        {"input_tokens": None, "cache_read_tokens": 7},
    )
    exact = spelled("input_audio_tokens", "100.0000000000005", requests=1)
    yield "a part that rounds to its total", exact, {"input_tokens": 100}


def decimals():
    """Quantities, times and money: rounded half to even at the last place of their column."""
    for name in ("gpu_seconds", "reported_cost_usd"):
        for text, value in (
            *(
                ("0", "0"),
                ("-0", "0"),
                ("-0.0", "0"),
                ("1e-400", "0"),
                ("1e-999999999999999999999", "0"),
            ),
            *(
                ("0.0000000000005", "0"),
                ("0.0000000000015", "2e-12"),
                ("0.00000000000050000001", "1e-12"),
            ),
            *(
                ("0.1", "0.1"),
                ("1.25e2", "125"),
                ("0." + "0" * LONG + "1", "0"),
                ("1." + "3" * LONG, "1.333333333333"),
            ),
            *(
                ("1e16", "1e16"),
                ("10000000000000000.0000000000005", "1e16"),
                ("0e999999999999999999999", "0"),
            ),
        ):
            yield f"{name}: {text[:40]}", spelled(name, text), {name: Decimal(value)}
    for text in ("0.1", "007", "00.5", "1e-3", "-0", "1E+2"):
        value = abs(Decimal(text))
        yield (
            f'reported_cost_usd: "{text}"',
            message(reported_cost_usd=text),
            {"reported_cost_usd": value},
        )
    escaped = spelled("reported_cost_usd", r'"\u0030.5"')
    yield "a cost in escapes", escaped, {"reported_cost_usd": Decimal("0.5")}
    for name in fields.MILLISECONDS:
        for text, value in (
            *(
                ("0", "0"),
                ("-0", "0"),
                ("0.0005", "0"),
                ("0.0015", "0.002"),
                ("1.2345", "1.234"),
                ("1e-9", "0"),
            ),
            *(
                ("999999999999999.999", "999999999999999.999"),
                ("999999999999999.9994", "999999999999999.999"),
            ),
            *(("12345.6785", "12345.678"), ("0." + "9" * LONG, "1"), ("1e14", "1e14")),
        ):
            yield f"{name}: {text[:40]}", spelled(name, text), {name: Decimal(value)}
    largest = Decimal(f"{10**26 - 1}.999999999999")
    yield "the largest quantity", spelled("gpu_seconds", str(largest)), {"gpu_seconds": largest}


def times():
    """Instants in every spelling, to the microsecond, at the ends of the span."""
    for text, offset_us in (
        *(("2026-11-23T10:00:00Z", 0), ("2026-11-23t10:00:00z", 0), ("2026-11-23 10:00:00Z", 0)),
        *(
            ("2026-11-23T10:00:00+00:00", 0),
            ("2026-11-23T10:00:00-00:00", 0),
            ("2026-11-23T15:30:00+05:30", 0),
        ),
        *(
            ("2026-11-24T09:59:00+23:59", 0),
            ("2026-11-22T10:01:00-23:59", 0),
            ("2026-11-23T10:00:00.5Z", 500_000),
        ),
        *(
            ("2026-11-23T10:00:00.000001Z", 1),
            ("2026-11-23T10:00:00.0000019Z", 1),
            ("2026-11-23T10:00:00.1234567Z", 123_456),
        ),
        *(
            ("2026-11-23T10:00:00.123456789Z", 123_456),
            ("2026-11-23T10:00:00.1234567891Z", 123_456),
        ),
        *(
            (f"2026-11-23T10:00:00.{'0' * 900}Z", 0),
            (f"2026-11-23T10:00:00.{'9' * 900}+00:00", 999_999),
        ),
        *(("2026-11-23T10:00:60Z", 59 * SECOND_US), ("2026-11-23T09:59:60.5Z", -500_000)),
    ):
        yield (
            f"event_time: {text[:50]}",
            message(event_time=text),
            {"event_time": NOW_US + offset_us},
        )
    for text, time_ms in (
        *((str(NOW_MS), NOW_MS), (f"{NOW_MS}.0", NOW_MS), (f"{NOW_MS}.{'0' * LONG}", NOW_MS)),
        *(("1.795428e12", NOW_MS), ("1795428E+6", NOW_MS), (f"{NOW_MS}000e-3", NOW_MS)),
        *(
            (str(NOW_MS - 30 * DAY_MS), NOW_MS - 30 * DAY_MS),
            (str(NOW_MS + 3_600_000), NOW_MS + 3_600_000),
        ),
    ):
        yield (
            f"event_time: {text[:40]}",
            spelled("event_time", text),
            {"event_time": time_ms * 1000},
        )
    escaped = spelled("event_time", r'"2026-11-23T10\u003a00:00\u005a"')
    yield "a time with escapes", escaped, {"event_time": NOW_US}


def attributes():
    """Attributes at their bounds."""
    longest = {"x" * 1024: "y" * 4096}
    for what, spelling, kept in (
        ("none", "{}", {}),
        ("null", "null", {}),
        ("a null one", '{"a":null}', {}),
        ("null among others", '{"a":"1","b":null,"c":"3"}', {"a": "1", "c": "3"}),
        ("an empty name", '{"":"1"}', {"": "1"}),
        ("an empty text", '{"a":""}', {"a": ""}),
        ("names in escapes", r'{"\u0061":"\u0062","A":"c"}', {"a": "b", "A": "c"}),
        ("names that look alike", '{"\u00e9":"1","e\u0301":"2"}', {"\u00e9": "1", "e\u0301": "2"}),
        ("a name of a field", '{"model":"x","event_id":"y"}', {"model": "x", "event_id": "y"}),
    ):
        yield f"attributes: {what}", spelled("attributes", spelling), {"attributes": kept}
    yield "the longest attribute", message(attributes=longest), {"attributes": longest}
    full = {f"a{n:02}": "x" for n in range(32)}
    yield "32 attributes", message(attributes=full), {"attributes": full}


def unmetered():
    """Calls that did not end well need no usage."""
    none = {"input_tokens": None, "output_tokens": None}
    for name, value in (
        *(
            ("status", "error"),
            ("status", "cancelled"),
            ("usage_state", "partial"),
            ("usage_state", "estimated"),
        ),
    ):
        yield (
            f"no usage, {name}: {value}",
            message(**none, **{name: value}),
            {"input_tokens": None, name: value},
        )
    for name in ("gpu_seconds", "requests", "web_searches", "cache_read_tokens"):
        yield f"only {name}: 0", message(**none, **{name: 0}), {"input_tokens": None}


def cases():
    """All cases of this kind, each with an id of its own."""
    kinds = (surroundings, unknown, texts, counts, decimals, times, attributes, unmetered)
    return [*numbered(pair for kind in kinds for pair in kind()), *ids()]
