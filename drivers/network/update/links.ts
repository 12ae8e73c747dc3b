import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { updateElements } from '../../xml/network/update-elements.ts';
import { invalid } from '../network.ts';
import { inserted, notModified } from './places.ts';
import type { Update } from './updated.ts';

export function updateInterface(definition: NetworkDefinition, { command, element, inUse }: Update): NetworkDefinition {
  const { name: network, forward } = definition;
  if (command === 'modify') throw notModified('forward interface entries');
  const dev = updateElements.interface(element, { network, partial: command === 'delete' });
  const at = forward.interfaces.indexOf(dev);
  const interfaces = (): string[] => {
    if (command !== 'delete') {
      if (at >= 0)
        throw invalid(
          `there is an existing interface entry in network '${network}' that matches "<interface dev='${dev}'>"`,
        );
      return inserted(forward.interfaces, dev, command);
    }
    if (at < 0)
      throw invalid(`couldn't find an interface entry in network '${network}' matching <interface dev='${dev}'>`);
    const users = inUse.get(dev) ?? 0;
    if (users > 0)
      throw invalid(
        `unable to delete interface '${dev}' in network '${network}'. It is currently being used  by ${users} domains.`,
      );
    return forward.interfaces.toSpliced(at, 1);
  };
  const next = interfaces();
  return { ...definition, forward: { ...forward, interfaces: next, dev: next[0] ?? null } };
}

export function updatePortGroup(definition: NetworkDefinition, { command, element }: Update): NetworkDefinition {
  const { name: network, portgroups } = definition;
  const group = updateElements.portGroup(element, { network, partial: command === 'delete' });
  const at = portgroups.findIndex(({ name }) => name === group.name);
  if (at < 0 && (command === 'modify' || command === 'delete'))
    throw invalid(`couldn't find a portgroup entry in network '${network}' matching <portgroup name='${group.name}'>`);
  if (at >= 0 && (command === 'first' || command === 'last'))
    throw invalid(
      `there is an existing portgroup entry in network '${network}' that matches "<portgroup name='${group.name}'>"`,
    );
  if (command === 'delete') return { ...definition, portgroups: portgroups.toSpliced(at, 1) };
  if (group.default && portgroups.some(other => other.default && other.name !== group.name))
    throw invalid(
      `a different portgroup entry in network '${network}' is already set as the default. Only one default is allowed.`,
    );
  return {
    ...definition,
    portgroups: command === 'modify' ? portgroups.with(at, group) : inserted(portgroups, group, command),
  };
}
