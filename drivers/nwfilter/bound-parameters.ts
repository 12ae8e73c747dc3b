import type { FilteredInterface } from '../contract/interface-filters.ts';
import type { FilterParameter } from '../xml/nwfilter/definition.ts';

/** What an interface's addresses are called in filters. */
const addressVariable = (address: string): string => (address.includes(':') ? 'IPV6' : 'IP');

/** The parameters of a binding by name: those given, and what is known of the interface where they do not say otherwise. */
export function boundParameters({
  mac,
  parameters,
  addresses,
}: Pick<FilteredInterface, 'mac' | 'parameters' | 'addresses'>): FilterParameter[] {
  const known = [
    { name: 'MAC', value: mac },
    ...addresses.map(value => ({ name: addressVariable(value), value })),
  ].filter(({ name }) => !parameters.some(given => given.name === name));
  return [...parameters, ...known].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
