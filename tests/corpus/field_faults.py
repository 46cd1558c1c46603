"""JSON objects that are no event: fields missing, of a wrong type, too long, twice."""

import json

from corpus import fields
from corpus.case import message, rejects, spelled

# Spellings of each JSON type.
ARRAYS = ("[]", '["a"]', "[1]", "[[[]]]", '[{"a":1}]')
OBJECTS = ("{}", '{"a":"b"}', '{"value":1}')
BOOLEANS = ("true", "false")
NUMBERS = ("0", "-0", "7", "-1.5", "1e400", "1e-400", "123456789012345678901234567890")
STRINGS = ('""', '"a"', '"100"', '"1.5"', '"NaN"', '"null"', '"true"', '"\\u0031"', '" 1"')
TEXT_BYTES_MAX = 1024
EVENT_ID_BYTES_MAX = 128
ATTRIBUTE_BYTES_MAX = 4096


def wrong_type():
    """Each field with values of all types that it cannot have."""
    for name in (*fields.TEXTS, *fields.CHOICES):
        for text in (*ARRAYS, *OBJECTS, *BOOLEANS, *NUMBERS):
            yield f"{name}: {text}", spelled(name, text)
    for name in (*fields.COUNTERS, *fields.INTEGERS, *fields.MILLISECONDS, *fields.QUANTITIES):
        for text in (*ARRAYS[:2], *OBJECTS[:1], *BOOLEANS, *STRINGS):
            yield f"{name}: {text}", spelled(name, text)
    for text in (*ARRAYS, *OBJECTS, *BOOLEANS):
        yield f"event_time: {text}", spelled("event_time", text)
        yield f"reported_cost_usd: {text}", spelled("reported_cost_usd", text)
    for text in (*ARRAYS, *BOOLEANS, *NUMBERS, *STRINGS):
        yield f"attributes: {text}", spelled("attributes", text)
    for text in (*ARRAYS, *OBJECTS, *BOOLEANS, *NUMBERS):
        yield f"an attribute: {text}", spelled("attributes", f'{{"a":"b","c":{text}}}')


def wrong_choice():
    """Texts that the closed lists do not have."""
    for name, choices in fields.CHOICES.items():
        near = [choices[0].upper(), choices[0].title(), f" {choices[0]}", f"{choices[0]}\n"]
        near += [choices[1] + "s", choices[0] + "\0", "", " ", "null", "0", "unknown", "\u00f6k"]
        for text in near:
            yield f"{name}: {text!r}", message(**{name: text})


def missing():
    """A required field that is not there, null or empty; no usage at all."""
    for name in (*fields.REQUIRED_TEXTS, "event_time"):
        yield f"no {name}", message(**{name: None})
        yield f"{name} is null", spelled(name, "null")
        yield f"{name} by another name", message(**{name: None, f"{name}_": "a"})
        yield f"{name} in capitals", message(**{name: None, name.upper(): "a"})
        yield f"{name} inside of attributes", message(**{name: None, "attributes": {name: "a"}})
        yield f"{name} inside of another object", message(**{name: None, "event": {name: "a"}})
        yield f"{name} with a space", message(**{name: None, f"{name} ": "a"})
    for name in fields.REQUIRED_TEXTS:
        yield f"{name} is empty", message(**{name: ""})
    yield "an empty object", b"{}"
    yield "an empty object among spaces", b" { } "
    yield "only unknown fields", b'{"a":1,"b":{"c":[]}}'
    yield "an empty name", b'{"":""}'
    unmetered = {"input_tokens": None, "output_tokens": None}
    yield "no usage", message(**unmetered)
    yield "usage is null", spelled("input_tokens", "null", output_tokens=None)
    for name, value in (
        ("status", "ok"),
        ("usage_state", "final"),
        ("served_from", "app_cache"),
        ("latency_ms", 5),
        ("time_to_first_token_ms", 5),
        ("reported_cost_usd", "0.1"),
        ("sequence", 1),
        ("attempt", 1),
        ("attributes", {"input_tokens": "5"}),
        ("tokens", 5),
        ("input_tokens_", 5),
        ("usage", {"input_tokens": 5}),
    ):
        yield f"no usage but {name}", message(**unmetered, **{name: value})


def too_long():
    """Texts a byte too long, and far too long; in bytes, not in characters."""
    for name in fields.TEXTS:
        limit = EVENT_ID_BYTES_MAX if name == "event_id" else TEXT_BYTES_MAX
        for what, text in (
            ("a letter", "x" * (limit + 1)),
            ("a character of two bytes", "\u00fc" * (limit // 2) + "y"),
            ("a character of four bytes", "\U0001f600" * (limit // 4 + 1)),
            ("a thousand letters", "x" * (limit + 1000)),
            ("half a mebibyte", "x" * (1 << 19)),
        ):
            yield f"{name} by {what}", message(**{name: text})
        escaped = '"' + r"\u00e9" * (limit // 2 + 1) + '"'
        yield f"{name} by an escape", spelled(name, escaped)
        yield f"{name} by a short escape", spelled(name, '"' + r"\n" * (limit + 1) + '"')
    for what, size in (("a byte", ATTRIBUTE_BYTES_MAX + 1), ("a lot", 100_000)):
        yield f"an attribute by {what}", message(attributes={"a": "x" * size})
        yield f"an attribute's name by {what}", message(attributes={"x" * (size - 3072): "a"})
    yield "an attribute in characters", message(attributes={"a": "\u00fc" * 2049})
    yield "an attribute's name in characters", message(attributes={"\u00fc" * 513: "a"})
    yield "the name of an attribute without a value", message(attributes={"x" * 1025: None})


def duplicate():
    """A field twice, however its name is spelled; an attribute twice."""
    for name in fields.ALL:
        good = "1" if name in fields.NUMBERS else '"a"'
        good = {"event_time": "1795428000000", "attributes": "{}"}.get(name, good)
        if name in fields.CHOICES:
            good = json.dumps(fields.CHOICES[name][0])
        if name in fields.REQUIRED_TEXTS:
            good = json.dumps("a")
        rest = "" if name in ("input_tokens", "output_tokens") else ',"input_tokens":1'
        first = spelled(name, good, input_tokens=None, output_tokens=None)[:-1] + rest.encode()
        again = json.dumps(name).encode()
        escaped = b'"\\u%04x%s"' % (ord(name[0]), name[1:].encode())
        capital = b'"%s\\u%04X"' % (name[:-1].encode(), ord(name[-1]))
        yield f"{name} twice", first + b"," + again + b":" + good.encode() + b"}"
        yield f"{name} and null", first + b"," + again + b":null}"
        yield f"{name} with an escape", first + b"," + escaped + b":" + good.encode() + b"}"
        yield (
            f"{name} with an escape at its end",
            first + b"," + capital + b":" + good.encode() + b"}",
        )
        null = first.replace(again + b":" + good.encode(), again + b":null", 1)
        if name not in (*fields.REQUIRED_TEXTS, "event_time"):
            yield f"{name} null first", null + b"," + again + b":" + good.encode() + b"}"
        yield f"{name} thrice", first + (b"," + again + b":" + good.encode()) * 2 + b"}"
    for attributes in (
        '{"a":"1","a":"1"}',
        '{"a":"1","b":"2","a":"3"}',
        r'{"a":"1","\u0061":"1"}',
        r'{"a/b":"1","a\/b":"1"}',
        '{"a":null,"a":"1"}',
        '{"a":"1","a":null}',
        '{"a":null,"a":null}',
        '{"":"1","":"2"}',
        r'{"\u00e9":"1","é":"2"}',
        r'{"\ud83d\ude00":"1","😀":"2"}',
    ):
        yield f"attributes: {attributes}", spelled("attributes", attributes)


def too_many():
    """More than 32 attributes, whatever they are."""
    for count in (33, 34, 64, 100, 1_000, 10_000):
        yield f"{count} attributes", message(attributes={f"a{n}": "x" for n in range(count)})
        yield (
            f"{count} attributes without a value",
            spelled("attributes", json.dumps({f"a{n}": None for n in range(count)})),
        )
    half = {f"a{n}": "x" if n % 2 else None for n in range(33)}
    yield "33 attributes, half of them null", spelled("attributes", json.dumps(half))
    yield "33 empty ones", message(attributes={f"a{n}": "" for n in range(33)})


def cases():
    """All cases of this kind."""
    return [
        *rejects("wrong_type", wrong_type()),
        *rejects("wrong_type", wrong_choice()),
        *rejects("missing_field", missing()),
        *rejects("field_too_long", too_long()),
        *rejects("duplicate_field", duplicate()),
        *rejects("too_many_attributes", too_many()),
    ]
