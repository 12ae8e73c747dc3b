import { randomUUID } from 'node:crypto';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { textChild } from '../describe/element.ts';
import { draft, inactiveMode, mapped, record, type Part } from '../describe/part.ts';
import { string } from '../describe/text.ts';
import { uuidOr } from '../describe/uuid.ts';
import { readXml } from '../read.ts';
import { schemaCheck } from '../schema.ts';
import { attributeOf } from '../tree.ts';
import { formatXml } from '../write.ts';
import type { SecretDefinition } from './definition.ts';
import { usage } from './usage.ts';

/** An attribute that is written always; missing or empty means no. */
const yesOrNo = (name: string): Part<boolean> => ({
  read(from) {
    const text = attributeOf(from, name) ?? '';
    if (text !== '' && text !== 'yes' && text !== 'no')
      throw errors.xmlError(`invalid value of '${name}'`, ErrorDomain.SECRET);
    return text === 'yes';
  },
  write(value, to) {
    to.attributes.push({ name, value: value ? 'yes' : 'no' });
  },
});

const uuid = textChild(
  'uuid',
  uuidOr(() => errors.internalError('malformed uuid element', ErrorDomain.SECRET)),
);

const secret: Part<SecretDefinition> = record<SecretDefinition>({
  ephemeral: yesOrNo('ephemeral'),
  private: yesOrNo('private'),
  uuid: mapped(
    uuid,
    value => value ?? randomUUID(),
    value => value,
  ),
  description: textChild('description', string),
  usage,
});

/**
 * A secret's definition from its document; one without a UUID gets one. Throws what libvirt's secret driver throws:
 * xmlDetail, xmlError, configUnsupported, internalError for what is missing, and with `validate` xmlInvalidSchema.
 */
export async function parseSecret(xml: string, validate = false): Promise<SecretDefinition> {
  const check = validate ? await schemaCheck('secret') : undefined;
  const root = await readXml(xml, {
    what: 'definition_of_secret',
    root: 'secret',
    domain: ErrorDomain.SECRET,
    ...(check === undefined ? {} : { check }),
  });
  return secret.read(root, inactiveMode);
}

/** The document, for clients and for the disk alike. */
export function formatSecret(definition: SecretDefinition): string {
  const element = draft('secret');
  secret.write(definition, element, inactiveMode);
  return formatXml(element);
}
