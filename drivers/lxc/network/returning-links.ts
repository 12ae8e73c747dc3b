import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { saveStatus } from '../process/status.ts';
import { reclaimPorts } from './network-port.ts';

/** Puts the links of running containers back on networks that are stopped and started under them. */
export function returnLinks(context: LxcContext): void {
  context.networks?.started.subscribe(network => {
    for (const [domain] of context.processes.all())
      if (isOn(domain, network))
        returnTo(context, domain, network).catch((error: unknown) =>
          context.log.warn({ domain: domain.name, network, error }, 'A running domain is not back on its network'),
        );
  });
}

const isOn = ({ definition }: LxcDomain, network: string): boolean =>
  definition.devices.interfaces.some(({ type, source }) => type === 'network' && source === network);

async function returnTo(context: LxcContext, domain: LxcDomain, network: string): Promise<void> {
  await context.jobs.follow(domain, async () => {
    if (domain.running === null) return;
    domain.definition = await reclaimPorts(context.networks, domain.definition, context.log, network);
    await saveStatus(context, domain);
  });
}
