"""One message of the corpus: its bytes, and what must become of it."""

import json
from dataclasses import dataclass, field

# The records' time, 2026-11-23T10:00:00Z, which all event times of the corpus are near.
NOW_MS = 1_795_428_000_000
DAY_MS = 86_400_000
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Case:
    """A message that gets a reason, or an odd one that is an event with these columns."""

    # In words, for whoever reads that it failed.
    what: str
    payload: bytes
    # Why it is no event; None if it is one.
    reason: str | None = None
    # Columns that it must have as an event; others are the oracle's to judge.
    columns: dict = field(default_factory=dict, compare=False, hash=False)


def event(**changes):
    """A good event as a dict, with changes; a change to None takes the field away."""
    fields = {
        "event_id": "bad-1",
        "event_time": NOW_MS,
        "provider": "openai",
        "model": "gpt-4o",
        "input_tokens": 100,
        "output_tokens": 10,
    }
    fields.update(changes)
    return {name: value for name, value in fields.items() if value is not None}


def message(**changes):
    """The bytes of a good event with changes."""
    return json.dumps(event(**changes), separators=(",", ":"), ensure_ascii=False).encode()


def spelled(name, spelling, **changes):
    """The bytes of a good event in which one field's value stands as it is spelled here."""
    fields = {**event(**changes), name: None}
    del fields[name]
    if isinstance(spelling, str):
        spelling = spelling.encode()
    plain = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    return plain[:-1] + b"," + json.dumps(name).encode() + b":" + spelling + b"}"


def rejects(reason, payloads):
    """Cases of one reason from pairs of words and bytes."""
    return [Case(what, payload, reason) for what, payload in payloads]
