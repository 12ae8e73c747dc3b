#!/usr/bin/python3
"""Sends frames at one link and tells which of them arrive at another, which may be in the network of another process.

    frames.py < {"from": {"link": "eth0", "pid": 12}, "to": {"link": "mon1"}, "frames": [FRAME…], "last": FRAME}

A FRAME is {"src", "dst"} with one of "arp": {"op", "sha", "spa", "tha", "tpa"}, "ip": {"src", "dst", "proto", "sport",
"dport", "flags", "icmp"}, or "type": NUMBER; "vlan": ID puts a tag in front. `last` must arrive: links keep frames in
order, so what has not arrived by then never will. Prints the indices of the frames that arrived.
"""
import ctypes
import errno
import json
import os
import socket
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
TIME_LIMIT = 30
TAG = b'lxvirtd-frame-%05d'


def mac(text):
    return bytes(int(byte, 16) for byte in text.split(':'))


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def arp(part):
    return struct.pack('!HHBBH', 1, 0x800, 6, 4, part.get('op', 1)) + mac(part['sha']) + socket.inet_aton(
        part['spa']) + mac(part.get('tha', '0:0:0:0:0:0')) + socket.inet_aton(part['tpa'])


def transport(part, tag):
    proto = part['proto']
    if proto == 17:
        return struct.pack('!HHHH', part['sport'], part['dport'], 8 + len(tag), 0) + tag
    if proto == 6:
        return struct.pack('!HHIIBBHHH', part['sport'], part['dport'], 1, 1, 0x50, part.get('flags', 2), 1000, 0, 0) + tag
    if proto == 1:
        body = struct.pack('!BBHHH', part.get('icmp', 8), 0, 0, 7, 1) + tag
        return body[:2] + struct.pack('!H', checksum(body)) + body[4:]
    return tag


def ip(part, tag):
    body = transport(part, tag)
    header = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(body), 1, 0, 64, part['proto'], 0)
    header += socket.inet_aton(part['src']) + socket.inet_aton(part['dst'])
    return header[:10] + struct.pack('!H', checksum(header)) + header[12:] + body


def ipv6(part, tag):
    body = transport(part, tag)
    return struct.pack('!IHBB', 0x60000000, len(body), part['proto'], 64) + socket.inet_pton(
        socket.AF_INET6, part['src']) + socket.inet_pton(socket.AF_INET6, part['dst']) + body


def frame(spec, index):
    tag = TAG % index
    if 'arp' in spec:
        number, body = spec.get('type', 0x806), arp(spec['arp']) + tag
    elif 'ip' in spec:
        is_six = ':' in spec['ip']['src']
        number, body = (0x86dd, ipv6(spec['ip'], tag)) if is_six else (0x800, ip(spec['ip'], tag))
    else:
        number, body = spec['type'], tag
    vlan = struct.pack('!HH', 0x8100, spec['vlan']) if 'vlan' in spec else b''
    return mac(spec['dst']) + mac(spec['src']) + vlan + struct.pack('!H', number) + body


def packet_socket(end):
    """The calling process stays in its own network."""
    if 'pid' not in end:
        return open_socket(end['link'])
    own = os.open('/proc/self/ns/net', os.O_RDONLY)
    other = os.open('/proc/%d/ns/net' % end['pid'], os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(other, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'setns')
    try:
        return open_socket(end['link'])
    finally:
        libc.setns(own, CLONE_NEWNET)


def open_socket(link):
    found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    found.bind((link, 0))
    return found


def main():
    asked = json.load(sys.stdin)
    sender, receiver = packet_socket(asked['from']), packet_socket(asked['to'])
    frames = asked['frames'] + [asked['last']]
    arrived = set()
    receiver.settimeout(1)
    for index, spec in enumerate(frames):
        try:
            sender.send(frame(spec, index))
        except OSError as error:
            # what is dropped on its way out of the sender's own link
            if error.errno != errno.ENOBUFS:
                raise
    deadline = time.monotonic() + TIME_LIMIT
    while len(frames) - 1 not in arrived:
        if time.monotonic() > deadline:
            sys.exit('the last frame did not arrive')
        try:
            data, address = receiver.recvfrom(65536)
        except socket.timeout:
            continue
        if address[2] == socket.PACKET_OUTGOING:
            continue
        at = data.find(TAG[:14])
        if at >= 0:
            arrived.add(int(data[at + 14:at + 19]))
    print(json.dumps(sorted(arrived - {len(frames) - 1})))


main()
