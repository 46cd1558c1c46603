"""The whole corpus: every kind of malformed message, each once, and odd ones that are events."""

import random

from corpus import (
    damage,
    field_faults,
    json_faults,
    number_faults,
    odd_events,
    text_faults,
    time_faults,
)

KINDS = (text_faults, json_faults, damage, field_faults, number_faults, time_faults)
MALFORMED_MIN = 2_000


def malformed(seed):
    """All malformed messages in an order of the seed's, no two alike."""
    by_payload = {}
    for kind in KINDS:
        for case in kind.cases():
            known = by_payload.setdefault(case.payload, case)
            if known.reason != case.reason:
                raise ValueError(
                    f"two reasons: {known.what}: {known.reason}; {case.what}: {case.reason}"
                )
    found = list(by_payload.values())
    random.Random(seed).shuffle(found)
    if len(found) < MALFORMED_MIN:
        raise ValueError(f"only {len(found)} malformed messages")
    return found


def odd(seed):
    """All odd events in an order of the seed's."""
    found = odd_events.cases()
    random.Random(seed).shuffle(found)
    return found
