"""Requests for `tokenmeter prices quote`, made from the price facts and a seed.

Every model by its id and by every kind of other name that means it; every unit that it prices and
units that it does not; tier edges, date edges and edges of daily hours; every variant by every key;
counts from 0 to beyond what is stored; usage that contradicts itself. What is right is not decided
here: `check_quotes.py` asks the oracle.
"""

import datetime
import json
import random
import re

from oracle.native import COUNTERS
from oracle.prices import BUILT_IN, EPOCH, name_matches

NOON_US = 1_795_176_000_000_000
SPAN_US = (1_640_995_200_000_000, 1_830_297_600_000_000)
DAY_US = 86_400_000_000
# 10^12 is the most that a counter of its own column may have.
HUGE_COUNTS = (2**53 - 1, 2**53, 2**53 + 1, 10**12, 10**12 + 1, 2**63 - 1, 2**63, 10**20, 10**20 + 1)
# Some make half of the last place, at rates by the token or by the thousand.
FRACTIONS = (
    "0.000000000001", "0.5", "1.25", "3.333333333333", "0.0000000000005", "7e-3", "1e3", "0.00001",
    "0.00003", "0.00000000005", "0.00000000015",
)  # fmt: skip
PROVIDER_ALIASES = (
    "azure.ai.openai", "aws.bedrock", "amazon", "vertex_ai", "gcp.gemini", "xai", "x_ai", "mistral_ai",
    "together_ai", "huggingface/groq", " OpenAI ", "ANTHROPIC", "azure", "google", "openrouter",
)
UNKNOWN = (("own-fleet", "gpt-4o"), ("openai", "my-finetune"), ("deepl", "deepl-pro"), ("anthropic", "x"))
ODD_ATTRIBUTES = (
    {"service_tier": "default"}, {"service_tier": "Flex"}, {"service_tier": "BATCH"},
    {"service_tier": "scale"}, {"service_tier": "auto"}, {"service_tier": ""}, {"route": "Mistral/EU"},
    {"processing": "batch"}, {"processing": "stream"}, {"speed": "fast"}, {"search_type": "web"},
    {"service_tier": "batch", "processing": "standard"}, {"service_tier": "flex", "speed": "fast"},
)  # fmt: skip
FIELDS = ("service_tier", "route")


class Raw(str):
    """A number in the spelling in which it is sent."""


def spelled(value):
    """A value as JSON."""
    return value if isinstance(value, Raw) else json.dumps(value)


def line_of(event):
    """An event as one line of JSON."""
    return "{" + ",".join(f"{json.dumps(name)}:{spelled(value)}" for name, value in event.items()) + "}"


def rfc3339(time_us):
    """An instant with microseconds."""
    instant = EPOCH + datetime.timedelta(microseconds=time_us)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def candidates(clause):
    """Names that a clause may mean; whether they do, is for the caller to see."""
    ((kind, value),) = clause.items()
    if kind == "any":
        for inner in value:
            yield from candidates(inner)
    elif kind == "all":
        parts = [[*candidates(inner)] for inner in value]
        yield from (name for names in parts for name in names)
        yield "-".join(names[0] for names in parts if names)
    elif kind == "regex":
        name = re.sub(r"\(([^()]*)\)\?", r"\1", value)
        name = name.replace("\\d{4}-\\d{2}-\\d{2}", "2026-01-02").replace("\\d{8}", "20260102")
        name = name.replace("\\d", "7").replace("[-@]", "@").replace("^", "").replace("$", "")
        yield name.replace("\\", "")
    else:
        yield {
            "equals": value,
            "starts_with": f"{value}-20260102",
            "ends_with": f"x/{value}",
            "contains": f"x/{value}-latest",
        }[kind]
        yield value


def names_of(model):
    """Names that mean a model by its own clause, its id first if it is one of them."""
    names = dict.fromkeys([model["model"], *candidates(model["match"])])
    return [name for name in names if name_matches(model["match"], name.lower())]


class Requests:
    """Makes requests; the same ones from the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.oracle = BUILT_IN
        self.units = list(BUILT_IN.units)
        self.unit_of = {rate: unit["usage"] for rate, unit in BUILT_IN.unit_by_rate.items()}
        self.depth = {name: max(0, len(kinds) - 2) for name, kinds in BUILT_IN.dimensions.items()}

    def add(self, provider, model, usage, time_us=NOON_US, selection=None, **fields):
        """Adds a request."""
        event = {
            "event_id": f"call-{len(self.lines)}",
            "event_time": rfc3339(time_us),
            "provider": provider,
            "model": model,
            **usage,
            **fields,
        }
        attributes = {}
        for key, value in (selection or {}).items():
            (event if key in FIELDS else attributes)[key] = value
        if attributes or self.random.random() < 0.02:
            event["attributes"] = attributes
        self.lines.append(line_of(event))

    def some_time(self):
        """Any time between 2022 and 2028."""
        return self.random.randrange(*SPAN_US)

    def count(self, unit, limit):
        """Up to `limit` of a unit; not always a whole number where it need not be one."""
        if unit not in COUNTERS and self.random.random() < 0.1:
            return Raw(self.random.choice(FRACTIONS))
        return self.random.randint(0, limit)

    def usage(self, units, total):
        """Usage of these units; a part is mostly small enough to fit its totals."""
        usage = {}
        for unit in units:
            limit = total // 12 ** self.depth[unit]
            usage[unit] = total if not self.depth[unit] else self.count(unit, limit)
        return usage

    def chat(self, total=None):
        """Usage of the common counters, caches with lifetimes among them."""
        pick = self.random.randint
        total = pick(0, 300_000) if total is None else total
        read = pick(0, total)
        written = pick(0, total - read)
        five = pick(0, written)
        output = pick(0, 20_000)
        usage = {
            "input_tokens": total,
            "output_tokens": output,
            "cache_read_tokens": read,
            "cache_write_tokens": written,
            "cache_write_5m_tokens": five,
            "cache_write_1h_tokens": pick(0, written - five),
            "output_reasoning_tokens": pick(0, output),
        }
        gaps = self.random.random() < 0.4
        return {unit: count for unit, count in usage.items() if not gaps or self.random.random() < 0.6}

    def all(self, more):
        """The requests of every model, then `more` at random."""
        models = [
            (provider, model) for provider in self.oracle.providers for model in provider["models"]
        ]
        for provider, model in models:
            self.model(provider["provider"], model)
        for _ in range(more):
            provider, model = self.random.choice(models)
            self.anything(provider["provider"], model)
        return self.lines

    def model(self, provider, model):
        """The requests that every model gets."""
        names = names_of(model)
        for name in dict.fromkeys([model["model"], *names]):
            self.add(provider, name, self.chat())
            self.add(provider, name.upper(), self.usage(["input_tokens", "output_tokens"], 1_000))
        prices = model["prices"] + model.get("variants", [])
        priced = sorted({self.unit_of[rate] for price in prices for rate in price["rates"]})
        for unit in priced:
            self.add(provider, names[0], {unit: self.count(unit, 50_000)})
        self.add(provider, names[0], self.usage(priced, 40_000))
        for unit in self.random.sample(self.units, 4):
            self.add(provider, names[0], self.usage([*priced, unit], 30_000))
        for variant in model.get("variants", []):
            self.variant(provider, names[0], variant)
        for price in prices:
            self.edges(provider, names[0], price)
        self.invalid(provider, names[-1], priced)
        self.add(provider, names[0], self.usage(priced, self.random.choice(HUGE_COUNTS)))
        self.add(provider, names[-1], self.chat(), self.some_time(), self.random.choice(ODD_ATTRIBUTES))

    def variant(self, provider, name, variant):
        """Requests that select a variant, in every spelling, and nearly."""
        when = variant["when"]
        for selection in (when, {key: value.upper() for key, value in when.items()}):
            self.add(provider, name, self.chat(), selection=selection)
            self.add(provider, name, self.chat(), self.some_time(), selection)
        if when.get("processing") == "batch":
            self.add(provider, name, self.chat(), selection={"service_tier": "batch"})
        self.add(provider, name, self.chat(), selection={key: "other" for key in when})
        self.edges(provider, name, variant, when)

    def edges(self, provider, name, price, selection=None):
        """Requests right before, at and behind every edge of a price."""
        rates = [rate for rate in price["rates"].values() if isinstance(rate, dict)]
        for above in sorted({tier["above_input_tokens"] for rate in rates for tier in rate["tiers"]}):
            for total in (above - 1, above, above + 1):
                self.add(provider, name, self.chat(total), selection=selection)
                parts = {"cache_read_tokens": total - 3, "cache_write_1h_tokens": 3, "output_tokens": 7}
                self.add(provider, name, parts, selection=selection)
        if "from" in price:
            day = datetime.datetime.fromisoformat(price["from"] + "T00:00:00+00:00")
            start_us = (day - EPOCH) // datetime.timedelta(microseconds=1)
            for time_us in (start_us - 1, start_us, start_us + self.random.randrange(DAY_US)):
                self.add(provider, name, self.chat(), time_us, selection)
        for bound in ("daily_from", "daily_until"):
            if bound in price:
                hours, minutes = price[bound].removesuffix("Z").split(":")
                of_day_us = (int(hours) * 60 + int(minutes)) * 60_000_000
                for days in (0, -400, 3):
                    edge_us = (NOON_US // DAY_US + days) * DAY_US + of_day_us
                    for time_us in (edge_us - 1, edge_us, edge_us + 1):
                        self.add(provider, name, self.chat(), time_us, selection)

    def invalid(self, provider, name, priced):
        """A request whose counters cannot be, one of several kinds."""
        unit = self.random.choice(priced or ["input_tokens"])
        kinds = (
            {unit: -1},
            {"input_tokens": 5, "cache_read_tokens": 4, "cache_write_tokens": 2},
            {"input_tokens": 10, "input_audio_tokens": 6, "input_text_tokens": 5},
            {"output_tokens": 0, "output_reasoning_tokens": 1},
            {"cache_write_tokens": 3, "cache_write_1h_tokens": 2, "cache_write_5m_tokens": 2},
            {"input_tokens": 3, "cache_audio_read_tokens": 4},
            {"input_tokens": Raw("1.5")},
            {},
        )
        self.add(provider, name, self.random.choice(kinds))

    def anything(self, provider, model):
        """A request with a bit of everything."""
        chance = self.random.random
        name = self.random.choice(names_of(model)) if chance() < 0.9 else model["model"] + "-x9"
        if chance() < 0.1:
            provider = self.random.choice(PROVIDER_ALIASES)
        if chance() < 0.02:
            provider, name = self.random.choice(UNKNOWN)
        usage = self.chat()
        if chance() < 0.4:
            usage |= self.usage(self.random.sample(self.units, self.random.randint(1, 4)), 90_000)
        if chance() < 0.05:
            usage[self.random.choice(self.units)] = self.random.choice(HUGE_COUNTS)
        variants = model.get("variants", [])
        selection = self.random.choice(variants)["when"] if variants and chance() < 0.5 else None
        if chance() < 0.2:
            selection = self.random.choice(ODD_ATTRIBUTES)
        fields = {}
        if chance() < 0.02:
            fields["served_from"] = "app_cache"
        if chance() < 0.02:
            usage, fields = {}, {"status": "error"}
        if chance() < 0.02:
            fields["gpu_seconds"] = Raw("0.25")
        time_us = self.some_time() if chance() < 0.5 else NOON_US
        self.add(provider, name, usage, time_us, selection, **fields)
