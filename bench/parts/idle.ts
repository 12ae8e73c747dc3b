import { Client } from '../client.ts';
import type { Part } from '../part.ts';
import { kibibytes } from '../target.ts';

/** The daemon's memory with one client that does nothing. */
export const idle: Part = {
  figures: { daemon: { label: 'memory (RSS) of the daemon, idle', unit: 'MiB' } },
  async measure(target) {
    using client = await Client.open(target.socket);
    await client.call('connectGetLibVersion', undefined);
    return { daemon: (await kibibytes(`/proc/${target.pid}/status`, 'VmRSS')) / 1024 };
  },
};
