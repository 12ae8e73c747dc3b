import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { runToEnd } from '../../../../native/tools/run-to-end.ts';
import { ErrorDomain } from '../../../contract/constants.ts';
import { errors, type LibvirtError } from '../../../contract/error.ts';

const REMOVE = '/sys/kernel/security/apparmor/.remove';

/** Of what the parser says, in characters: the last of many lines say why. */
const SAID_MAX = 4096;

/** Compiles a profile and gives it to the kernel, in place of one of the same name. Throws internalError. */
export async function loadProfile(name: string, text: string): Promise<void> {
  const { status, complaint } = await runToEnd('apparmor_parser', ['--replace', '--skip-cache', '--quiet'], {
    input: text,
  });
  if (status === 0) return;
  throw notLoaded(name, complaint.trim().slice(-SAID_MAX) || `apparmor_parser ended with ${status}`);
}

function notLoaded(name: string, problem: string): LibvirtError {
  return errors.internalError(`cannot load AppArmor profile '${name}': ${problem}`, ErrorDomain.SECURITY);
}

/** Nothing of it need be there any more. */
export async function removeProfile(name: string): Promise<void> {
  if (!existsSync(REMOVE)) return;
  await writeFile(REMOVE, name).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  });
}
