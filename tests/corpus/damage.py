"""A good event that was damaged on its way: cut short, or one structural byte gone wrong."""

import json

from corpus.case import event, message, rejects

# With every kind of token, escapes, and characters of two, three and four bytes.
RICH = json.dumps(
    event(
        tenant="B\u00fcro \u6771\u4eac \U0001f600",
        feature='quo"te\\back\tslash',
        latency_ms=1.5,
        attributes={"a": "b"},
        extra=[1, None, True, {"deep": [-2e3, "x"]}],
    ),
    ensure_ascii=False,
).encode()
# What may stand where a structural byte stood. Each leaves brackets or quotes out of balance, two
# values without a comma, or a name without a colon.
IN_PLACE = b'{}[]:,"x0\\ \x00'


def cut():
    """Cut at every byte. Cut within a character it is no text, anywhere else no JSON."""
    for good in (message(), RICH):
        for length in range(1, len(good)):
            piece = good[:length]
            whole = piece.decode(errors="ignore").encode() == piece
            yield ("not_json" if whole else "not_utf8"), f"cut to {length} bytes", piece
        for length in range(1, len(good)):
            if good[length] & 0xC0 != 0x80:
                yield "not_json", f"without its first {length} bytes", good[length:]


def structural_places(text):
    """Where brackets, colons, commas and quotes stand that are no part of a string."""
    inside, at = False, 0
    while at < len(text):
        if inside and text[at] == ord("\\"):
            at += 2
            continue
        if text[at] == ord('"'):
            inside = not inside
            yield at
        elif not inside and text[at] in b"{}[]:,":
            yield at
        at += 1


def broken():
    """A structural byte that is lost, or another one in its place."""
    for good in (message(), RICH):
        for at in structural_places(good):
            lost = chr(good[at])
            yield f"{lost} lost at byte {at}", good[:at] + good[at + 1 :]
            for other in IN_PLACE:
                if other != good[at]:
                    piece = good[:at] + bytes([other]) + good[at + 1 :]
                    yield f"{chr(other)!r} for {lost} at byte {at}", piece


def doubled():
    """A structural byte that came twice."""
    for good in (message(), RICH):
        for at in structural_places(good):
            yield f"{chr(good[at])} twice at byte {at}", good[: at + 1] + good[at:]


def cases():
    """All cases of this kind."""
    found = [case for reason, *pair in cut() for case in rejects(reason, [pair])]
    return found + rejects("not_json", [*broken(), *doubled()])
