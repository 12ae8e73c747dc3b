#!/usr/bin/python3
"""evaluate.py SOCKET READ_ONLY_SOCKET DOCUMENTS: evaluates Python expressions on a libvirt daemon: reads one a line, answers each with
a line of JSON: the result's repr, or code, domain and text of libvirt's error."""
import json
import os
import socket as sockets
import struct
import sys
import threading
import time

import libvirt

libvirt.registerErrorHandler(lambda context, error: None, None)
libvirt.virEventRegisterDefaultImpl()


def run_events():
    while True:
        libvirt.virEventRunDefaultImpl()


threading.Thread(target=run_events, daemon=True).start()
socket, read_only_socket, documents = sys.argv[1:]


def open_uri(path):
    return libvirt.open(f'lxc+unix://{path}?socket={socket}')


conn = open_uri('/')
readonly = libvirt.openReadOnly(f'lxc+unix:///?socket={read_only_socket}')


def dom(name):
    return conn.lookupByName(name)


def doc(name):
    with open(f'{documents}/{name}', encoding='utf-8') as file:
        return file.read()


def attempt(action):
    """What action() returns, or code and domain of libvirt's error."""
    try:
        return action()
    except libvirt.libvirtError as error:
        return f'error {error.get_error_code()} of {error.get_error_domain()}'


def eventually(condition):
    """Waits up to a minute until condition() holds."""
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def knows_init(domain):
    return not isinstance(attempt(domain.securityLabel), str)


def start(name):
    """Starts a domain, again if need be: libvirtd 9.0.0 does not always hear from its controller which process is init."""
    for _ in range(20):
        dom(name).create()
        if knows_init(dom(name)):
            return 'started'
        dom(name).destroy()
    return 'init is unknown'


def create(document):
    """The same for a transient domain."""
    for _ in range(20):
        domain = conn.createXML(doc(document))
        if knows_init(domain):
            return 'created'
        domain.destroy()
    return 'init is unknown'


def register(event, connection=conn):
    """Registers for an event and deregisters again."""
    connection.domainEventDeregisterAny(connection.domainEventRegisterAny(None, event, lambda *_: None, None))
    return 'registered'


def events(*actions, kinds=range(27)):
    """The events of all kinds that come from actions, as kind, domain and details, after what failed. The last one is an extra definition: it is
    waited for and left out."""
    connection = open_uri('/')
    seen = []
    for kind in kinds:
        connection.domainEventRegisterAny(
            None, kind, lambda _, domain, *details, kind=kind: seen.append((kind, domain.name(), *details[:-1])), None)
    failures = [result for result in map(attempt, actions) if isinstance(result, str)]
    last = connection.defineXML("<domain type='lxc'><name>last</name><memory>1</memory><os><type>exe</type><init>/x</init></os>"
                                "</domain>")
    eventually(lambda: any(name == 'last' for _, name, *_ in seen))
    last.undefine()
    found = [event for event in seen if event[1] != 'last']
    connection.close()
    return failures + found


def old_client(*calls):
    """Calls in the way of clients that are older than today's: (procedure, arguments) each. Of every message that comes it
    returns the procedure, its type (1 reply, 2 message) and its status (0 done, 1 failed)."""
    text = b'lxc:///'
    hello = [(66, b''), (1, struct.pack('>II8sI', 1, len(text), text, 0))]
    messages = []
    with sockets.socket(sockets.AF_UNIX) as peer, peer.makefile('rb') as stream:
        peer.settimeout(30)
        peer.connect(socket)
        for serial, (procedure, payload) in enumerate([*hello, *calls]):
            peer.sendall(struct.pack('>7I', 28 + len(payload), 0x20008086, 1, procedure, 0, serial, 0) + payload)
            kind = None
            while kind != 1:
                size, _, _, number, kind, _, status = struct.unpack('>7I', stream.read(28))
                stream.read(size - 28)
                messages.append((number, kind, status))
    with open(os.environ['LIBVIRT_LOG_OUTPUTS'].split(':')[2], 'a', encoding='utf-8') as trace:
        for procedure, _ in calls:
            trace.write(f'MSG_TX_QUEUE: an old client prog={0x20008086} vers=1 proc={procedure} type=0 status=0\n')
    return messages[2:]


for line in sys.stdin:
    try:
        answer = repr(eval(line))  # our own list of steps
    except libvirt.libvirtError as error:
        answer = f'error {error.get_error_code()} of {error.get_error_domain()}: {error.get_error_message()}'
    except Exception as error:
        answer = f'{type(error).__name__}: {error}'
    print(json.dumps(answer), flush=True)
