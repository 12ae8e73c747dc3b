import { parseBitmap } from '../../xml/bitmap.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { emulatorPin, vcpuPins } from '../../xml/domain/pinned-cpus.ts';
import { onlineCpus } from '../node/cpu.ts';
import { HostFiles } from '../node/host-files.ts';

const files = new HostFiles();

/** Those that are on, ascending. */
export const hostCpus = (): readonly number[] => onlineCpus(files);

/** Where each vCPU may run, by its number: where it is pinned, else where all are, else anywhere. */
export function vcpuAffinities(
  definition: DomainDefinition,
  online: readonly number[],
): (vcpu: number) => readonly number[] {
  const pins = vcpuPins(definition);
  const others = unpinned(definition, online);
  const parsed = new Map([...new Set(pins.values())].map(pin => [pin, parseBitmap(pin)]));
  return vcpu => parsed.get(pins.get(vcpu) ?? '') ?? others;
}

/** Where the domain's own process, its controller, may run. */
export function emulatorAffinity(definition: DomainDefinition, online: readonly number[]): readonly number[] {
  const pin = emulatorPin(definition);
  return pin === null ? unpinned(definition, online) : parseBitmap(pin);
}

const unpinned = ({ vcpu }: DomainDefinition, online: readonly number[]): readonly number[] =>
  vcpu.cpuset === null ? online : parseBitmap(vcpu.cpuset);
