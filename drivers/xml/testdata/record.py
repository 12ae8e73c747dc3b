#!/usr/bin/python3
"""Records what a real libvirtd makes of the documents in domain.txt into domain.answers.jsonl.

Run by hand, as root, where lxc:/// is a libvirtd (9.0.0) that has no domains of its own:

    ./record.py domain.txt > domain.answers.jsonl

A document of domain.txt starts at a line "# NAME" and ends at the next one. One that does not begin with <domain is
the inside of a domain: it is wrapped, with the name, uuid, memory and os that it leaves out. Each is defined, its
inactive XML read, and undefined again. Per document one line: {name, input, output} or {name, input, error}.
"""
import json
import re
import sys

import libvirt

DEFAULTS = [
    ('name', '<name>a</name>'),
    ('uuid', '<uuid>d46fb0bd-2aea-4dbb-b75e-c8fd36c7f4c5</uuid>'),
    ('memory', '<memory>5</memory>'),
    ('os', '<os><type>exe</type><init>/i</init></os>'),
]


def whole(body):
    if body.startswith('<domain') or body.startswith('<?xml') or not body.startswith('<') or body.startswith('<!'):
        return body
    missing = ''.join(markup for name, markup in DEFAULTS if not re.search(r'<%s[ />]' % name, body))
    return "<domain type='lxc'>" + missing + body + '</domain>'


def documents(text):
    for part in re.split(r'^# ', text, flags=re.M)[1:]:
        name, body = part.split('\n', 1)
        yield name, whole(body.rstrip('\n'))


def answer(connection, document):
    try:
        domain = connection.defineXMLFlags(document, 0)
        output = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
        domain.undefine()
        return {'output': output}
    except libvirt.libvirtError as error:
        return {
            'error': {
                'code': error.get_error_code(),
                'domain': error.get_error_domain(),
                'message': error.get_error_message(),
            }
        }


def main():
    libvirt.registerErrorHandler(lambda context, error: None, None)
    connection = libvirt.open('lxc:///')
    with open(sys.argv[1], encoding='utf-8') as file:
        text = file.read()
    for name, document in documents(text):
        print(json.dumps({'name': name, 'input': document, **answer(connection, document)}), flush=True)


main()
