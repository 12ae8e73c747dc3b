import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { attribute } from '../describe/attribute.ts';
import { children, textChild } from '../describe/element.ts';
import { liveOnly, mapped, record, type Part } from '../describe/part.ts';
import { oneOf, string, yesNo } from '../describe/text.ts';
import type { SecurityLabelDefinition } from './definition.ts';
import { unsupported, xmlError } from './errors.ts';

const element = record({
  type: attribute('type', oneOf(['none', 'dynamic', 'static'])),
  model: attribute('model', string),
  relabel: attribute('relabel', yesNo),
  label: textChild('label', string),
  imagelabel: liveOnly(textChild('imagelabel', string)),
  baselabel: textChild('baselabel', string),
});

type Written = Parameters<(typeof element)['write']>[0];

/** null for a label that says nothing: a model alone. */
function resolved(written: Written): SecurityLabelDefinition | null {
  const { type, model } = written;
  if (type === null) {
    if (model === null) throw xmlError('missing security model in domain seclabel');
    return null;
  }
  const relabel = written.relabel ?? type === 'dynamic';
  if (type === 'none' && relabel) throw unsupported("resource relabeling is not compatible with 'none' label type");
  if (type === 'dynamic' && !relabel) throw unsupported('dynamic label type must use resource relabeling');
  if (type === 'static' && written.label === null) throw xmlError('security label is missing');
  const mustName = type === 'static' || (type === 'dynamic' && written.baselabel !== null);
  if (mustName && model === null) throw xmlError('missing security model in domain seclabel');
  return {
    type,
    model: type === 'none' ? (model ?? 'none') : model,
    relabel,
    label: type === 'none' ? null : written.label,
    baselabel: type === 'dynamic' ? written.baselabel : null,
    imagelabel: written.imagelabel,
  };
}

function duplicate(model: string): LibvirtError {
  const text = `seclabel for model ${model} is already provided`;
  return new LibvirtError(ErrorCode.XML_DETAIL, ErrorDomain.DOMAIN, text, { str1: '%s', str2: text });
}

/** A dynamic label is chosen at start: the document shows it only while the domain runs. */
const label: Part<SecurityLabelDefinition | null> = {
  read(from, mode) {
    const value = resolved(element.read(from, mode));
    return value?.type === 'dynamic' && !mode.live ? { ...value, label: null } : value;
  },
  write(value, to, mode) {
    if (value === null) return;
    const { type, relabel } = value;
    const shown = type === 'static' || mode.live ? value.label : null;
    element.write({ ...value, type, label: shown, relabel: type === 'none' ? null : relabel }, to, mode);
  },
};

/** `<seclabel>`, at most one of a model. A dynamic one that names no model leaves the choice to the driver. */
export const seclabels: Part<SecurityLabelDefinition[]> = mapped(
  children('seclabel', label),
  labels => {
    const kept = labels.filter(value => value !== null);
    if (kept.length > 1 && kept.some(({ model }) => model === null))
      throw xmlError('missing security model when using multiple labels');
    const models = new Set<string>();
    for (const { model } of kept) {
      if (model !== null && models.has(model)) throw duplicate(model);
      if (model !== null) models.add(model);
    }
    return kept;
  },
  labels => labels,
);
