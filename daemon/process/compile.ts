import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Packages that modules load by themselves, when they need them. */
const packages = ['libxml2-wasm', 'libxml2-wasm/lib/nodejs.mjs', 'tar-stream'];

/** The modules of the program below `home`, as its source or as a package holds them; those that only tests load are none. */
export const modulesBelow = (home: string): string[] =>
  globSync('{protocol,certs,daemon,drivers,native}/**/*.{ts,js}', { cwd: home })
    .filter(path => !/\/testing\/|\.test\.|^(?:daemon|certs)\/main\./.test(path))
    .map(path => join(home, path));

/**
 * Loads all the code there is, also what a daemon loads when it is first needed: that leaves it in the compile cache. What
 * needs something that this host lacks is passed over.
 */
export async function loadEverything(home: string): Promise<void> {
  const urls = modulesBelow(home).map(path => pathToFileURL(path).href);
  for (const url of [...packages, ...urls]) await import(url).catch(() => undefined);
}
