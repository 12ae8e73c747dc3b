"""Prints what the Python binding makes of a guest agent's answers, as JSON. Arguments: URI, domain."""

import json
import sys

import libvirt
import libvirt_qemu

libvirt.registerErrorHandler(lambda _context, _error: None, None)
connection = libvirt.open(sys.argv[1])
domain = connection.lookupByName(sys.argv[2])
seen = {}

seen["ping"] = libvirt_qemu.qemuAgentCommand(domain, '{"execute":"guest-ping"}', 30, 0)
try:
    libvirt_qemu.qemuAgentCommand(domain, '{"execute":"guest-none"}', 30, 0)
except libvirt.libvirtError as error:
    text = error.get_error_message()
    seen["code"] = [error.get_error_code(), "unable to execute" if "unable to execute" in text else text]

info = domain.guestInfo(0, 0)
seen["hostname"] = domain.hostname(libvirt.VIR_DOMAIN_GET_HOSTNAME_AGENT)
seen["osId"] = info["os.id"]
seen["offset"] = info["timezone.offset"]
seen["fsCount"] = type(info["fs.count"]).__name__
seen["totalBytes"] = type(info["fs.0.total-bytes"]).__name__
seen["partitionless"] = info["disk.count"] == 0
seen["fsinfo"] = sorted(mount for mount, *_ in domain.fsInfo())
seen["frozen"] = domain.fsFreeze()
seen["thawed"] = domain.fsThaw()
seen["seconds"] = type(domain.getTime()["seconds"]).__name__
print(json.dumps(seen))
