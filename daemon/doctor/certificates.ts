import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { checkPair } from '../../certs/check-pair.ts';
import { pkiPlaces } from '../../certs/places.ts';
import type { Paths } from '../../drivers/contract/paths.ts';
import { advice, missing, ok, type Check, type Finding } from './finding.ts';

/** What is needed to be reached over TLS. */
export const certificates = ({ root }: Paths): Check => ({
  title: 'certificates',
  look: () => look(root ?? '/'),
});

function look(root: string): Finding[] {
  const { server, authority } = pkiPlaces(root);
  if (!existsSync(server.certificate))
    return [ok(`no ${server.certificate}: clients of this host alone ('lxvirtd-pki try' makes one)`)];
  const problems = checkPair({ ...server, authority: authority.certificate, use: 'server', hosts: [hostname()] });
  if (problems.length === 0) return [ok(`${server.certificate} will do`)];
  return problems.map(({ severity, text }) =>
    (severity === 'error' ? missing : advice)(text, "'lxvirtd-pki renew server', or a new one"),
  );
}
