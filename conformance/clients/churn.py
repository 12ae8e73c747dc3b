"""churn.py URI SEED NAME...: starts and destroys domains at random, whatever comes of it, until it is killed."""

import random
import sys
import time

import libvirt

uri, seed, names = sys.argv[1], sys.argv[2], sys.argv[3:]
chance = random.Random(seed)
libvirt.registerErrorHandler(lambda _, error: None, None)
print("ready", flush=True)
while True:
    try:
        connection = libvirt.open(uri)
        while True:
            domain = connection.lookupByName(chance.choice(names))
            try:
                domain.destroy() if domain.isActive() else domain.create()
            except libvirt.libvirtError:
                if not connection.isAlive():
                    raise
    except libvirt.libvirtError:
        time.sleep(0.02)
