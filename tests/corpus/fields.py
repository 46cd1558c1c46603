"""The fields of the native event by what they hold, as docs/events.md lists them."""

import json
from pathlib import Path

FACTS = Path(__file__).resolve().parents[2] / "schemas" / "prices" / "price-facts.json"

REQUIRED_TEXTS = ("event_id", "provider", "model")
CHOICES = {
    "status": ("ok", "error", "cancelled"),
    "usage_state": ("final", "partial", "estimated"),
    "served_from": ("model", "app_cache"),
}
TEXTS = (
    *REQUIRED_TEXTS,
    "requested_model",
    "tenant",
    "user_id",
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
COUNTERS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_reasoning_tokens",
)
# Whole numbers that are no usage, with the least that each may be.
INTEGERS = {"sequence": 0, "attempt": 1}
MILLISECONDS = ("latency_ms", "time_to_first_token_ms")


def other_units():
    """The usage units without a column of their own, from the price facts."""
    units = {unit["usage"] for unit in json.loads(FACTS.read_text())["units"]}
    return sorted(units - set(COUNTERS))


OTHER_UNITS = other_units()
QUANTITIES = ("gpu_seconds", *OTHER_UNITS)
NUMBERS = (*COUNTERS, *INTEGERS, *MILLISECONDS, *QUANTITIES, "reported_cost_usd")
ALL = (*TEXTS, *CHOICES, *NUMBERS, "event_time", "attributes")
