/**
 * Records what the peer does, for comparison:
 *   scripts/with-real-libvirtd.sh env 'LXVIRTD_CONFORMANCE_URI=lxc+unix:///?socket=/run/libvirt/libvirt-sock' \
 *     node conformance/compare/record.ts
 */
import { writeFile } from 'node:fs/promises';
import { openHost } from '../harness/host.ts';
import { play } from './play.ts';

await using host = await openHost();
const { steps } = await play(host);
await writeFile(new URL('recorded.json', import.meta.url), `${JSON.stringify(steps, null, 1)}\n`);
