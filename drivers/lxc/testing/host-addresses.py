"""Run as the only program of a container that is limited to 10.9.0.1 of the host; says what its sockets may do, as JSON."""

import json
import socket

ALLOWED, OTHER = "10.9.0.1", "10.9.0.2"
IPV4, IPV6 = socket.AF_INET, socket.AF_INET6


def bound(address, family=IPV4, kind=socket.SOCK_STREAM):
    one = socket.socket(family, kind)
    one.settimeout(10)
    one.bind((address, 0))
    return one


def outcome(action):
    try:
        return action()
    except OSError as error:
        return error.strerror


def connected(listening, address, family=IPV4):
    listening.listen()
    one = socket.socket(family)
    one.settimeout(10)
    one.connect((address, listening.getsockname()[1]))
    return [one.getsockname()[0], one.getpeername()[0]]


def sent(address):
    receiver = bound(ALLOWED, kind=socket.SOCK_DGRAM)
    sender = socket.socket(IPV4, socket.SOCK_DGRAM)
    sender.sendto(b"x", (address, receiver.getsockname()[1]))
    return receiver.recvfrom(1)[1][0]


def raw():
    socket.socket(IPV4, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    return "open"


print(
    json.dumps(
        {
            "bind allowed": outcome(lambda: bound(ALLOWED).getsockname()[0]),
            "bind other": outcome(lambda: bound(OTHER).getsockname()[0]),
            "bind any": outcome(lambda: bound("").getsockname()[0]),
            "bind any of IPv6": outcome(lambda: bound("::", IPV6).getsockname()[0]),
            "bind other, mapped": outcome(lambda: bound("::ffff:" + OTHER, IPV6).getsockname()[0]),
            "loopback": outcome(lambda: bound("127.0.0.1").getsockname()[0]),
            "loopback of IPv6": outcome(lambda: bound("::1", IPV6).getsockname()[0]),
            "connect allowed": outcome(lambda: connected(bound(""), ALLOWED)),
            "connect other": outcome(lambda: connected(bound(""), OTHER)),
            "connect allowed, mapped": outcome(lambda: connected(bound(""), "::ffff:" + ALLOWED, IPV6)),
            "connect loopback": outcome(lambda: connected(bound("127.0.0.1"), "127.0.0.1")),
            "send to allowed": outcome(lambda: sent(ALLOWED)),
            "send to other": outcome(lambda: sent(OTHER)),
            "raw socket": outcome(raw),
        }
    ),
    "DONE",
    flush=True,
)
