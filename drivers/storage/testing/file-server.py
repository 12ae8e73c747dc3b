"""
file-server.py SOURCE DIRECTORY: a file system with a few files, mounted like one of a server that is called SOURCE. It
answers until it is stopped (SIGSTOP): whoever looks at it then waits, as for a server that has gone. Prints "mounted".

Speaks the kernel's protocol itself (linux/fuse.h): there need not be a library of it.
"""

import ctypes
import errno
import os
import stat
import struct
import sys

SOURCE, DIRECTORY = sys.argv[1:3]
FILES = [b"one", b"two", b"three", b"four", b"five", b"six", b"seven", b"eight"]
ROOT = 1
CONTENT = b"x" * 4096

device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(SOURCE.encode(), DIRECTORY.encode(), b"fuse", 0, options.encode()) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print("mounted", flush=True)


def attributes(node):
    is_root = node == ROOT
    mode = stat.S_IFDIR | 0o755 if is_root else stat.S_IFREG | 0o644
    size = 0 if is_root else len(CONTENT)
    return struct.pack("<6Q10I", node, size, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def listing(offset):
    names = [(ROOT, stat.S_IFDIR >> 12, b"."), (ROOT, stat.S_IFDIR >> 12, b"..")]
    names += [(at + 2, stat.S_IFREG >> 12, name) for at, name in enumerate(FILES)]
    entries = b""
    for at, (node, kind, name) in enumerate(names[offset:], offset + 1):
        entries += struct.pack("<QQII", node, at, len(name), kind) + name.ljust(-(-len(name) // 8) * 8, b"\0")
    return entries


def init(node, body):
    return struct.pack("<4I", 7, 31, 0, 0) + bytes(48)


def lookup(node, body):
    name = body.rstrip(b"\0")
    if name not in FILES:
        raise OSError(errno.ENOENT, "no such file")
    found = FILES.index(name) + 2
    return struct.pack("<4Q2I", found, 0, 0, 0, 0, 0) + attributes(found)


def read(node, body):
    _, offset, size = struct.unpack_from("<QQI", body)
    return CONTENT[offset : offset + size]


answers = {
    1: lookup,
    3: lambda node, body: struct.pack("<QII", 0, 0, 0) + attributes(node),
    14: lambda node, body: bytes(16),  # open
    15: read,
    17: lambda node, body: struct.pack("<5Q10I", 1000, 500, 500, 100, 50, 4096, 255, 4096, *[0] * 7),  # statfs
    18: lambda node, body: b"",  # release
    25: lambda node, body: b"",  # flush
    26: init,
    27: lambda node, body: bytes(16),  # opendir
    28: lambda node, body: listing(struct.unpack_from("<QQ", body)[1]),
    29: lambda node, body: b"",  # releasedir
}
SILENT = {2, 36, 42}  # forget, interrupt, batch_forget

while True:
    try:
        request = os.read(device, 1 << 20)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINTR):
            continue
        sys.exit(0)
    _, opcode, unique, node = struct.unpack_from("<IIQQ", request)
    if opcode in SILENT:
        continue
    failure, body = 0, b""
    try:
        if opcode not in answers:
            raise OSError(errno.ENOSYS, "unknown")
        body = answers[opcode](node, request[40:])
    except OSError as error:
        failure = -error.errno
    os.write(device, struct.pack("<IiQ", 16 + len(body), failure, unique) + body)
