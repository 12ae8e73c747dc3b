#!/usr/bin/python3
"""Makes calls as no stock client would, and tells what was answered.

    wire.py < {"to": ["127.0.0.1", 16509] or "/path/of/a/socket", "calls": [CALL…], "times": N}

A CALL is [procedure], [procedure, data] with data as a step of SASL has it (null: none), or [procedure, data, mechanism]. All go
over one connection, each after the answer to the one before; `times` does everything again, each on a connection of its own that
is left open. Prints one line of JSON for each connection: for each call its error code or 0, the text of an error or of the
answer, and the seconds it took; "gone" when the connection was closed.
"""
import json
import socket
import struct
import sys
import time

PROGRAM = 0x20008086


def chars(data):
    """A char array: each is an integer of its own."""
    return struct.pack('>I', len(data)) + b''.join(struct.pack('>i', byte) for byte in data)


def text(value):
    return struct.pack('>I', len(value)) + value + b'\0' * (-len(value) % 4)


def payload(data=b'', mechanism=None, *, step):
    if not step:
        return b''
    nil = data is None
    head = b'' if mechanism is None else text(mechanism.encode())
    return head + struct.pack('>i', 1 if nil else 0) + chars(b'' if nil else data.encode())


def connect(to):
    if isinstance(to, str):
        client = socket.socket(socket.AF_UNIX)
        client.connect(to)
        return client
    return socket.create_connection(tuple(to))


def receive(client, size):
    got = b''
    while len(got) < size:
        more = client.recv(size - len(got))
        if not more:
            raise ConnectionError
        got += more
    return got


def call(client, serial, procedure, *rest):
    body = payload(*rest, step=len(rest) > 0)
    began = time.monotonic()
    try:
        client.sendall(struct.pack('>IIIiIII', 28 + len(body), PROGRAM, 1, procedure, 0, serial, 0) + body)
        size, = struct.unpack('>I', receive(client, 4))
        message = receive(client, size - 4)
    except OSError:
        return 'gone'
    status, = struct.unpack('>I', message[20:24])
    answer = message[24:]
    code = 0
    if status != 0:
        code, = struct.unpack('>i', answer[:4])
        answer = answer[12:]
    length, = struct.unpack('>I', answer[:4]) if len(answer) >= 4 else (0,)
    return [code, answer[4:4 + length].decode('latin1'), time.monotonic() - began]


def main():
    wish = json.load(sys.stdin)
    connections = []
    for _ in range(wish.get('times', 1)):
        client = connect(wish['to'])
        client.settimeout(60)
        connections.append(client)
        print(json.dumps([call(client, serial, *each) for serial, each in enumerate(wish['calls'])]), flush=True)


main()
