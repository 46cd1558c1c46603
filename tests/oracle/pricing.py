"""The oracle's price of an event, in the columns of the lake; equal calls are priced once."""

import functools

from oracle import native
from oracle.prices import MAP_ATTRIBUTES, UNITS
from oracle.prices import price as price_event

# Usage units without a column of their own.
OTHER_UNITS = frozenset(UNITS) - set(native.COUNTERS)

REQUEST = ("provider", "model", "service_tier", "route", "region", "served_from", "gpu_seconds")
MINUTE_US = 60_000_000


def costs(event):
    """The price columns of a decoded event: costs in dollars or None, status, match, entry."""
    request = [(name, event[name]) for name in (*REQUEST, *native.COUNTERS)]
    attributes = [(name, event["attributes"].get(name)) for name in MAP_ATTRIBUTES]
    # The facts name times of day to the minute, so within one all prices hold.
    minute = event["event_time"] // MINUTE_US
    return price(minute, tuple(request), tuple(attributes), tuple(event["other_usage"].items()))


@functools.lru_cache(maxsize=1 << 18)
def price(minute, request, attributes, other_usage):
    """The price of all events that agree in what prices depend on."""
    return price_event(
        {
            **dict(request),
            "event_time": minute * MINUTE_US,
            "attributes": {name: value for name, value in attributes if value is not None},
            "other_usage": dict(other_usage),
        }
    )
