"""Usage events like those of a real product, from a seed: the same seed gives the same events."""

import json
import random
from pathlib import Path

FACTS = Path(__file__).resolve().parents[2] / "schemas" / "prices" / "price-facts.json"

TENANTS = ("acme", "globex", "initech", "umbrella", "")
FEATURES = ("chat", "search", "summarise", "translate", "autocomplete", "review", None)
WORKFLOWS = ("support-ticket", "invoice-audit", "onboarding", "Büro-Übersetzung", None)
AGENTS = ("planner", "coder", None, None)
REGIONS = ("us-east-1", "eu-central-1", None, None)
TIERS = (None, None, None, "default", "batch", "priority", "flex")
# Models that no price book knows: their cost stays unknown.
UNKNOWN_MODELS = (("acme-fleet", "house-llama-7b"), ("openai", "gpt-not-yet-announced"))
KNOWN_PROVIDERS = ("openai", "anthropic", "google", "mistral", "deepseek", "azure", "aws", "groq")
MODELS_PER_PROVIDER = 6
USERS = 3_000


def price_facts():
    """The price facts of the project."""
    return json.loads(FACTS.read_text())


class Generator:
    """Makes events; times and ids are the caller's."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.models = list(UNKNOWN_MODELS)
        for provider in price_facts()["providers"]:
            if provider["provider"] in KNOWN_PROVIDERS:
                names = [model["model"] for model in provider["models"]]
                chosen = self.random.sample(names, min(MODELS_PER_PROVIDER, len(names)))
                self.models += [(provider["provider"], name) for name in chosen]

    def event(self, event_id, event_time):
        """One event as the dict that its JSON is made from."""
        draw = self.random
        provider, model = draw.choice(self.models)
        event = {
            "event_id": event_id,
            "event_time": event_time,
            "provider": provider,
            "model": model,
            "tenant": draw.choice(TENANTS),
            # Few users make most calls.
            "user_id": f"user-{int(USERS ** draw.random()) - 1}",
            "feature": draw.choice(FEATURES),
            "workflow": draw.choice(WORKFLOWS),
            "agent": draw.choice(AGENTS),
            "region": draw.choice(REGIONS),
            "service_tier": draw.choice(TIERS),
            "session_id": f"session-{draw.randrange(10_000)}",
        }
        self.add_outcome(event)
        self.add_usage(event)
        return {name: value for name, value in event.items() if value is not None}

    def add_outcome(self, event):
        draw = self.random
        event["status"] = draw.choices((None, "error", "cancelled"), (95, 3, 2))[0]
        event["usage_state"] = draw.choices((None, "partial", "estimated"), (96, 2, 2))[0]
        event["served_from"] = draw.choices((None, "app_cache"), (98, 2))[0]
        event["attempt"] = draw.choices((None, 1, 2, 3), (60, 35, 4, 1))[0]
        event["latency_ms"] = draw.choice((None, draw.randrange(30_000), draw.random() * 9_000))
        event["time_to_first_token_ms"] = draw.choice((None, draw.randrange(2_000)))
        if draw.random() < 0.3:
            event["attributes"] = {f"label-{n}": f"välue {n}" for n in range(draw.randrange(4))}
        if draw.random() < 0.2:
            cost = draw.random()
            event["reported_cost_usd"] = draw.choice((cost, f"{cost:.9f}"))

    def add_usage(self, event):
        draw = self.random
        if event["status"] == "error" and draw.random() < 0.7:
            return
        fresh, read, written = int(draw.paretovariate(1.1) * 200), 0, 0
        if draw.random() < 0.4:
            read = event["cache_read_tokens"] = draw.randrange(20_000)
        if draw.random() < 0.15:
            parts = [draw.randrange(4_000), draw.randrange(4_000)]
            written = event["cache_write_tokens"] = sum(parts)
            if draw.random() < 0.5:
                event["cache_write_5m_tokens"], event["cache_write_1h_tokens"] = parts
        event["input_tokens"] = min(fresh, 500_000) + read + written
        event["output_tokens"] = draw.randrange(4_000)
        if draw.random() < 0.2:
            event["output_reasoning_tokens"] = draw.randrange(event["output_tokens"] + 1)
        if draw.random() < 0.02:
            event["web_searches"] = draw.randrange(1, 5)
        if draw.random() < 0.02:
            event["input_audio_tokens"] = draw.randrange(min(fresh, 500_000) + 1)


def payload(event):
    """The bytes of an event's message."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


class Bodies:
    """Events made ahead, to be sent fast: only id and time are filled in at the last moment."""

    def __init__(self, seed, count):
        generator = Generator(seed)
        self.bodies = []
        for _ in range(count):
            event = generator.event("", 0)
            del event["event_id"], event["event_time"]
            self.bodies.append((event["user_id"].encode(), payload(event)[1:]))

    def message(self, number, event_id, time_ms):
        """Key and payload of the event with this number."""
        key, body = self.bodies[number % len(self.bodies)]
        return key, b'{"event_id":"%s","event_time":%d,%s' % (event_id.encode(), time_ms, body)
