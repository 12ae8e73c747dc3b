#!/usr/bin/python3
"""evaluate.py SOCKET READ_ONLY_SOCKET: evaluates Python expressions on a libvirt daemon: reads one a line, answers each with a
line of JSON: the result's repr, or code, domain and text of libvirt's error."""
import json
import sys
import time

import libvirt

libvirt.registerErrorHandler(lambda context, error: None, None)
socket, read_only_socket = sys.argv[1:]


def open_uri(path):
    return libvirt.open(f'lxc+unix://{path}?socket={socket}')


conn = open_uri('/')
readonly = libvirt.openReadOnly(f'lxc+unix:///?socket={read_only_socket}')


def dom(name):
    return conn.lookupByName(name)


def eventually(condition):
    """Waits up to a minute until condition() holds."""
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


for line in sys.stdin:
    try:
        answer = repr(eval(line))  # our own list of steps
    except libvirt.libvirtError as error:
        answer = f'error {error.get_error_code()} of {error.get_error_domain()}: {error.get_error_message()}'
    except Exception as error:
        answer = f'{type(error).__name__}: {error}'
    print(json.dumps(answer), flush=True)
