"""Numbers that a field cannot have: too large, not whole, below zero; parts above their total."""

from corpus import fields
from corpus.case import message, rejects, spelled

USAGE_COUNT_MAX = 10**12
COUNT_MAX = 2**63 - 1
LONG = 10_000


def too_large():
    """Above what each field may hold, in every spelling."""
    huge = (
        "1e400",
        "1E+400",
        "1e999999999999999999999",
        "9" * LONG,
        "1" + "0" * LONG,
        f"1{'0' * LONG}.0",
    )
    for name in fields.COUNTERS:
        for text in (str(USAGE_COUNT_MAX + 1), "1000000000001.0", "1.000000000001e12", "1e13"):
            yield f"{name}: {text}", spelled(name, text)
        for text in (
            str(2**53),
            str(COUNT_MAX),
            str(COUNT_MAX + 1),
            str(2**64),
            str(2**64 + 5),
            *huge,
        ):
            yield f"{name}: {text[:40]}", spelled(name, text)
    for name in fields.INTEGERS:
        for text in (str(COUNT_MAX + 1), str(2**64 - 1), str(2**64), str(2**64 + 5), "1e19", *huge):
            yield f"{name}: {text[:40]}", spelled(name, text)
    for name in fields.MILLISECONDS:
        for text in (
            "1e15",
            str(10**15),
            "999999999999999.9995",
            "999999999999999.99950",
            "1e16",
            *huge,
        ):
            yield f"{name}: {text[:40]}", spelled(name, text)
    for name in fields.QUANTITIES:
        # Counted in 10^-12 all of these need more than 38 digits, some just more than 127 bits.
        for text in (
            "1e26",
            "2e26",
            "4e26",
            str(3 * 10**26),
            f"{10**26 - 1}.9999999999995",
            *huge[:4],
        ):
            yield f"{name}: {text[:40]}", spelled(name, text, input_tokens=None, output_tokens=None)
    for text in (
        "1.00001e16",
        "10000000000000000.000000000001",
        "1e17",
        *(f"{digit}e26" for digit in range(1, 10)),
        "1e38",
        *huge,
    ):
        yield f"reported_cost_usd: {text[:40]}", spelled("reported_cost_usd", text)
        yield f'reported_cost_usd: "{text[:40]}"', spelled("reported_cost_usd", f'"{text}"')


def not_whole():
    """Fractions where whole numbers are counted."""
    fractions = (
        "0.5",
        "1.5",
        "1e-1",
        "1e-400",
        "10e-2",
        "99.999999999999999999",
        "1." + "0" * LONG + "1",
    )
    for name in (*fields.COUNTERS, *fields.INTEGERS):
        for text in (*fractions, "0." + "0" * LONG + "1", "1e-999999999999999999999"):
            yield f"{name}: {text[:40]}", spelled(name, text)


def below_zero():
    """Below the least value of fields that are no usage."""
    for text in (
        "-1",
        "-1.0",
        "-1e2",
        "-0.5",
        "-1e-400",
        "-1e400",
        "-" + "9" * LONG,
        str(-(2**63)),
    ):
        for name in (*fields.INTEGERS, *fields.MILLISECONDS, "reported_cost_usd"):
            yield f"{name}: {text[:40]}", spelled(name, text)
        yield f'reported_cost_usd: "{text[:40]}"', spelled("reported_cost_usd", f'"{text}"')
    for text in ("0", "-0", "0.0", "0e5"):
        yield f"attempt: {text}", spelled("attempt", text)


def no_money():
    """Texts that name no amount."""
    for text in (
        *(
            "",
            " ",
            "a lot",
            "$1",
            "1$",
            "1 USD",
            "1,5",
            "1_000",
            "1.",
            ".5",
            "1e",
            "e5",
            "+1",
            "--1",
            "-",
        ),
        *(
            "1.5.5",
            "1e5.0",
            "0x10",
            "NaN",
            "nan",
            "Infinity",
            "-Infinity",
            "inf",
            " 1",
            "1 ",
            "1\n",
            "\u0661",
        ),
        *(
            "-0.000000000001",
            "1e+",
            "1e-",
            "1ee5",
            "1e5e5",
            "null",
            "-1e-999",
            "1\u0000",
            "\uff11",
            "(1)",
        ),
    ):
        yield f"{text!r}", message(reported_cost_usd=text)


def negative_usage():
    """Usage below zero, by however little."""
    for name in (*fields.COUNTERS, *fields.QUANTITIES):
        for text in ("-1", "-1.0", "-1e2", "-0.5", "-1e-12"):
            yield f"{name}: {text}", spelled(name, text)
    for name in ("input_tokens", "gpu_seconds", "web_searches"):
        for text in (
            *("-1e-400", "-1e400", "-1e-999999999999999999999", "-1e999999999999999999999"),
            *(
                "-0." + "0" * LONG + "1",
                "-" + "9" * LONG,
                str(-(2**63)),
                str(-(2**63) - 1),
                str(-(2**64)),
            ),
        ):
            yield f"{name}: {text[:40]}", spelled(name, text)


def parts_exceed():
    """Parts that add up to more than their total, by one and by more."""
    read, write, short, long = fields.COUNTERS[2:6]
    for total in (0, 1, 100, USAGE_COUNT_MAX - 1):
        over = total + 1
        # The same output in all of them, so that only the total of the input is exceeded.
        for parts in (
            {read: over},
            {write: over},
            {short: over},
            {long: over},
            {read: total, write: 1},
            {read: 1, write: total},
            {read: total, short: 1},
            {read: total, long: 1},
            {short: total, long: 1},
            {write: total, short: total, long: 1},
            {write: 0, short: 0, long: 1},
        ):
            named = ", ".join(f"{name}: {count}" for name, count in parts.items())
            yield f"{named} of input_tokens: {total}", message(input_tokens=total, **parts)
        yield (
            f"reasoning {over} of {total}",
            message(output_tokens=total, output_reasoning_tokens=over),
        )
        for side in ("input", "output"):
            for modality in ("text", "audio", "image", "video"):
                unit = f"{side}_{modality}_tokens"
                yield f"{unit}: {over} of {total}", message(**{f"{side}_tokens": total, unit: over})
                text = f"{total}.000000000001"
                yield f"{unit}: {text} of {total}", spelled(unit, text, **{f"{side}_tokens": total})


def cases():
    """All cases of this kind."""
    wrong = (too_large, not_whole, below_zero, no_money)
    return [
        *(case for kind in wrong for case in rejects("wrong_type", kind())),
        *rejects("negative_usage", negative_usage()),
        *rejects("usage_parts_exceed_total", parts_exceed()),
    ]
