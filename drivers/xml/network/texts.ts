import { isIP, isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Place, Text } from '../describe/text.ts';
import { xmlDetail, xmlError } from './errors.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what is meant
const control = /[\x00-\x1f\x7f]/;

/**
 * A text that becomes part of a line in somebody's configuration. The real daemon hands line feeds on, and with them
 * whatever the writer of the document wants dnsmasq to do.
 */
export const line: Text<string> = {
  parse(text, place) {
    if (control.test(text)) throw prohibited(text, place);
    return text;
  },
  format: value => value,
};

/** A name of the DNS, as far as it must not be more than one. */
export const dnsName: Text<string> = {
  parse(text, place) {
    if (text === '' || control.test(text) || /[\s,/#"\\]/.test(text)) throw prohibited(text, place);
    return text;
  },
  format: value => value,
};

const prohibited = (text: string, { element, attribute }: Place): Error =>
  xmlDetail(
    attribute === null
      ? `prohibited character in <${element.name}> '${text}'`
      : `prohibited character in attribute '${attribute}' of <${element.name}> '${text}'`,
  );

const MAX_LINK_NAME = 15;

/** Whether a link of the host can have that name. Stricter than the kernel in what rules and patterns would read otherwise. */
export const isLinkName = (name: string): boolean =>
  name !== '.' &&
  name !== '..' &&
  name !== '' &&
  Buffer.byteLength(name) <= MAX_LINK_NAME &&
  !control.test(name) &&
  !/[\s/:"\\%*]/.test(name);

/** The name of a link of the host. */
export const linkName = (network: string): Text<string> => ({
  parse(text) {
    if (!isLinkName(text)) throw xmlError(`Invalid device name '${text}' in network '${network}'`);
    return text;
  },
  format: value => value,
});

/** As the system prints it. */
export const canonicalAddress = (text: string): string => (isIPv6(text) ? ipaddr.parse(text).toString() : text);

/** An address, or libvirt's answer to what is none. */
export const anyAddress: Text<string> = {
  parse(text) {
    if (isIP(text) === 0)
      throw errors.systemError(`Cannot parse socket address '${text}': Name or service not known`, ErrorDomain.NONE);
    return canonicalAddress(text);
  },
  format: value => value,
};

export const ipv4Address = (failure: (text: string) => Error): Text<string> => ({
  parse(text) {
    if (!isIPv4(text)) throw failure(text);
    return text;
  },
  format: value => value,
});

const MAC = /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/i;

export const isMac = (text: string): boolean => MAC.test(text);

/** Two digits each, lower case. */
export const canonicalMac = (mac: string): string =>
  mac
    .toLowerCase()
    .split(':')
    .map(part => part.padStart(2, '0'))
    .join(':');

export const isMulticast = (mac: string): boolean => (Number.parseInt(mac.split(':')[0] ?? '0', 16) & 1) === 1;
