import { DomainModificationImpact as Impact } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { affected, checkOneImpact } from '../operations/affect.ts';
import { readDefinition } from './definitions.ts';

/** What a reading call is about. */
export interface Asked {
  readonly domain: LxcDomain;
  /** What the domain runs with; else `definition` is what it is defined as. */
  readonly live: boolean;
  readonly definition: DomainDefinition;
}

/** Resolves the flags LIVE and CONFIG of a call that reads; `caller` is libvirt's name for it. */
export function asked({ domains }: LxcContext, ref: DomainRef, flags: number, caller: string): Asked {
  checkFlags(flags, Impact.LIVE | Impact.CONFIG, caller);
  checkOneImpact(flags);
  const domain = domains.find(ref);
  const which = affected(domain, flags);
  return { domain, live: which.live, definition: readDefinition(domain, which) };
}
