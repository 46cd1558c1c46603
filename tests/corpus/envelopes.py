"""What a Kafka record has beside its message: keys and headers of every kind."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Envelope:
    """A record's key and headers."""

    what: str
    key: bytes | None = b"user-7"
    headers: tuple = ()

    def kept(self):
        """The headers as `rejects` keeps them: the last of a name; no value is an empty text.

        Bytes that are no UTF-8 are replaced.
        """
        return {name: (value or b"").decode(errors="replace") for name, value in self.headers}


KINDS = (
    Envelope("nothing", None),
    Envelope("an empty key", b""),
    Envelope("a binary key", bytes(range(256))),
    Envelope("a long key", b"k" * 10_000),
    Envelope("a header", headers=(("trace", b"abc"),)),
    Envelope("a header without a value", headers=(("trace", None),)),
    Envelope("a header with an empty value", headers=(("trace", b""),)),
    Envelope("a header without a name", headers=(("", b"abc"),)),
    Envelope("a header with nothing at all", headers=(("", None),)),
    Envelope("a name that came twice", headers=(("trace", b"1"), ("other", b"2"), ("trace", b"3"))),
    Envelope("a name that came twice, then null", headers=(("trace", b"1"), ("trace", None))),
    Envelope(
        "a binary header", headers=(("raw", bytes(range(256))), ("half", b"\xed\xa0\x80\xff"))
    ),
    Envelope("a header with zero bytes", headers=(("zero", b"\x00a\x00"),)),
    Envelope("a name of other letters", headers=(("\u6771\u4eac \U0001f600", "\u00fc".encode()),)),
    Envelope("a long name", headers=(("n" * 2_000, b"abc"),)),
    Envelope("a long header", headers=(("long", b"\xc3\xbc" * 4_000),)),
    Envelope("many headers", headers=tuple((f"h{n}", b"%d" % n) for n in range(50))),
    Envelope("headers that look like SQL", headers=(("'; DROP TABLE rejects; --", b'"'),)),
)


def of(number):
    """The envelope of the message with this number."""
    return KINDS[number % len(KINDS)]
