"""Bytes that are no text, and texts in another encoding than UTF-8."""

from corpus.case import MEBIBYTE, message, rejects, spelled

GOOD = message()

# Bytes that UTF-8 never has, or not here.
WRONG_SEQUENCES = {
    "a lone continuation byte": [bytes([byte]) for byte in range(0x80, 0xC0)],
    "a byte that UTF-8 never has": [bytes([byte]) for byte in (0xC0, 0xC1, *range(0xF5, 0x100))],
    "an overlong form": [
        b"\xc0\x80",
        b"\xc0\xaf",
        b"\xc1\xbf",
        b"\xe0\x80\x80",
        b"\xe0\x80\xaf",
        b"\xe0\x9f\xbf",
        b"\xf0\x80\x80\x80",
        b"\xf0\x80\x80\xa2",
        b"\xf0\x8f\xbf\xbf",
    ],
    "half a surrogate pair": [b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xb0\x80", b"\xed\xbf\xbf"],
    "a surrogate pair": [b"\xed\xa0\xbd\xed\xb8\x80", b"\xed\xaf\xbf\xed\xbf\xbf"],
    "a code above the last one": [b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf7\xbf\xbf\xbf"],
    "a form of five or six bytes": [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"],
    "a sequence cut short": [b"\xc3", b"\xe2", b"\xe2\x82", b"\xf0", b"\xf0\x9f", b"\xf0\x9f\x98"],
    "a sequence broken off": [b"\xc3(", b"\xe2\x28\xa1", b"\xe2\x82(", b"\xf0\x28\x8c\xbc"],
}


def not_utf8():
    """Every wrong sequence in a value, in a name and outside of strings."""
    for what, sequences in WRONG_SEQUENCES.items():
        for wrong in sequences:
            where = f"{what}: {wrong.hex()}"
            yield f"{where} in a value", GOOD.replace(b"openai", b"op" + wrong + b"en")
            yield f"{where} in an unknown name", spelled("colour", "1").replace(b"our", wrong)
            yield f"{where} behind the object", GOOD + wrong
            yield f"{where} in front", wrong + GOOD
    yield "UTF-16 with a mark, little end first", b"\xff\xfe" + GOOD.decode().encode("utf-16-le")
    yield "UTF-16 with a mark, big end first", b"\xfe\xff" + GOOD.decode().encode("utf-16-be")
    yield "UTF-32 with a mark", GOOD.decode().encode("utf-32")
    yield "Latin-1", message(tenant="caf\u00e9").decode().encode("latin-1")
    yield "Windows-1252", message(tenant="\u201cquoted\u201d").decode().encode("cp1252")
    yield "Shift-JIS", message(tenant="\u6771\u4eac").decode().encode("shift-jis")
    yield "GB 18030", message(tenant="\u4e2d\u6587").decode().encode("gb18030")
    yield "EBCDIC", GOOD.decode().encode("cp500")
    yield "a gzip member", bytes.fromhex("1f8b0800000000000003abae0500") + b"\x43\xbf\xa6\xa3"
    yield "MessagePack", b"\x81\xa8event_id\xa5bad-1"
    yield "bytes of every value", bytes(range(256))


def other_encodings():
    """Valid UTF-8 by chance, and no JSON."""
    yield "UTF-16 without a mark, little end first", GOOD.decode().encode("utf-16-le")
    yield "UTF-16 without a mark, big end first", GOOD.decode().encode("utf-16-be")
    yield "UTF-32 without a mark", GOOD.decode().encode("utf-32-le")
    yield "UTF-7", GOOD.decode().replace("{", "+AHs-").encode()
    yield "a byte order mark", b"\xef\xbb\xbf" + GOOD
    yield "two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD
    yield "a byte order mark behind", GOOD + b"\xef\xbb\xbf"
    yield "only a byte order mark", b"\xef\xbb\xbf"


def too_large():
    """Messages over a mebibyte, whatever they hold."""
    room = MEBIBYTE - len(message(attributes={"a": ""}))
    yield "an event of a byte too many", message(attributes={"a": "x" * (room + 1)})
    for size in (MEBIBYTE + 1, MEBIBYTE + 2, 2 * MEBIBYTE):
        yield f"{size} letters", b"x" * size
        yield f"{size} bytes that are no UTF-8", b"\xff" * size
        yield f"{size} spaces", b" " * size
        yield f"{size} zero bytes", bytes(size)
        yield f"{size} brackets", b"[" * size
        yield f"an event and spaces, {size} bytes", GOOD + b" " * (size - len(GOOD))
        yield f"a number of {size} digits", b"9" * size


def cases():
    """All cases of this kind."""
    return [
        *rejects("not_utf8", not_utf8()),
        *rejects("not_json", other_encodings()),
        *rejects("too_large", too_large()),
    ]
