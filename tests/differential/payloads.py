"""Payloads for RESTORE: what redis-server dumps for values of every form that it stores."""

SCRATCH = "payload"


def make_values():
    """(command, arguments) that leaves one value at the key SCRATCH, for each form."""
    text = b"the same words again and again, " * 40
    mixed = bytes(range(256)) * 3
    strings = [b"", b"0", b"-1", b"127", b"-128", b"128", b"32767", b"-32769", b"2147483647",
               b"-2147483648", b"2147483648", b"9223372036854775807", b"-9223372036854775808",
               b"9223372036854775808", b"01", b"1.5", b"x", b"e" * 44, b"e" * 45, b"ab" * 11,
               text[:63], text[:64], text, mixed[:63], mixed[:64], mixed, text * 4, mixed * 6,
               b"\x00" * 5000, bytes(7 * i % 251 for i in range(4096))]
    lists = [[b"1"], [b""], [b"a", b"b", b"c"], [b"%d" % i for i in range(-70, 130)],
             [b"127", b"128", b"4095", b"-4096", b"32767", b"-32768", b"8388607", b"8388608",
              b"2147483647", b"-2147483649", b"9223372036854775807", b"-9223372036854775808"],
             [b"e" * 63, b"f" * 64, b"g" * 4095, b"h" * 4096, b"i" * 10],
             [b"element:%06d" % i for i in range(1500)], [mixed[:256]] * 60, [text] * 20,
             [mixed * 12, b"1", text * 8, b"", mixed * 12],
             [b"%d" % (i * i * i) for i in range(900)]]
    for value in strings:
        yield [b"SET", SCRATCH.encode(), value]
    for elements in lists:
        yield [b"RPUSH", SCRATCH.encode()] + elements


def collect(connection):
    """The payloads, from a connection to redis-server whose keyspace is empty."""
    found = []
    for command in make_values():
        connection.call(*command)
        found.append(connection.call("DUMP", SCRATCH)[1])
        connection.call("DEL", SCRATCH)
    return found


def damage(payload, rng):
    """The payload with something wrong: cut, longer, a bit changed, another version, or nothing."""
    how = rng.randrange(6)
    if how == 0:
        return payload[: rng.randrange(len(payload))]
    if how == 1:
        return payload + b"x"
    if how == 2:
        # Beyond the version that redis-server 7.0 knows, which it looks at before the checksum.
        return payload[:-10] + b"\xff\xff" + payload[-8:]
    if how == 3:
        return rng.choice((b"", b"x", b"\x00" * 9, b"\x01" * 10, b"nonsense-payload"))
    at = rng.randrange(len(payload))
    return payload[:at] + bytes([payload[at] ^ (1 << rng.randrange(8))]) + payload[at + 1 :]
