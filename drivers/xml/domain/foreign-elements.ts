import { randomUUID } from 'node:crypto';
import { attributeOf, childOf, textOf, type XmlElement } from '../tree.ts';
import { unsupported } from './errors.ts';

/** What libvirt adds to top-level elements that the LXC driver only keeps, and what it refuses in them. */
export const completedElement = (element: XmlElement): XmlElement => completions[element.name]?.(element) ?? element;

const completions: Readonly<Record<string, (element: XmlElement) => XmlElement>> = {
  /** An empty one asks for an id. */
  genid: element =>
    textOf(element) === '' ? { ...element, children: [{ kind: 'text', text: randomUUID() }] } : element,
  cpu(element) {
    const custom = childOf(element, 'model') !== null || attributeOf(element, 'match') !== null;
    if (!custom || attributeOf(element, 'mode') !== null) return element;
    return { ...element, attributes: [{ name: 'mode', value: 'custom' }, ...element.attributes] };
  },
  on_lockfailure(element) {
    const action = textOf(element);
    if (!['poweroff', 'restart', 'pause', 'ignore'].includes(action))
      throw unsupported(`unknown on_lockfailure action: ${action}`);
    return element;
  },
};
