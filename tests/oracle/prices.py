"""What an event costs, told a second time: exact fractions, from the price facts alone.

As a module, `price(event)` prices one decoded event by the built-in facts (`Oracle(path)` by others):
a dict with `event_time` in microseconds since the Unix epoch, the event's other fields under their
own names, rarer units there or in `other_usage`. The answer has the lake's columns: `cost_usd`,
`input_cost_usd`, `output_cost_usd`, `other_cost_usd`, `list_cost_usd`, `contracted_cost_usd` (decimals
with 12 places, or None), `price_status`, `price_match`, `price_entry`.

As a program it reads native events, one JSON object a line, and writes an answer a line:

    python3 tests/oracle/prices.py [--facts FILE] < events.ndjson > answers.ndjson

Python 3.11, standard library only. It shares no code and no tables with the Rust crates, and is
written for plainness, not speed.
"""

import dataclasses
import datetime
import functools
import json
import pathlib
import re
import sys
from decimal import Context, Decimal
from fractions import Fraction

FACTS = pathlib.Path(__file__).resolve().parents[2] / "schemas" / "prices" / "price-facts.json"
EVENT_COST_MAX = 10**16
COUNT_MAX = 10**20
ORDINARY_TIERS = {"", "default", "standard", "auto"}
MAP_ATTRIBUTES = ("processing", "speed", "search_type", "account", "deployment", "key")
FIELDS = ("service_tier", "route", "region")
# How model ids begin that name a region: one model of a provider may have several such ids.
REGION = re.compile(r"(?:regional|global|us-gov|us|eu|apac|au|jp|in|ca|uk|sa|me|af)\.")
COST_COLUMNS = {
    "input": "input_cost_usd",
    "output": "output_cost_usd",
    "other": "other_cost_usd",
}
EXACT = Context(prec=200)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@dataclasses.dataclass(frozen=True)
class Item:
    """One part of a charge: so much of a unit, at a price in dollars for `per` of it."""

    unit: str
    quantity: Fraction
    rate: str
    per: int
    # In dollars, before it is rounded.
    exact_cost: Fraction


class InvalidUsage(Exception):
    """The counters contradict each other or exceed what can be stored."""


def round_places(value):
    """Rounds a fraction half to even to 12 places, as an integer of 10^-12."""
    return round(value * 10**12)


def dollars(pico):
    """A decimal with 12 places from 10^-12 dollars."""
    return Decimal(pico).scaleb(-12, EXACT)


def bare_id(model):
    """A model's id without the region that it may begin with."""
    name = model["model"].lower()
    region = REGION.match(name)
    return name[region.end() :] if region else name


def is_part(part, whole):
    """Whether one unit's dimensions contain the other's, and more."""
    return part != whole and whole.items() <= part.items()


def name_matches(clause, name):
    """Whether a clause of the facts means a name that is in lower case."""
    ((kind, value),) = clause.items()
    if kind == "any":
        return any(name_matches(inner, name) for inner in value)
    if kind == "all":
        return all(name_matches(inner, name) for inner in value)
    if kind == "regex":
        return re.search(value, name) is not None
    value = value.lower()
    return {
        "equals": name == value,
        "starts_with": name.startswith(value),
        "ends_with": name.endswith(value),
        "contains": value in name,
    }[kind]


def holds(price, instant):
    """Whether the conditions of a price hold."""
    if "from" in price and instant.date() < datetime.date.fromisoformat(price["from"]):
        return False
    if "daily_from" in price:
        start = datetime.time.fromisoformat(price["daily_from"].removesuffix("Z"))
        end = datetime.time.fromisoformat(price["daily_until"].removesuffix("Z"))
        now = instant.time()
        return (start <= now < end) if start <= end else (now >= start or now < end)
    return True


def conditions_of(price):
    """How the conditions of a price are written in the name of an entry."""
    text = "".join(f"+{key}={price['when'][key]}" for key in sorted(price.get("when", {})))
    if "from" in price:
        text += "@" + price["from"]
    if "daily_from" in price:
        text += f"@{price['daily_from']}-{price['daily_until']}"
    return text


class Oracle:
    """Prices events by a file of price facts."""

    def __init__(self, facts=FACTS):
        book = json.loads(pathlib.Path(facts).read_text(encoding="utf-8"))
        self.units = {unit["usage"]: unit for unit in book["units"]}
        self.unit_by_rate = {unit["rate"]: unit for unit in book["units"]}
        self.dimensions = {name: unit["dimensions"] for name, unit in self.units.items()}
        self.providers = book["providers"]
        self.regional = set()
        for at, provider in enumerate(self.providers):
            ids = [bare_id(model) for model in provider["models"]]
            self.regional |= {(at, model_at) for model_at, bare in enumerate(ids) if ids.count(bare) > 1}
        self.parts = {
            whole: [part for part in self.units if is_part(self.dimensions[part], self.dimensions[whole])]
            for whole in self.units
        }
        self.divisions = {whole: self.divisions_of(whole) for whole in self.units}

    def divisions_of(self, whole):
        """Parts with one more dimension than the whole, by that dimension: they exclude each other."""
        divisions = {}
        for part in self.parts[whole]:
            added = self.dimensions[part].keys() - self.dimensions[whole].keys()
            if len(added) == 1:
                divisions.setdefault(*added, []).append(part)
        return divisions

    # Which model is meant.

    @functools.lru_cache(maxsize=100_000)
    def find(self, provider_name, model_name):
        """The index of provider and model that price a reported pair, and whether it is a fallback."""
        provider_name = provider_name.strip().lower()
        model_name = model_name.lower()
        chosen = None
        for at, provider in enumerate(self.providers):
            if provider["provider"] == provider_name:
                chosen = at
                break
        if chosen is None:
            for at, provider in enumerate(self.providers):
                clause = provider.get("provider_match")
                if clause and name_matches(clause, provider_name):
                    chosen = at
                    break
        if chosen is None:
            return None
        order = [chosen]
        for name in self.providers[chosen].get("fallback_providers", []):
            order += [at for at, provider in enumerate(self.providers) if provider["provider"] == name]
        for at in order:
            for model_at, model in enumerate(self.providers[at]["models"]):
                if name_matches(model["match"], model_name):
                    return at, model_at, at != chosen
        return None

    # Which rates are in force.

    def rates(self, event, place):
        """Rates by usage unit, the entry's name, and whether the price is exact or assumed."""
        provider_at, model_at, is_fallback = place
        provider = self.providers[provider_at]
        model = provider["models"][model_at]
        instant = EPOCH + datetime.timedelta(microseconds=event["event_time"])
        active = [price for price in model["prices"] if holds(price, instant)]
        if not active:
            return None
        price = active[-1]
        rates = dict(price["rates"])
        name = f"{provider['provider']}/{model['model']}{conditions_of(price)}"
        request = self.request_of(event)
        tier_found = False
        taken = set()
        for variant in [] if is_fallback else model.get("variants", []):
            wanted = variant["when"]
            selected = all(request.get(key) == value.lower() for key, value in wanted.items())
            if not selected or not holds(variant, instant):
                continue
            tier_found = tier_found or "service_tier" in wanted or "processing" in wanted
            fresh = {rate: value for rate, value in variant["rates"].items() if rate not in taken}
            if fresh:
                name += conditions_of(variant)
            rates.update(fresh)
            taken.update(fresh)
        named = [event.get("service_tier"), (event.get("attributes") or {}).get("processing")]
        is_named = any(value is not None and value.lower() not in ORDINARY_TIERS for value in named)
        tier_missed = is_named and not tier_found
        # The model's price depends on the region, and the name that was reported says none.
        region_missed = (
            bool(event.get("region"))
            and (provider_at, model_at) in self.regional
            and not any(REGION.match(part) for part in re.split("[/:]", event["model"].lower()))
        )
        match = "assumed" if tier_missed or region_missed else "exact"
        return {self.unit_by_rate[rate]["usage"]: value for rate, value in rates.items()}, name, match

    @staticmethod
    def request_of(event):
        """What of an event may select a variant, in lower case."""
        attributes = event.get("attributes") or {}
        request = {key: attributes[key].lower() for key in MAP_ATTRIBUTES if attributes.get(key) is not None}
        for key in FIELDS:
            if event.get(key) is not None:
                request[key] = event[key].lower()
        if request.get("service_tier") == "batch":
            request["processing"] = "batch"
        return request

    # How much of what is charged.

    def least(self, unit, usage, known):
        """What was reported of a unit, or the least that its reported parts allow."""
        if unit in known:
            return known[unit]
        if unit not in usage and usage.keys().isdisjoint(self.parts[unit]):
            known[unit] = 0
            return 0
        divisions = self.divisions[unit].values()
        sums = [sum(self.least(part, usage, known) for part in division) for division in divisions]
        parts = max(sums, default=0)
        if unit in usage:
            if parts > usage[unit]:
                raise InvalidUsage(f"parts of {unit} exceed it")
            parts = usage[unit]
        known[unit] = parts
        return parts

    def leaves(self, usage, priced):
        """The disjoint quantities at the rates of the priced units, and the total input tokens."""
        for unit, count in usage.items():
            if count < 0 or count > COUNT_MAX:
                raise InvalidUsage(unit)
        known = {}
        for unit in self.units:
            self.least(unit, usage, known)
        leaves = {}

        def priced_parts(unit):
            return sum(leaf(part) for part in self.parts[unit] if part in priced)

        def leaf(unit):
            if unit not in leaves:
                rest = known[unit] - priced_parts(unit)
                if unit == "requests" and unit not in usage:
                    rest = Fraction(1)
                elif rest < 0 and unit in usage:
                    raise InvalidUsage(f"priced parts of {unit} exceed it")
                leaves[unit] = max(rest, 0)
            return leaves[unit]

        for unit in priced:
            leaf(unit)
        total = usage.get("input_tokens")
        if total is None:
            own = leaves.get("input_tokens", 0)
            total = max(known["input_tokens"], own + priced_parts("input_tokens"))
        return leaves, total

    def usage_of(self, event):
        """The counters that an event has, as fractions with at most 12 places."""
        reported = {**event, **(event.get("other_usage") or {})}
        usage = {}
        for unit in self.units:
            if reported.get(unit) is not None:
                usage[unit] = Fraction(round_places(Fraction(reported[unit])), 10**12)
        return usage

    def items(self, rates, usage):
        """The parts of a charge of which anything was used."""
        leaves, total_input = self.leaves(usage, set(rates))
        items = []
        for unit, quantity in leaves.items():
            rate = rates[unit]
            if isinstance(rate, dict):
                tiers = [tier for tier in rate["tiers"] if total_input > tier["above_input_tokens"]]
                tiers.sort(key=lambda tier: tier["above_input_tokens"])
                rate = tiers[-1]["rate"] if tiers else rate["base"]
            per = self.units[unit]["per"]
            if quantity:
                items.append(Item(unit, quantity, rate, per, quantity * Fraction(rate) / per))
        return items

    def charge(self, items):
        """10^-12 dollars by direction."""
        cost = {"input": 0, "output": 0, "other": 0}
        for item in items:
            direction = self.dimensions[item.unit].get("direction", "other")
            cost[direction] += round_places(item.exact_cost)
        if sum(cost.values()) > EVENT_COST_MAX * 10**12:
            raise InvalidUsage("cost out of range")
        return cost

    def price(self, event):
        """Prices one decoded event."""
        return self.explain(event)[0]

    def explain(self, event):
        """Prices one decoded event: the lake's columns, and the parts of the charge."""
        if event.get("served_from") == "app_cache":
            return answer("priced", dict.fromkeys(COST_COLUMNS, 0), "exact", "app_cache"), []
        usage = self.usage_of(event)
        if not usage and event.get("gpu_seconds") is None:
            return answer("unmetered"), []
        place = self.find(event["provider"], event["model"])
        found = None if place is None else self.rates(event, place)
        if found is None:
            return answer("unpriced"), []
        rates, name, match = found
        try:
            items = self.items(rates, usage)
            cost = self.charge(items)
        except InvalidUsage:
            return answer("invalid_usage"), []
        return answer("priced", cost, match, name), items


def answer(status, cost=None, match=None, entry=None):
    """The lake's columns for an event, from its cost in 10^-12 dollars by direction."""
    columns = {name: cost and dollars(cost[part]) for part, name in COST_COLUMNS.items()}
    columns["cost_usd"] = cost and dollars(sum(cost.values()))
    columns["list_cost_usd"] = columns["contracted_cost_usd"] = columns["cost_usd"]
    return columns | {"price_status": status, "price_match": match, "price_entry": entry}


BUILT_IN = Oracle()
# The names of all usage units.
UNITS = tuple(BUILT_IN.units)


def price(event):
    """Prices one decoded event by the built-in facts."""
    return BUILT_IN.price(event)


def read_event(line):
    """A native event with its time in microseconds."""
    event = json.loads(line, parse_float=Decimal)
    moment = event["event_time"]
    if isinstance(moment, str):
        since_epoch = datetime.datetime.fromisoformat(moment) - EPOCH
        event["event_time"] = since_epoch // datetime.timedelta(microseconds=1)
    else:
        event["event_time"] = moment * 1000
    return event


def main():
    """Answers events from standard input."""
    oracle = Oracle(sys.argv[2]) if sys.argv[1:2] == ["--facts"] else BUILT_IN
    for line in sys.stdin:
        if line.strip():
            answered = oracle.price(read_event(line))
            print(json.dumps({name: plain(value) for name, value in answered.items()}))


def plain(value):
    """A decimal as a text with 12 places; anything else as it is."""
    return f"{value:f}" if isinstance(value, Decimal) else value


if __name__ == "__main__":
    main()
