import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Part } from '../describe/part.ts';
import { uuidOr } from '../describe/uuid.ts';
import { attributeOf, childOf, xmlElement, type XmlElement } from '../tree.ts';
import { unsupported, xmlError } from './errors.ts';
import type { PoolAuth } from './pool-definition.ts';

const secretError = (text: string) => errors.xmlError(text, ErrorDomain.NONE);

function readSecret(from: XmlElement): PoolAuth['secret'] {
  const uuid = attributeOf(from, 'uuid');
  const usage = attributeOf(from, 'usage');
  if (uuid !== null && usage !== null) throw secretError('either secret uuid or usage expected');
  if (usage !== null) return { usage };
  if (uuid === null) throw secretError('missing secret uuid or usage attribute');
  const place = { element: from, attribute: 'uuid' };
  return { uuid: uuidOr(() => secretError(`invalid secret uuid '${uuid}'`)).parse(uuid, place) };
}

/** `<auth>` of a pool's source. */
export const auth: Part<PoolAuth | null> = {
  read(from) {
    const element = childOf(from, 'auth');
    if (element === null) return null;
    const username = attributeOf(element, 'username');
    if (username === null) throw xmlError('missing username for auth');
    const type = attributeOf(element, 'type');
    const secret = childOf(element, 'secret');
    if (type !== null && type !== 'chap' && type !== 'ceph') throw unsupported(`unknown auth type '${type}'`);
    if (secret === null) throw xmlError('Missing <secret> element in auth');
    const value = { username, secretType: attributeOf(secret, 'type'), secret: readSecret(secret) };
    if (type === null) throw unsupported('storage pool missing auth type');
    return { type, ...value };
  },
  write(value, to) {
    if (value === null) return;
    const { type, username, secretType, secret } = value;
    to.children.push(xmlElement('auth', { type, username }, [xmlElement('secret', { type: secretType, ...secret })]));
  },
};
