import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { attribute } from '../describe/attribute.ts';
import { child, children } from '../describe/element.ts';
import { mapped, record, required, type Part } from '../describe/part.ts';
import { oneOf, string, unsigned, type Text } from '../describe/text.ts';
import { unsupported, xmlError } from './errors.ts';
import { encryptionFormats, type EncryptionSecret, type VolumeEncryption } from './volume-definition.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const secretUuid: Text<string> = {
  parse(text) {
    const uuid = text.trim().toLowerCase();
    if (!UUID.test(uuid)) throw errors.xmlError(`invalid secret uuid '${text}'`, ErrorDomain.NONE);
    return uuid;
  },
  format: value => value,
};

const secret: Part<EncryptionSecret> = mapped(
  record({
    type: required(
      attribute(
        'type',
        oneOf(['passphrase'], text => unsupported(`unknown volume encryption secret type ${text}`)),
      ),
      () => xmlError('unknown volume encryption secret type'),
    ),
    uuid: attribute('uuid', secretUuid),
    usage: attribute('usage', string),
  }),
  value => {
    if ((value.uuid === null) === (value.usage === null))
      throw errors.xmlError('either secret uuid or usage expected', ErrorDomain.NONE);
    return value;
  },
  value => value,
);

const cipher = record({
  name: required(attribute('name', string), () => xmlError('missing cipher info name string')),
  size: required(
    attribute(
      'size',
      unsigned(0xffff_ffff, text => xmlError(`cannot parse cipher size: '${text}'`)),
    ),
    () => xmlError('missing cipher size'),
  ),
  mode: attribute('mode', string),
  hash: attribute('hash', string),
});

const ivgen = record({
  name: required(attribute('name', string), () => xmlError('missing ivgen info name string')),
  hash: attribute('hash', string),
});

/** `<encryption>` of a volume. */
export const encryption: Part<VolumeEncryption> = record({
  format: required(
    attribute(
      'format',
      oneOf(encryptionFormats, text => unsupported(`unknown volume encryption format type ${text}`)),
    ),
    () => xmlError('unknown volume encryption format'),
  ),
  engine: attribute('engine', oneOf(['qemu', 'librbd'])),
  secrets: children('secret', secret),
  cipher: child('cipher', cipher),
  ivgen: child('ivgen', ivgen),
});
