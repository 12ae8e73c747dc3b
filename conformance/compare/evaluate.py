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


def round_trip(define, xml, flags=0):
    """How an object is described after it was defined by a document; it is undefined again."""
    defined = define(xml)
    try:
        return defined.XMLDesc(flags)
    finally:
        defined.undefine()


def network(body, attributes=''):
    return round_trip(conn.networkDefineXML, f'<network{attributes}><name>trip</name>{body}</network>')


def started(body):
    """How a network is described while it is active; or the error, and whether it is active after that."""
    defined = conn.networkDefineXML(f'<network><name>trip</name>{body}</network>')
    try:
        failure = attempt(defined.create)
        if failure != 0:
            return failure, defined.isActive()
        text = defined.XMLDesc(0)
        defined.destroy()
        return text
    finally:
        defined.undefine()


def pool(kind, body):
    return round_trip(conn.storagePoolDefineXML, f"<pool type='{kind}'><name>trip</name>{body}</pool>")


def volume(body, kind=''):
    """How a volume of the pool store is described after it was made; it is deleted again."""
    made = conn.storagePoolLookupByName('store').createXML(f'<volume{kind}>{body}</volume>', 0)
    try:
        return made.XMLDesc(0)
    finally:
        made.delete(0)


def secret(body, attributes=''):
    return round_trip(conn.secretDefineXML, f'<secret{attributes}>{body}</secret>')


def nwfilter(body, attributes=''):
    return round_trip(conn.nwfilterDefineXML, f"<filter name='trip'{attributes}>{body}</filter>")


def object_events(register, kinds, name, mark, *actions):
    """The events of objects of one type that come from actions, as kind, object and details, after what failed. mark() makes the
    last one, of the object `last`: it is waited for and left out."""
    connection = open_uri('/')
    seen = []
    for kind in kinds:
        getattr(connection, register)(
            None, kind, lambda _, one, *details, kind=kind: seen.append((kind, name(one), *details[:-1])), None)
    failures = [result for result in map(attempt, actions) if isinstance(result, str)]
    mark()
    eventually(lambda: any(one == 'last' for _, one, *_ in seen))
    connection.close()
    return failures + [event for event in seen if event[1] != 'last']


def network_events(*actions):
    return object_events('networkEventRegisterAny', [0], lambda one: one.name(),
                         lambda: conn.networkDefineXML('<network><name>last</name></network>').undefine(), *actions)


def pool_events(*actions):
    return object_events(
        'storagePoolEventRegisterAny', [0, 1], lambda one: one.name(),
        lambda: conn.storagePoolDefineXML("<pool type='dir'><name>last</name><target><path>/nothing</path></target></pool>").undefine(),
        *actions)


def secret_events(*actions):
    return object_events(
        'secretEventRegisterAny', [0, 1], lambda one: one.usageID() or one.UUIDString(),
        lambda: conn.secretDefineXML("<secret><usage type='volume'><volume>last</volume></usage></secret>").undefine(), *actions)


def upload(one, data, offset=0, length=0, flags=0):
    stream = conn.newStream()
    one.upload(stream, offset, length, flags)
    stream.sendAll(lambda _, count, rest: bytes(rest.pop(0) for _ in range(min(count, len(rest)))), bytearray(data))
    return stream.finish()


def download(one, offset=0, length=0, flags=0):
    stream = conn.newStream()
    one.download(stream, offset, length, flags)
    found = bytearray()
    stream.recvAll(lambda _, data, __: found.extend(data), None)
    stream.finish()
    return bytes(found)


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
