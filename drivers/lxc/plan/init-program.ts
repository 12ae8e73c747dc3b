import type { DomainDefinition } from '../../xml/domain/definition.ts';
import type { Init } from '../../../native/plan/plan.ts';
import type { InitRights } from './init-rights.ts';

/**
 * The environment of init, in libvirt's order. libvirt's documentation names other values for PATH and `container`;
 * these are the ones that containers have always been given.
 */
function initEnvironment(definition: DomainDefinition): string[] {
  const { os } = definition;
  const terminals = definition.devices.consoles.slice(1).map((_, at) => `pts/${at + 1}`);
  const variables: [string, string | null][] = [
    ['PATH', '/bin:/sbin'],
    ['TERM', 'linux'],
    ['container', 'lxc-libvirt'],
    ['HOME', '/'],
    ['container_uuid', definition.uuid],
    ['container_ttys', terminals.length > 0 ? terminals.join(' ') : null],
    ['LIBVIRT_LXC_UUID', definition.uuid],
    ['LIBVIRT_LXC_NAME', definition.name],
    ['LIBVIRT_LXC_CMDLINE', os.cmdline],
    ...os.initEnv.map(({ name, value }): [string, string] => [name, value]),
  ];
  return variables.flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
}

export function initProgram(definition: DomainDefinition, rights: InitRights): Init {
  const { os } = definition;
  return {
    argv: [os.init, ...os.initArgs],
    env: initEnvironment(definition),
    directory: os.initDir ?? '/',
    user: os.initUser,
    group: os.initGroup,
    ...rights,
    terminal: true,
  };
}

/** A host's name made of a domain's: only what every program takes for one is kept. Linux's limit is 64 bytes. */
export function hostnameFor(name: string): string {
  return name.replace(/[^A-Za-z0-9-]/g, '').slice(0, 64);
}
