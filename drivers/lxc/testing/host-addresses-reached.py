"""
Run as the only program of a container that is limited to 10.9.0.1 and fd09::1 of the host, with the ports on which the
host listens at 127.0.0.1, ::1 and 10.9.1.1; says which of them it gets through to, as JSON.
"""

import json
import socket
import sys

LOOPBACK, LOOPBACK6, IDLE = (int(port) for port in sys.argv[1:])
IPV4, IPV6 = socket.AF_INET, socket.AF_INET6


def connected(family, address, port, own=None):
    one = socket.socket(family)
    one.settimeout(10)
    try:
        if own is not None:
            one.bind((own, 0))
        one.connect((address, port))
        return one.getpeername()[0]
    except OSError as error:
        return error.strerror or str(error)


print(
    json.dumps(
        {
            "loopback": connected(IPV4, "127.0.0.1", LOOPBACK),
            "none": connected(IPV4, "0.0.0.0", LOOPBACK),
            "loopback of IPv6": connected(IPV6, "::1", LOOPBACK6),
            "none of IPv6": connected(IPV6, "::", LOOPBACK6),
            "none of IPv6, from one of IPv4": connected(IPV6, "::", LOOPBACK, "::ffff:10.9.0.1"),
            "an address of a link without a carrier": connected(IPV4, "10.9.1.1", IDLE),
        }
    ),
    "DONE",
    flush=True,
)
