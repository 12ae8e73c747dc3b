#!/usr/bin/python3
"""over-dbus.py ROOT: takes a container with the root tree ROOT through its life by the D-Bus service that libvirt-dbus
makes of lxc:///; prints what happened as one JSON object."""
import json
import sys

from gi.repository import Gio, GLib

root, = sys.argv[1:]
XML = f"""<domain type='lxc'>
  <name>over-dbus</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/sbin/init</init></os>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='{root}'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>"""
CONNECT, DOMAIN = 'org.libvirt.Connect', 'org.libvirt.Domain'

bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
loop = GLib.MainLoop()
events = []


def call(path, interface, method, arguments=None):
    return bus.call_sync('org.libvirt', path, interface, method, arguments, None, 0, 60_000, None).unpack()


def on_event(_bus, _sender, _path, _interface, _signal, arguments):
    path, event, detail = arguments.unpack()
    events.append((path, event, detail))
    if len(events) == 4:
        loop.quit()


watch = Gio.bus_watch_name_on_connection(bus, 'org.libvirt', 0, lambda *_: loop.quit(), None)
GLib.timeout_add_seconds(60, lambda: sys.exit(f'waited in vain; events so far: {events}'))
loop.run()
bus.signal_subscribe('org.libvirt', CONNECT, 'DomainEvent', '/org/libvirt/LXC', None, 0, on_event)

path, = call('/org/libvirt/LXC', CONNECT, 'DomainDefineXML', GLib.Variant('(s)', (XML,)))
call(path, DOMAIN, 'Create', GLib.Variant('(u)', (0,)))
properties, = call(path, 'org.freedesktop.DBus.Properties', 'GetAll', GLib.Variant('(s)', (DOMAIN,)))
listed, = call('/org/libvirt/LXC', CONNECT, 'ListDomains', GLib.Variant('(u)', (0,)))
call(path, DOMAIN, 'Destroy', GLib.Variant('(u)', (0,)))
call(path, DOMAIN, 'Undefine', GLib.Variant('(u)', (0,)))
loop.run()
lists = {}
for method in ['ListNetworks', 'ListStoragePools', 'ListNodeDevices', 'ListSecrets', 'ListNWFilters', 'ListInterfaces']:
    found, = call('/org/libvirt/LXC', CONNECT, method, GLib.Variant('(u)', (0,)))
    lists[method] = bool(found)
print(json.dumps(dict(
    listed=path in listed,
    name=properties['Name'],
    active=properties['Active'],
    os=properties['OSType'],
    lists=lists,
    events=[(event, detail) for changed, event, detail in events if changed == path],
)))
