#!/usr/bin/python3
"""lifecycle.py URI ROOT: takes a container with the root tree ROOT through its life with libvirt's Python binding and its
event loop; prints what happened as one JSON object."""
import json
import sys
import threading

import libvirt

uri, root = sys.argv[1:]
NAME = 'python'
XML = f"""<domain type='lxc'>
  <name>{NAME}</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/sbin/init</init></os>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='{root}'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>"""
NOTE = 'https://example.org/note'

events = []
changed = threading.Condition()


def note(*event):
    with changed:
        events.append(event)
        changed.notify_all()


def wait_for(kind, count=1):
    with changed:
        if not changed.wait_for(lambda: sum(event[0] == kind for event in events) >= count, 60):
            raise SystemExit(f'no event {kind}; seen: {events}')


def read_until(stream, text):
    output = b''
    while text not in output:
        part = stream.recv(1024)
        if not part:
            raise SystemExit(f'the console ended: {output}')
        output += part


libvirt.registerErrorHandler(lambda context, error: None, None)
libvirt.virEventRegisterDefaultImpl()


def loop():
    while True:
        libvirt.virEventRunDefaultImpl()


threading.Thread(target=loop, daemon=True).start()
connection = libvirt.open(uri)
connection.setKeepAlive(5, 3)
connection.registerCloseCallback(lambda *arguments: note('closed'), None)
callbacks = [
    connection.domainEventRegisterAny(
        None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
        lambda _, domain, event, detail, __: note('lifecycle', domain.name(), event, detail), None),
    connection.domainEventRegisterAny(
        None, libvirt.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
        lambda _, domain, kind, namespace, __: note('metadata', domain.name(), kind, namespace), None),
]

domain = connection.defineXML(XML)
domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, 'A title', None, None, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, '<kept>yes</kept>', 'note', NOTE, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
metadata = domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, NOTE)
title = domain.metadata(libvirt.VIR_DOMAIN_METADATA_TITLE, None)

domain.create()
active = (domain.ID() > 0, domain.isActive(), domain.isPersistent(), domain.state())
listed = [one.name() for one in connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE) if one.name() == NAME]

stream = connection.newStream()
domain.openConsole(None, stream)
stream.send(b'\necho python-$((40 + 2))\n')
read_until(stream, b'python-42')
stream.abort()

domain.suspend()
paused = domain.state()
domain.resume()
domain.destroy()
domain.undefine()
wait_for('lifecycle', 6)
try:
    connection.lookupByName(NAME)
    gone = None
except libvirt.libvirtError as error:
    gone = (error.get_error_code(), error.get_error_domain())

for callback in callbacks:
    connection.domainEventDeregisterAny(callback)
connection.unregisterCloseCallback()
connection.close()
print(json.dumps(dict(events=events, metadata=metadata, title=title, active=active, listed=listed, paused=paused, gone=gone)))
