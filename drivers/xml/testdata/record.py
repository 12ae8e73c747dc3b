#!/usr/bin/python3
"""Records what a real libvirtd makes of our documents. Run by hand, as root, where lxc:/// is a libvirtd (9.0.0)
that has no domains of its own:

    ./record.py domain domain.txt > domain.answers.jsonl
    ./record.py device device.txt > device.answers.jsonl
    ./record.py metadata metadata.txt > metadata.answers.jsonl
    ./record.py validate validate.txt > validate.answers.jsonl
    ./record.py running running.txt ROOT > running.answers.jsonl
    ./record.py network network.txt > network.answers.jsonl

A document starts at a line "# NAME" and ends at the next one. One that is only the inside of a domain is wrapped, with
the name, uuid, memory and os that it leaves out; that of a network with the name and uuid. What is done with it:

    domain    defined, its inactive XML read, undefined
    device    attached to the stored configuration of a domain, whose devices are read
    metadata  a first line "KEY URI", then the element that is set; what is then got, and the domain's metadata
    validate  defined with the flag that checks it against the schema
    running   started on the root file system ROOT (a directory with /bin/sh) with @ROOT@ replaced by it; its XML read
              in every form, and its status file
    network   defined, its inactive XML read, undefined

Per document one line: {name, input, output…} or {name, input, error}.
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

INACTIVE = libvirt.VIR_DOMAIN_XML_INACTIVE
SECURE = libvirt.VIR_DOMAIN_XML_SECURE
CONFIG = libvirt.VIR_DOMAIN_AFFECT_CONFIG
ELEMENT = libvirt.VIR_DOMAIN_METADATA_ELEMENT


def whole(body):
    if re.match(r'<domain|<\?xml|[^<]|$|<foo/>$', body):
        return body
    missing = ''.join(markup for name, markup in DEFAULTS if not re.search(r'<%s[ />]' % name, body))
    return "<domain type='lxc'>" + missing + body + '</domain>'


def whole_network(body):
    if body.startswith('<network'):
        missing = ''.join(markup for name, markup in DEFAULTS[:2] if not re.search(r'<%s[ />]' % name, body))
        return re.sub(r'^(<network[^>]*[^/]>)', lambda match: match.group(1) + missing, body)
    if re.match(r'<foo/>$', body):
        return body
    missing = ''.join(markup for name, markup in DEFAULTS[:2] if not re.search(r'<%s[ />]' % name, body))
    return '<network>' + missing + body + '</network>'


def documents(text):
    for part in re.split(r'^# ', text, flags=re.M)[1:]:
        name, body = part.split('\n', 1)
        yield name, body.rstrip('\n')


def inside(xml, element):
    found = re.search(r'  <%s>.*</%s>\n|  <%s/>\n' % (element, element, element), xml, flags=re.S)
    return found.group(0) if found else ''


def define(connection, document, flags=0):
    domain = connection.defineXMLFlags(document, flags)
    output = domain.XMLDesc(INACTIVE | SECURE)
    domain.undefine()
    return {'output': output}


def define_network(connection, document):
    network = connection.networkDefineXML(document)
    output = network.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE)
    network.undefine()
    return {'output': output}


def attach(connection, document):
    domain = connection.defineXML(whole('<devices/>'))
    try:
        domain.attachDeviceFlags(document, CONFIG)
        return {'output': inside(domain.XMLDesc(INACTIVE), 'devices')}
    finally:
        domain.undefine()


def set_metadata(connection, document):
    first, element = document.split('\n', 1)
    key, uri = first.split(' ')
    domain = connection.defineXML(whole("<metadata><old:x xmlns:old='http://old/'/></metadata>"))
    try:
        domain.setMetadata(ELEMENT, element, key, uri, CONFIG)
        xml = inside(domain.XMLDesc(INACTIVE), 'metadata')
        try:
            return {'output': xml, 'got': domain.metadata(ELEMENT, uri, CONFIG)}
        except libvirt.libvirtError:
            return {'output': xml, 'got': None}
    finally:
        domain.undefine()


def run(connection, document):
    domain = connection.defineXML(document)
    try:
        domain.create()
        with open('/run/libvirt/lxc/%s.xml' % domain.name(), encoding='utf-8') as file:
            status = re.sub(r'^<!--.*?-->\n\n', '', file.read(), flags=re.S)
        forms = {'live': 0, 'secure': SECURE, 'migratable': libvirt.VIR_DOMAIN_XML_MIGRATABLE, 'inactive': INACTIVE}
        return {'status': status, **{name: domain.XMLDesc(flags) for name, flags in forms.items()}}
    finally:
        if domain.isActive():
            domain.destroy()
        domain.undefine()


def error_of(error):
    code, where, message = error.get_error_code(), error.get_error_domain(), error.get_error_message()
    return {'error': {'code': code, 'domain': where, 'message': message}}


ACTIONS = {
    'domain': lambda connection, body: define(connection, whole(body)),
    'validate': lambda connection, body: define(connection, whole(body), libvirt.VIR_DOMAIN_DEFINE_VALIDATE),
    'device': attach,
    'metadata': set_metadata,
    'running': lambda connection, body: run(connection, whole(body)),
    'network': lambda connection, body: define_network(connection, whole_network(body)),
}

WHOLE = {'device': str, 'metadata': str, 'network': whole_network}


def main():
    kind, path = sys.argv[1:3]
    libvirt.registerErrorHandler(lambda context, error: None, None)
    connection = libvirt.open('lxc:///')
    with open(path, encoding='utf-8') as file:
        text = file.read()
    for name, body in documents(text):
        if kind == 'running':
            body = body.replace('@ROOT@', sys.argv[3])
        try:
            answer = ACTIONS[kind](connection, body)
        except libvirt.libvirtError as error:
            answer = error_of(error)
        document = WHOLE.get(kind, whole)(body)
        print(json.dumps({'name': name, 'input': document, **answer}), flush=True)


main()
