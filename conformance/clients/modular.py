"""modular.py URI...: opens each URI and prints, as JSON, what it is and what each of a few calls comes to."""

import json
import sys

import libvirt

libvirt.registerErrorHandler(lambda *_: None, None)
libvirt.virEventRegisterDefaultImpl()

CALLS = {
    "uri": lambda c: c.getURI(),
    "secure": lambda c: c.isSecure(),
    "keepalive": lambda c: c.setKeepAlive(5, 3),
    "close callback": lambda c: c.registerCloseCallback(lambda *_: None, None),
    "capabilities": lambda c: c.getCapabilities().split(">")[0],
    "hostname": lambda c: len(c.getHostname()) > 0,
    "domains": lambda c: len(c.listAllDomains()),
    "domain events": lambda c: c.domainEventRegisterAny(None, 0, lambda *_: None, None),
    "domain XML": lambda c: c.defineXML("<domain/>"),
    "interface": lambda c: sorted(i.name() for i in c.listAllInterfaces())[-1:],
    "network": lambda c: [n.name() for n in c.listAllNetworks()],
    "network events": lambda c: c.networkEventRegisterAny(None, 0, lambda *_: None, None),
    "nodedev": lambda c: c.nodeDeviceLookupByName("computer").name(),
    "nwfilter": lambda c: len(c.listAllNWFilters()) > 0,
    "secret": lambda c: len(c.listAllSecrets()),
    "storage": lambda c: [p.name() for p in c.listAllStoragePools()],
}


def outcome(call):
    try:
        return call()
    except libvirt.libvirtError as error:
        return f"{error.get_error_code()}/{error.get_error_domain()}"


def ask(uri):
    try:
        connection = libvirt.open(uri)
    except libvirt.libvirtError as error:
        return {"error": str(error)}
    answers = {"type": connection.getType()}
    answers.update((name, outcome(lambda: call(connection))) for name, call in CALLS.items())
    connection.close()
    return answers


print(json.dumps([ask(uri) for uri in sys.argv[1:]]))
