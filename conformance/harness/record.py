#!/usr/bin/python3
"""record.py LISTEN UPSTREAM PCAP: passes every connection to the Unix socket LISTEN on to UPSTREAM, descriptors included,
and writes what passes to the capture file PCAP as TCP to libvirt's port, for tshark. Ends with its standard input, or on SIGTERM; then
prints how many RPC messages passed.

The single bytes that carry descriptors behind a message belong to the transport, not to the protocol: they are passed on
but not written.
"""
import array
import itertools
import os
import socket
import struct
import sys
import threading
import time

PORT = 16509
SEGMENT = 60000
DESCRIPTOR_MESSAGES = (4, 5)  # call with fds, reply with fds
INT = array.array('i').itemsize


class Capture:
    """A pcap file of raw IPv4 packets."""

    def __init__(self, path):
        self.file = open(path, 'wb', buffering=0)
        self.file.write(struct.pack('<IHHiIII', 0xA1B2C3D4, 2, 4, 0, 0, 0x40000, 101))
        self.lock = threading.Lock()
        self.messages = 0

    def segment(self, source, target, sequence, acknowledged, flags, data=b''):
        tcp = struct.pack('>HHIIBBHHH', source[1], target[1], sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF,
                          0x50, flags, 65535, 0, 0)
        ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0, source[0], target[0])
        packet = ip + tcp + data
        now = time.time()
        self.file.write(struct.pack('<IIII', int(now), int(now % 1 * 1e6), len(packet), len(packet)) + packet)


class Connection:
    """One client, its upstream, and the two directions of a TCP connection made up for them."""

    numbers = itertools.count(1)

    def __init__(self, capture, client, upstream):
        number = next(self.numbers)
        self.capture = capture
        self.address = ((b'\x7f\x01' + struct.pack('>H', number), 20000 + number), (b'\x7f\0\0\1', PORT))
        self.sequence = [1, 1]
        with capture.lock:
            capture.segment(self.address[0], self.address[1], 0, 0, 2)
            capture.segment(self.address[1], self.address[0], 0, 1, 18)
            capture.segment(self.address[0], self.address[1], 1, 1, 16)
        for way, (source, target) in enumerate(((client, upstream), (upstream, client))):
            threading.Thread(target=self.pump, args=(way, source, target), daemon=True).start()

    def record(self, way, message):
        with self.capture.lock:
            self.capture.messages += 1
            for at in range(0, len(message), SEGMENT):
                part = message[at:at + SEGMENT]
                self.capture.segment(self.address[way], self.address[1 - way], self.sequence[way], self.sequence[1 - way],
                                     24, part)
                self.sequence[way] += len(part)

    def pump(self, way, source, target):
        unparsed, carriers = b'', 0
        try:
            while True:
                data, ancillary, _, _ = source.recvmsg(262144, socket.CMSG_LEN(32 * INT))
                if not data:
                    break
                unparsed += data
                while unparsed:
                    if carriers:
                        unparsed, carriers = unparsed[1:], carriers - 1
                        continue
                    length = struct.unpack('>I', unparsed[:4])[0] if len(unparsed) >= 4 else 4
                    if len(unparsed) < length or len(unparsed) < 4:
                        break
                    message, unparsed = unparsed[:length], unparsed[length:]
                    if len(message) >= 32 and struct.unpack('>i', message[16:20])[0] in DESCRIPTOR_MESSAGES:
                        carriers = struct.unpack('>I', message[28:32])[0]
                    self.record(way, message)
                forward(target, data, ancillary)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def forward(target, data, ancillary):
    descriptors = array.array('i')
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content[:len(content) // INT * INT])
    if not descriptors:
        target.sendall(data)
        return
    # A kernel read ends behind the byte that carries descriptors, so they belong to the last one.
    if len(data) > 1:
        target.sendall(data[:-1])
    target.sendmsg([data[-1:]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
    for descriptor in descriptors:
        os.close(descriptor)


def accept(listener, upstream_path, capture):
    while True:
        client, _ = listener.accept()
        upstream = socket.socket(socket.AF_UNIX)
        upstream.connect(upstream_path)
        Connection(capture, client, upstream)


def main():
    listen, upstream, path = sys.argv[1:]
    capture = Capture(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(listen)
    os.chmod(listen, 0o666)
    listener.listen(64)
    threading.Thread(target=accept, args=(listener, upstream, capture), daemon=True).start()
    print('ready', flush=True)
    sys.stdin.read()
    with capture.lock:
        print(capture.messages, flush=True)
        os._exit(0)


main()
