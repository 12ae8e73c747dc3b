#!/usr/bin/python3
"""Records what a real libvirtd makes of our documents. Run by hand, as root, where lxc:/// is a libvirtd (9.0.0)
that has no domains of its own:

    ./record.py domain domain.txt > domain.answers.jsonl
    ./record.py device device.txt > device.answers.jsonl
    ./record.py metadata metadata.txt > metadata.answers.jsonl
    ./record.py validate validate.txt > validate.answers.jsonl
    ./record.py running running.txt ROOT > running.answers.jsonl
    ./record.py network network.txt > network.answers.jsonl
    ./record.py network-update network-update.txt > network-update.answers.jsonl

A document starts at a line "# NAME" and ends at the next one. One that is only the inside of a domain is wrapped, with
the name, uuid, memory and os that it leaves out; that of a network with the name and uuid. What is done with it:

    domain    defined, its inactive XML read, undefined
    device    attached to the stored configuration of a domain, whose devices are read
    metadata  a first line "KEY URI", then the element that is set; what is then got, and the domain's metadata
    validate  defined with the flag that checks it against the schema
    running   started on the root file system ROOT (a directory with /bin/sh) with @ROOT@ replaced by it; its XML read
              in every form, and its status file
    network   defined, its inactive XML read, undefined
    network-update
              a first line "COMMAND SECTION PARENT-INDEX routed|pool", then the element: what it makes of that network

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

NETWORKS = {
    'routed': """<network><name>a</name><uuid>d46fb0bd-2aea-4dbb-b75e-c8fd36c7f4c5</uuid><forward mode='route'/><bridge name='br77'/><mac address='52:54:00:00:00:01'/><domain name='dom'/><dns><forwarder addr='8.8.8.8'/><txt name='t1' value='v1'/><srv service='s1' protocol='tcp'/><srv service='s2' protocol='tcp' domain='d' target='x' port='5'/><host ip='10.9.0.7'><hostname>h7</hostname><hostname>h7b</hostname></host></dns>
<ip address='10.9.0.1' prefix='24'><dhcp><range start='10.9.0.2' end='10.9.0.9'/><range start='10.9.0.20' end='10.9.0.29'/><host mac='52:54:00:00:00:02' name='n2' ip='10.9.0.2'/><host mac='52:54:00:00:00:03' name='n3' ip='10.9.0.3'/></dhcp></ip><ip family='ipv6' address='fd00:9::1' prefix='64'/><ip address='10.19.0.1' prefix='24'/><route address='10.20.0.0' prefix='24' gateway='10.9.0.2'/><portgroup name='g1' default='yes'/><portgroup name='g2'/></network>""",
    'pool': """<network><name>p</name><uuid>d46fb0bd-2aea-4dbb-b75e-c8fd36c7f4c6</uuid><forward mode='private'><interface dev='e0'/><interface dev='e1'/></forward></network>""",
}

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


def update_network(connection, document):
    first, element = document.split('\n', 1)
    command, section, index, which = first.split(' ')
    numbers = {'command': int(command), 'section': int(section), 'parentIndex': int(index)}
    network = connection.networkDefineXML(NETWORKS[which])
    answer = {'input': element, **numbers, 'network': NETWORKS[which]}
    try:
        network.update(*numbers.values(), element, libvirt.VIR_NETWORK_UPDATE_AFFECT_CONFIG)
        return {**answer, 'output': network.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE)}
    except libvirt.libvirtError as error:
        return {**answer, **error_of(error)}
    finally:
        network.undefine()


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
    'network-update': update_network,
    'network': lambda connection, body: define_network(connection, whole_network(body)),
}

WHOLE = {'device': str, 'metadata': str, 'network': whole_network, 'network-update': str}


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
