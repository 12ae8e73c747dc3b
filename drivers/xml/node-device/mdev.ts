import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { requiredAttribute } from '../describe/attribute.ts';
import { absent, mapped, record, required, type Part } from '../describe/part.ts';
import { string, type Text } from '../describe/text.ts';
import type { MdevCapability } from './definition.ts';
import { attributeOfChild, list, optionalText } from './parts.ts';
import { internalError, unsupported } from './refusals.ts';

const groupNumber: Text<number> = {
  parse(text) {
    if (!/^[0-9]{1,9}$/.test(text)) throw internalError('invalid iommuGroup number attribute');
    return Number(text);
  },
  format: String,
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const uuid: Part<string | null> = mapped(
  optionalText('uuid'),
  value => {
    if (value !== null && !UUID.test(value))
      throw errors.internalError(`Invalid uuid '${value}' for new mdev device`, ErrorDomain.NODEDEV);
    return value === null ? null : value.toLowerCase();
  },
  value => value,
);

/** A mediated device: also the form in which they are asked for. */
export const mdev: Part<MdevCapability> = record({
  type: absent('mdev'),
  typeId: required(attributeOfChild('type', 'id', string), () => unsupported('missing type id attribute')),
  uuid,
  parentAddress: optionalText('parent_addr'),
  iommuGroup: attributeOfChild('iommuGroup', 'number', groupNumber),
  attributes: list(
    'attr',
    record({ name: requiredAttribute('name', string), value: requiredAttribute('value', string) }),
  ),
});
