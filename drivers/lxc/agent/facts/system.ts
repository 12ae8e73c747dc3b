import { machine, release, version } from 'node:os';
import { hostnameFor } from '../../plan/init-program.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { readFirstGuestText, readGuestText } from '../session/guest-files.ts';
import { linesOf, shown } from '../text/guest-text.ts';
import { parseLogins, type Login } from '../text/login-records.ts';
import { parseOsRelease, type OsRelease } from '../text/os-release.ts';
import { UTC, zoneAt, type Zone } from '../text/time-zone.ts';

/** The container's system, and the host's kernel that it runs on. */
export interface OsFacts extends OsRelease {
  readonly kernelRelease: string;
  readonly kernelVersion: string;
  readonly machine: string;
}

export async function osFacts(session: AgentSession): Promise<OsFacts> {
  const text = await readFirstGuestText(session, ['/etc/os-release', '/usr/lib/os-release']);
  return {
    ...parseOsRelease(text ?? Buffer.alloc(0)),
    kernelRelease: release(),
    kernelVersion: version(),
    machine: machine(),
  };
}

/** As its kernel knows it at the moment; what it started with where it has no /proc. */
export async function hostName(session: AgentSession): Promise<string> {
  const text = await readGuestText(session, '/proc/sys/kernel/hostname');
  const [name = ''] = text === null ? [] : linesOf(text);
  return shown(name === '' ? hostnameFor(session.domain.name) : name);
}

export async function loggedIn(session: AgentSession): Promise<Login[]> {
  const records = await readFirstGuestText(session, ['/run/utmp', '/var/run/utmp']);
  return records === null ? [] : parseLogins(records);
}

/** The zone that its programs tell the time in. */
export async function timeZone(session: AgentSession): Promise<Zone> {
  const file = await readGuestText(session, '/etc/localtime');
  return (file === null ? null : zoneAt(file, Math.floor(Date.now() / 1000))) ?? UTC;
}
