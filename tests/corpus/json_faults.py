"""Texts that are no JSON, by RFC 8259, or no object."""

import json

from corpus.case import NOW_MS, message, rejects, spelled

GOOD = message()

NO_NUMBERS = (
    "01 00 -01 1. -1. .5 -.5 1e 1e+ 1E- +1 ++1 --1 - 1- 1-2 0x10 0b1 0o7 1_000 1,000 1.5.5 1e5.0 "
    "1e+-5 1e5e5 1f 1n 1L 100% $1 NaN -NaN nan Infinity -Infinity inf -inf 1.#INF 1d0 1e\u0661 "
    "\u0661\u0662 \uff11 1\u00a0000 \u221e \u00bd 1/2 (1) 1;"
).split(" ")
NO_LITERALS = (
    "nul nulll Null NULL None nil undefined tru truee True TRUE fals falsey False FALSE yes no on "
    "off void function() new Date() unquoted 'single' `tick` /re/ <x> #1 @1 ! ? * ~ $ % ^ & = | "
    "\\ \\n \\u0022a\\u0022"
).split(" ")
# Each takes the place of a whole message.
NO_TEXTS = {
    "a space": b" ",
    "spaces of every kind": b" \t\r\n",
    "a line end": b"\n",
    "a Windows line end": b"\r\n",
    "a zero byte": b"\x00",
    "many zero bytes": bytes(1000),
    "a form feed": b"\x0c",
    "a space that JSON has not": "\u00a0".encode(),
    "words": b"plain words",
    "a line of a log": b"2026-11-23 10:00:00 INFO model answered",
    "XML": b"<event><model>gpt-4o</model></event>",
    "YAML": b"event_id: a\nmodel: gpt-4o\n",
    "CSV": b"event_id,model\na,gpt-4o\n",
    "a query": b"event_id=a&model=gpt-4o",
    "a form of Python": b"{'event_id': 'a', 'input_tokens': None}",
    "a form of JavaScript": b"{event_id: 'a', input_tokens: undefined}",
    "base 64": b"eyJldmVudF9pZCI6ImEifQ==",
    "a quote": b'"',
    "an apostrophe": b"'",
    "a minus": b"-",
    "a colon": b":",
    "a comma": b",",
    "the letter n": b"n",
}


def shapes():
    """Whole messages that are no JSON."""
    yield from NO_TEXTS.items()
    for text in NO_NUMBERS:
        yield f"{text} alone", text.encode()
    for text in (
        "{",
        "}",
        "[",
        "]",
        "{]",
        "[}",
        "{{",
        "}{",
        "{}}",
        "[]]",
        "[[]",
        "{}{}",
        "{},",
        ",{}",
    ):
        yield text, text.encode()
    for text in ('{"a"}', '{"a":}', "{:1}", '{"a":1,}', '{,"a":1}', '{"a":1,,"b":2}', '{"a" 1}'):
        yield text, text.encode()
    for text in ('{"a"::1}', '{"a":1 "b":2}', "{1:1}", "{null:1}", "{[]:1}", "{a:1}", "{'a':1}"):
        yield text, text.encode()
    for text in (
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "[1:2]",
        "[1;2]",
        "[",
        '["a',
        '{"a":[}',
        "[{]}",
    ):
        yield text, text.encode()


def surroundings():
    """A good event with something before or behind it."""
    for what, more in {
        "another event": GOOD,
        "another event on the next line": b"\n" + GOOD,
        "another event behind a record separator": b"\x1e" + GOOD,
        "a comma": b",",
        "a semicolon": b";",
        "a bracket": b"}",
        "a square bracket": b"]",
        "a zero byte": b"\x00",
        "an end of text": b"\x04",
        "a substitute character": b"\x1a",
        "a space that JSON has not": "\u00a0".encode(),
        "a line separator": "\u2028".encode(),
        "a form feed": b"\x0c",
        "a vertical tab": b"\x0b",
        "a comment": b"// done",
        "a comment of many lines": b"/* done */",
        "a comment with a hash": b"# done",
        "null": b"null",
        "a number": b"1",
        "a word": b"x",
        "an empty string": b'""',
        "a quote": b'"',
        "a backslash": b"\\",
        "a line of a log": b" - sent",
    }.items():
        yield f"{what} behind", GOOD + more
        yield f"{what} in front", more + GOOD
    yield "five bytes of a schema registry in front", b"\x00\x00\x00\x00\x07" + GOOD
    yield "a length in front", b"%x\r\n" % len(GOOD) + GOOD
    yield "data: in front", b"data: " + GOOD
    yield "a guard in front", b")]}',\n" + GOOD


def values():
    """A good event with a value that JSON cannot spell."""
    for name in ("input_tokens", "latency_ms", "event_time", "web_searches", "unknown"):
        for text in NO_NUMBERS:
            yield f"{name}: {text}", spelled(name, text)
    for name in ("model", "status", "unknown"):
        for text in NO_LITERALS:
            yield f"{name}: {text}", spelled(name, text)
    for comment in ("// c\n", "/* c */", "# c\n", "<!-- c -->"):
        yield f"a comment {comment!r} inside", GOOD.replace(b",", b"," + comment.encode(), 1)
    yield "apostrophes for quotes", GOOD.replace(b'"', b"'")
    yield "typographic quotes", GOOD.replace(b'"', "\u201d".encode())
    yield "names without quotes", GOOD.replace(b'"model"', b"model")
    yield "equals for a colon", GOOD.replace(b":", b"=")
    yield "semicolons for commas", GOOD.replace(b",", b";")


def strings():
    """A good event with a string that JSON cannot spell."""
    for code in range(0x20):
        raw = bytes([code])
        yield f"control character {code:#x} in a value", GOOD.replace(b"gpt-4o", b"gpt" + raw)
        yield (
            f"control character {code:#x} in a name",
            spelled("ab", "1").replace(b"ab", b"a" + raw),
        )
        if raw not in b"\t\n\r":
            yield f"control character {code:#x} between", GOOD.replace(b",", b"," + raw, 1)
    for code in range(0x20, 0x7F):
        if chr(code) not in '"\\/bfnrtu':
            escape = b"\\" + bytes([code])
            yield f"the escape {escape.decode()}", GOOD.replace(b"gpt-4o", b"gpt" + escape)
    for digits in (
        "",
        "0",
        "00",
        "00e",
        "00eg",
        "g000",
        "+123",
        "-123",
        " 123",
        "0x12",
        "{41}",
        "\u00e9123",
    ):
        spelling = b"\\u" + digits.encode()
        yield f"the escape \\u{digits}", GOOD.replace(b"gpt-4o", b"gpt" + spelling)
    yield "a hexadecimal escape", GOOD.replace(b"gpt-4o", b"gpt\\x41")
    yield "an escape in capitals", GOOD.replace(b"gpt-4o", b"gpt\\U00000041")
    yield "an escape outside of a string", GOOD.replace(b":", b"\\u003a", 1)
    yield "a backslash before the closing quote", GOOD.replace(b'gpt-4o"', b'gpt-4o\\"')


def surrogates():
    """Escapes of half a character."""
    highs, lows = (r"\ud800", r"\uD83D", r"\udbff"), (r"\udc00", r"\uDE00", r"\udfff")
    spellings = [
        *(one for one in (*highs, *lows)),
        *(low + high for low in lows for high in highs),
        *(high + other for high in highs for other in highs),
        *(high + other for high in highs for other in ("x", r"\n", r"\u0041", " " + lows[0])),
        *(f"a{high}{low}{low}" for high in highs for low in lows),
    ]
    for spelling in spellings:
        yield f"{spelling} in a value", GOOD.replace(b"gpt-4o", spelling.encode())
        yield f"{spelling} in an unknown name", spelled("ab", "1").replace(b"ab", spelling.encode())
        yield f"{spelling} deep inside", spelled("unknown", f'[{{"a":["{spelling}"]}}]')
    yield "half in an attribute", spelled("attributes", r'{"a":"\ud800"}')
    yield "half in a value that a later one replaces", GOOD[:-1] + rb',"c":"\ud800","c":"x"}'


def nesting():
    """Containers deeper than 127, the limit; the event's own object counts."""
    for depth in (127, 128, 200, 500, 1_000, 10_000, 100_000):
        yield f"{depth} arrays inside", spelled("unknown", "[" * depth + "]" * depth)
        yield f"{depth} objects inside", spelled("unknown", '{"a":' * depth + "1" + "}" * depth)
        yield f"{depth} mixed inside", spelled("unknown", '[{"a":' * depth + "1" + "}]" * depth)
        yield f"{depth} in a text field", spelled("model", "[" * depth + "]" * depth)
        yield (
            f"{depth} in the attributes",
            spelled("attributes", '{"a":' * depth + "1" + "}" * depth),
        )
        yield f"{depth} opened only", spelled("unknown", "[" * depth)
    for depth in (128, 1_000, 100_000):
        yield f"{depth} arrays", b"[" * depth + b"]" * depth
        yield f"{depth} objects", b'{"a":' * depth + b"1" + b"}" * depth
        yield f"{depth} opened arrays", b"[" * depth
        yield f"{depth} opened objects", b'{"a":' * depth
        yield f"{depth} closed only", b"]" * depth


def not_an_object():
    """JSON, but no object."""
    numbers = (
        "0",
        "-0",
        "7",
        "-1.5",
        "1e400",
        "-1e-400",
        str(NOW_MS),
        "1" * 10_000,
        "0." + "0" * 10_000,
    )
    for text in (
        *numbers,
        "null",
        "true",
        "false",
        '""',
        '"text"',
        r'"\ud83d\ude00"',
        "[]",
        "[1,2]",
    ):
        yield text[:40], text.encode()
        yield f"{text[:40]} among spaces", b" \t\r\n" + text.encode() + b" \n"
    yield "an event in an array", b"[" + GOOD + b"]"
    yield "two events in an array", b"[" + GOOD + b"," + GOOD + b"]"
    yield "an event in a string", json.dumps(GOOD.decode()).encode()
    yield "127 arrays", b"[" * 127 + b"]" * 127
    yield "126 objects in an array", b"[" + b'{"a":' * 126 + b"1" + b"}" * 126 + b"]"
    yield "a long array", b"[" + b",".join(b"%d" % n for n in range(10_000)) + b"]"
    yield "a long string", b'"' + b"x" * 100_000 + b'"'


def cases():
    """All cases of this kind."""
    not_json = (shapes, surroundings, values, strings, surrogates, nesting)
    return [
        *(case for kind in not_json for case in rejects("not_json", kind())),
        *rejects("not_an_object", not_an_object()),
    ]
