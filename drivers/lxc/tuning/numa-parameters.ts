import { DomainModificationImpact as Impact, DomainNumatuneMemMode, ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import type { DomainNuma } from '../../contract/domain-numa.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import { normalBitmap } from '../../xml/bitmap.ts';
import type { DomainDefinition, NumaTuning } from '../../xml/domain/definition.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { affected } from '../operations/affect.ts';
import { storedDefinition } from '../operations/claim.ts';
import { asked } from './asked.ts';
import { cgroupCall, cgroupOf } from './cgroup-call.ts';
import { changeDefinitions } from './definitions.ts';
import { checkParameters, int, numberOf, string, stringOf } from './parameters.ts';

type Mode = NumaTuning['mode'];

const types = { numa_mode: 'int', numa_nodeset: 'string' } as const;

const modeNumbers: Readonly<Record<Mode, number>> = {
  strict: DomainNumatuneMemMode.STRICT,
  preferred: DomainNumatuneMemMode.PREFERRED,
  interleave: DomainNumatuneMemMode.INTERLEAVE,
  restrictive: DomainNumatuneMemMode.RESTRICTIVE,
};

/** What a call sets, read before anything is changed. */
interface NumaChange {
  readonly mode: Mode | null;
  readonly nodeset: string | null;
}

/** These keep a container within its nodes, by its cgroup; the others are a policy that init hands down to what it starts. */
export const isBinding = (mode: Mode): boolean => mode === 'strict' || mode === 'restrictive';

/** virsh numatune. */
export function numaParameters(context: LxcContext): DomainNuma {
  return {
    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetNumaParameters(ref, flags) {
      const { domain, live, definition } = asked(context, ref, flags, 'lxcDomainGetNumaParameters');
      const { numatune } = definition;
      const mode = numatune?.mode ?? 'strict';
      const inUse = live && isBinding(mode) ? cgroupOf(domain, 'cpuset').memoryNodes() : null;
      return [int('numa_mode', modeNumbers[mode]), string('numa_nodeset', inUse ?? numatune?.nodeset ?? '')];
    },

    async domainSetNumaParameters(ref, params, flags) {
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainSetNumaParameters');
      checkParameters(params, types);
      const change = readChange(params);
      await context.jobs.change(ref, async domain => {
        const which = affected(domain, flags);
        if (which.config) withChange(storedDefinition(domain), change);
        if (which.live) await applyChange(domain, change);
        await changeDefinitions(context, domain, which, definition => withChange(definition, change));
      });
    },
  };
}

function readChange(params: readonly TypedParameter[]): NumaChange {
  const number = numberOf(params, 'numa_mode');
  const mode = modes.find(mode => modeNumbers[mode] === number) ?? null;
  if (number !== null && mode === null) throw errors.invalidArg(`unsupported numatune mode: '${number}'`);
  const text = stringOf(params, 'numa_nodeset');
  const nodeset = text === null ? null : normalBitmap(text);
  if (nodeset === '') throw errors.invalidArg(`Invalid nodeset of 'numatune': ${text}`);
  return { mode, nodeset };
}

const modes = ['strict', 'preferred', 'interleave', 'restrictive'] as const satisfies readonly Mode[];

/** A policy was handed down when init started: only what the cgroup keeps can change later. */
async function applyChange(domain: LxcDomain, change: NumaChange): Promise<void> {
  const cgroup = cgroupOf(domain, 'cpuset');
  const { numatune } = domain.definition;
  if (change.mode !== null && numatune !== null && change.mode !== numatune.mode)
    throw errors.operationInvalid("can't change numatune mode for running domain");
  const { nodeset, mode } = numatuneWith(numatune, change);
  if (!isBinding(mode)) throw errors.operationInvalid('change of nodeset for running domain requires strict numa mode');
  if (change.nodeset !== null) await cgroupCall(() => cgroup.moveMemory(nodeset));
}

const withChange = (definition: DomainDefinition, change: NumaChange): DomainDefinition => ({
  ...definition,
  numatune: numatuneWith(definition.numatune, change),
});

function numatuneWith(present: NumaTuning | null, { mode, nodeset }: NumaChange): NumaTuning {
  const nodes = nodeset ?? present?.nodeset ?? null;
  if (nodes === null && present?.placement !== 'auto')
    throw errors.configUnsupported(
      "nodeset for NUMA memory tuning must be set if 'placement' is 'static'",
      ErrorDomain.DOMAIN,
    );
  return {
    mode: mode ?? present?.mode ?? 'strict',
    placement: nodes === null ? 'auto' : 'static',
    nodeset: nodes,
    foreign: present?.foreign ?? [],
  };
}
