import { attribute } from '../describe/attribute.ts';
import { draft, type Part } from '../describe/part.ts';
import { string } from '../describe/text.ts';
import { childOf, childrenOf } from '../tree.ts';
import { internalError } from './errors.ts';
import { line } from './texts.ts';

const URI = 'http://libvirt.org/schemas/network/dnsmasq/1.0';

/** `<dnsmasq:options>`: lines for dnsmasq's configuration. The prefix is declared on the network, whatever it was. */
export const dnsmasqOptions: Part<string[]> = {
  read(from, mode) {
    const options = childOf(from, 'options', URI);
    if (options === null) return [];
    return childrenOf(options, 'option', URI).map(option => {
      const value = attribute('value', line).read(option, mode);
      if (value === null) throw internalError('No dnsmasq options value specified');
      return value;
    });
  },
  write(values, to, mode) {
    if (values.length === 0) return;
    to.attributes.unshift({ name: 'xmlns:dnsmasq', value: URI });
    const options = draft('options', URI, 'dnsmasq');
    for (const value of values) {
      const option = draft('option', URI, 'dnsmasq');
      attribute('value', string).write(value, option, mode);
      options.children.push(option);
    }
    to.children.push(options);
  },
};
