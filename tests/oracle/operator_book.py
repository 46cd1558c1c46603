"""What an event costs by an operator's book over the facts, told a second time.

`Operator(text)` reads the TOML and prices decoded events as `prices.Oracle` does, with three prices:
`list_cost_usd`, `contracted_cost_usd` and `cost_usd`. Exact fractions; written for plainness. It
expects a book that is right: what is wrong with one is not its business.

As a program it reads native events, one JSON object a line, and writes an answer a line:

    python3 tests/oracle/operator_book.py BOOK.toml < events.ndjson > answers.ndjson
"""

import calendar
import datetime
import json
import pathlib
import sys
import tomllib
from fractions import Fraction

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from oracle.prices import (  # noqa: E402
    COST_COLUMNS,
    EPOCH,
    FACTS,
    ORDINARY_TIERS,
    REGION,
    InvalidUsage,
    Oracle,
    answer,
    dollars,
    holds,
    name_matches,
    plain,
    read_event,
    round_places,
)

TIERS = ("service_tier", "processing")


def instant(value):
    """An entry's time in microseconds: a day or an instant, as a text or TOML's own."""
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.timezone.utc)
    return (value - EPOCH) // datetime.timedelta(microseconds=1)


def day_text(time_us):
    """How an entry's first instant is written in names."""
    moment = EPOCH + datetime.timedelta(microseconds=time_us)
    if time_us % 86_400_000_000 == 0:
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")


def clause(value):
    """A clause of the facts from one of the book."""
    if isinstance(value, str):
        return {"equals": value}
    if isinstance(value, list):
        return {"any": [clause(inner) for inner in value]}
    ((kind, inner),) = value.items()
    return {kind: [clause(one) for one in inner]} if kind in ("any", "all") else {kind: inner}


def in_dollars(rate, usd):
    """A rate times the exchange rate, tiers and all, as the oracle takes rates."""
    if isinstance(rate, dict):
        tiers = [{**tier, "rate": Fraction(str(tier["rate"])) * usd} for tier in rate["tiers"]]
        return {"base": Fraction(str(rate["base"])) * usd, "tiers": tiers}
    return Fraction(str(rate)) * usd


class Operator(Oracle):
    """Prices events by facts and an operator's book."""

    def __init__(self, text, facts=FACTS):
        super().__init__(facts)
        self.book = tomllib.loads(text, parse_float=str)
        self.known = {provider["provider"].lower() for provider in self.providers}
        for section, subject in (("currencies", "code"), ("discounts", "id"), ("rates", "id"),
                                 ("commitments", "id"), ("fleets", "id"), ("models", "model")):
            self.end(self.book.setdefault(section, []), subject)
        self.book.setdefault("aliases", [])

    @staticmethod
    def end(entries, subject):
        """Ends each entry where the next of its subject begins."""
        for entry in entries:
            starts = [
                instant(other["from"])
                for other in entries
                if other[subject] == entry[subject] and other.get("provider") == entry.get("provider")
                and instant(other["from"]) > instant(entry["from"])
            ]
            ends = starts + ([instant(entry["until"])] if "until" in entry else [])
            entry["start"], entry["end"] = instant(entry["from"]), min(ends, default=None)

    def in_force(self, section, event):
        """The entries of a section that hold at an event's time, in the order of the file."""
        now = event["event_time"]
        entries = self.book[section]
        return [one for one in entries if one["start"] <= now and (one["end"] is None or now < one["end"])]

    def usd(self, entry, event):
        """US dollars for one unit of an entry's currency."""
        code = entry.get("currency", "USD")
        if code == "USD":
            return Fraction(1)
        (rate,) = [one for one in self.in_force("currencies", event) if one["code"] == code]
        return Fraction(str(rate["usd_per_unit"]))

    def means(self, entry, provider, model, model_key="model"):
        """Whether an entry is for a provider and model, in lower case."""
        wanted = ((entry.get("provider"), provider), (entry.get(model_key), model))
        return all(value is None or name_matches(clause(value), name) for value, name in wanted)

    def asks(self, entry, event):
        """Whether an event has what an entry asks for."""
        request = self.request_of(event)
        return all(request.get(key) == value.lower() for key, value in entry.get("when", {}).items())

    # Which model is meant, and who is paid.

    def meant(self, event):
        """The seller, the provider and model whose list counts, and whether variants count."""
        provider, model = event["provider"].strip().lower(), event["model"].lower()
        seller = self.seller(provider)
        for alias in self.book["aliases"]:
            names = {provider, seller}
            if alias["provider"].lower() in names and alias["name"].lower() == model:
                target = alias.get("target_provider", alias["provider"]).lower()
                found = self.listed(target, alias["model"].lower())
                return (seller or provider, *found)
        own = [
            one
            for one in self.book["models"]
            if one["provider"].lower() == (seller or provider)
        ]
        for one in own:
            same = [other for other in own if other["model"] == one["model"]]
            clauses = [clause(other["match"]) for other in same if "match" in other]
            wanted = clauses[-1] if clauses else {"equals": one["model"]}
            if name_matches(wanted, model):
                return provider, "own", one, False
        found = self.find(event["provider"], event["model"])
        if found is None:
            return None
        return (seller, found, None, found[2])

    def seller(self, provider):
        """The provider's name in the facts, by name or clause."""
        if provider in self.known:
            return provider
        for one in self.providers:
            if "provider_match" in one and name_matches(one["provider_match"], provider):
                return one["provider"].lower()
        return None

    def listed(self, provider, model):
        """A model by its id, in the lists of a provider and of those whose models it sells."""
        (at,) = [at for at, one in enumerate(self.providers) if one["provider"].lower() == provider]
        names = self.providers[at].get("fallback_providers", [])
        order = [at] + [other for name in names for other, one in enumerate(self.providers)
                        if one["provider"] == name]
        for place in order:
            for model_at, one in enumerate(self.providers[place]["models"]):
                if one["model"].lower() == model:
                    return (place, model_at, place != at), None, place != at
        raise KeyError(model)

    def price(self, event):
        """Prices one decoded event."""
        if event.get("served_from") == "app_cache":
            return three("priced", dict.fromkeys(COST_COLUMNS, 0), 0, 0, "exact", "app_cache")
        usage = self.usage_of(event)
        gpu_seconds = event.get("gpu_seconds")
        if not usage and gpu_seconds is None:
            return three("unmetered")
        meant = self.meant(event)
        fleets = [
            one
            for one in self.in_force("fleets", event)
            if self.means(one, event["provider"].strip().lower(), event["model"].lower(), "models")
            and self.asks(one, event)
        ]
        found = meant and self.contract(event, meant)
        if not found and not fleets:
            return three("unpriced")
        try:
            return self.charged(event, usage, gpu_seconds, found, fleets)
        except InvalidUsage:
            return three("invalid_usage")

    def charged(self, event, usage, gpu_seconds, found, fleets):
        """The answer for an event that has rates."""
        listed, contracted, name, match, covering = found or (None, None, None, "exact", [])
        if fleets:
            fleet = fleets[0]
            name, match = f"fleet:{fleet['id']}/{day_text(fleet['start'])}", "exact"
            self.cost_at({}, usage)
            if gpu_seconds is not None:
                seconds = Fraction(round_places(Fraction(gpu_seconds)), 10**12)
                cost = {"input": 0, "output": 0}
                cost["other"] = round_places(seconds * Fraction(str(fleet["usd_per_gpu_hour"])) / 3600)
            elif "expected_utilisation" not in fleet:
                return three("unpriced")
            else:
                hour = Fraction(str(fleet["usd_per_gpu_hour"])) * Fraction(str(fleet["count"]))
                second = hour / 3600 / Fraction(str(fleet["expected_utilisation"]))
                cost = self.cost_at(self.tokens(
                    second / Fraction(str(fleet["input_tokens_per_second"])),
                    second / Fraction(str(fleet["output_tokens_per_second"])),
                ), usage)
        elif covering:
            bought = covering[0]
            name, match = f"commitment:{bought['id']}/{day_text(bought['start'])}", "exact"
            served = {
                unit: rate
                for unit, rate in contracted.items()
                if not any(unit == whole or unit in self.parts[whole]
                           for whole in ("input_tokens", "output_tokens"))
            }
            cost = self.cost_at(served | self.amortised(bought, event), usage)
        else:
            cost = self.cost_at(contracted, usage)
        paid = sum(cost.values())
        whole = [
            sum(self.cost_at(rates, usage).values()) if rates is not None and (usage or not fleets) else paid
            for rates in (listed, contracted)
        ]
        return three("priced", cost, *whole, match, name)

    def cost_at(self, rates, usage):
        """10^-12 dollars by direction at these rates."""
        return self.charge(self.items(rates, usage))

    def tokens(self, input_rate, output_rate):
        """Rates of one token as the facts would have them."""
        per = {unit: self.units[unit]["per"] for unit in ("input_tokens", "output_tokens")}
        return {
            "input_tokens": input_rate * per["input_tokens"],
            "output_tokens": output_rate * per["output_tokens"],
        }

    def amortised(self, bought, event):
        """Rates of the capacity of a commitment."""
        moment = EPOCH + datetime.timedelta(microseconds=event["event_time"])
        days = calendar.monthrange(moment.year, moment.month)[1]
        minutes = 60 if bought["per"] == "hour" else days * 1440
        # The number of units is the same in price and capacity.
        minute = Fraction(str(bought["price"])) * self.usd(bought, event) / minutes
        share = bought.get("input_price_percent")
        of_input = Fraction(str(share)) / 100 if share is not None else 1
        shares = (of_input, 1 - of_input if share is not None else 1)
        return self.tokens(
            minute * shares[0] / Fraction(str(bought["input_tokens_per_minute"])),
            minute * shares[1] / Fraction(str(bought["output_tokens_per_minute"])),
        )

    def contract(self, event, meant):
        """List and contracted rates by unit, the entry's name, the match, covering commitments."""
        seller, place, own, _ = meant
        if own is not None:
            same = [one for one in self.in_force("models", event)
                    if one["model"] == own["model"] and one["provider"] == own["provider"]]
            if not same:
                return None
            rates = {
                self.unit_by_rate[rate]["usage"]: in_dollars(value, self.usd(same[0], event))
                for rate, value in same[0]["rates"].items()
            }
            name = f"{own['provider']}/{own['model']}@{day_text(same[0]['start'])}"
            model_id, of_tier, regional = own["model"].lower(), set(), False
        else:
            provider_at, model_at, _ = place
            found = self.rates({**event, "region": None}, place)
            if found is None:
                return None
            rates, name, _ = found
            model = self.providers[provider_at]["models"][model_at]
            model_id = model["model"].lower()
            of_tier = self.tier_units(event, model, place)
            regional = (provider_at, model_at) in self.regional and not any(
                REGION.match(part) for part in event["model"].lower().replace(":", "/").split("/")
            )
        listed = {unit: in_dollars(rate, 1) for unit, rate in rates.items()}
        contracted, used = dict(listed), []

        def selected(section):
            entries = self.in_force(section, event)
            return [one for one in entries if self.means(one, seller, model_id) and self.asks(one, event)]

        discounts = selected("discounts")
        if discounts:
            kept = 1 - Fraction(str(discounts[-1]["percent"])) / 100
            contracted = {unit: in_dollars(rate, kept) for unit, rate in contracted.items()}
            used.append(discounts[-1])
        done, negotiated = set(), []
        for entry in reversed(selected("rates")):
            names_tier = any(key in TIERS for key in entry.get("when", {}))
            fresh = {self.unit_by_rate[rate]["usage"]: value for rate, value in entry["rates"].items()}
            fresh = {unit: value for unit, value in fresh.items()
                     if unit not in done and (names_tier or unit not in of_tier)}
            if fresh:
                negotiated.insert(0, entry)
            done |= set(fresh)
            contracted |= {unit: in_dollars(value, self.usd(entry, event)) for unit, value in fresh.items()}
        used += negotiated
        commitments = selected("commitments")
        for entry in used:
            name += f"|{entry['id']}@{day_text(entry['start'])}"
        minimum = [one for one in commitments if one["kind"] == "minimum_spend"]
        name += "".join(f"|minimum_spend:{one['id']}" for one in minimum[:1])
        match = self.match(event, (seller, model_id), regional, used, bool(own) or None, meant)
        covering = [one for one in commitments if one["kind"] != "minimum_spend"]
        return listed, contracted, name, match, covering

    def tier_units(self, event, model, place):
        """The units whose list rate is that of a tier."""
        if place[2]:
            return set()
        moment = EPOCH + datetime.timedelta(microseconds=event["event_time"])
        request, taken, units = self.request_of(event), set(), set()
        for variant in model.get("variants", []):
            if all(request.get(key) == value.lower() for key, value in variant["when"].items()) and holds(
                variant, moment
            ):
                fresh = set(variant["rates"]) - taken
                taken |= fresh
                if any(key in TIERS for key in variant["when"]):
                    units |= {self.unit_by_rate[rate]["usage"] for rate in fresh}
        return units

    def match(self, event, names, regional, used, own, meant):
        """Whether the book had a price for just this kind of request."""
        asked = {key for entry in used for key in entry.get("when", {})}
        named = [event.get("service_tier"), (event.get("attributes") or {}).get("processing")]
        is_named = any(value is not None and value.lower() not in ORDINARY_TIERS for value in named)
        if own:
            tier_found = not is_named
        else:
            tier_found = self.rates({**event, "region": None}, meant[1])[2] == "exact"
        tier_found = tier_found or any(key in TIERS for key in asked)
        of_model = [one for section in ("discounts", "rates") for one in self.book[section]
                    if self.means(one, *names) and "region" in one.get("when", {})]
        region_missed = bool(event.get("region")) and (regional or bool(of_model)) and "region" not in asked
        return "exact" if tier_found and not region_missed else "assumed"


def three(status, cost=None, listed=None, contracted=None, match=None, entry=None):
    """The lake's columns for an event, from its three prices in 10^-12 dollars."""
    columns = answer(status, cost, match, entry)
    if cost is not None:
        columns["list_cost_usd"] = dollars(listed)
        columns["contracted_cost_usd"] = dollars(contracted)
    return columns


def main():
    """Answers events from standard input."""
    oracle = Operator(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    for line in sys.stdin:
        if line.strip():
            answered = oracle.price(read_event(line))
            print(json.dumps({name: plain(value) for name, value in answered.items()}))


if __name__ == "__main__":
    main()
