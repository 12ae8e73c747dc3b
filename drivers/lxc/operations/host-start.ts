import { existsSync } from 'node:fs';
import type { HypervisorDriver } from '../../contract/hypervisor.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { lifecycleEvent } from '../lifecycle-events.ts';
import { returnLinks } from '../network/returning-links.ts';
import { adoptDomains } from '../process/adopt.ts';
import { replaceFile } from '../../files/atomic-file.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { claimed, newDomain } from './claim.ts';
import { startAndTell } from './starting.ts';

/** What the daemon's own life asks of the driver. */
export function hostStart(context: LxcContext): Pick<HypervisorDriver, 'start' | 'autostart' | 'reload'> {
  const { domains, events, files, images, store } = context;
  return {
    async start() {
      store.prepare();
      await addStored(context, () => undefined);
      await adoptDomains(context);
      returnLinks(context);
      // What has its status still may run, though it could not be taken over.
      await images.detachUnused(name => existsSync(files.status(name)));
    },

    async autostart() {
      if (existsSync(files.autostarted)) return;
      await replaceFile(files.autostarted, '', false);
      const marked = [...domains.all()].filter(({ autostart, running }) => autostart && running === null);
      await Promise.all(marked.map(domain => autostartOne(context, domain)));
    },

    async reload() {
      await addStored(context, domain => events.emit(lifecycleEvent(domain, 'added')));
    },
  };
}

/** Adds the definitions on disk that are not known yet. */
async function addStored(context: LxcContext, added: (domain: LxcDomain) => void): Promise<void> {
  const { domains, log, store } = context;
  for (const definition of await store.definitions.load()) {
    try {
      if (claimed(domains, definition) !== undefined) continue;
      added(addOne(context, definition));
    } catch (error) {
      log.warn({ domain: definition.name, error }, 'A definition is passed over');
    }
  }
}

function addOne({ domains, store }: LxcContext, definition: DomainDefinition): LxcDomain {
  const domain = newDomain(definition, true);
  domain.autostart = store.definitions.autostarts(definition.name);
  domains.add(domain);
  return domain;
}

async function autostartOne(context: LxcContext, domain: LxcDomain): Promise<void> {
  try {
    await context.jobs.changeDomain(domain, async (_, signal) => {
      if (domain.running === null) await startAndTell(context, domain, { files: [], autodestroy: null }, signal);
    });
  } catch (error) {
    context.log.error({ domain: domain.name, error }, 'A domain could not be started with the host');
  }
}
