import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { InterfaceDefinition } from '../../xml/interface/definition.ts';
import type { HostConfiguration } from './host-configuration.ts';
import { ifupdownText } from './ifupdown-text.ts';
import { runProgram } from './run-program.ts';
import { removeFiles, writeFiles } from './written-files.ts';

interface Places {
  /** /etc/network */
  readonly etc: string;
  /** Where ifupdown notes what is up; null for its own place. */
  readonly state: string | null;
}

/** `source-directory` of interfaces(5) takes names of these characters only. */
const fileName = (name: string): string =>
  `lxvirtd-${name.replaceAll(/[^A-Za-z0-9-]/g, found => `_${found.charCodeAt(0).toString(16)}`)}`;

/** Debian's ifupdown: a file of interfaces(5) for each interface, and ifup and ifdown. */
export class Ifupdown implements HostConfiguration {
  readonly what = 'ifupdown';
  readonly #places: Places;
  readonly #directory: string;

  constructor(places: Places) {
    this.#places = places;
    this.#directory = join(places.etc, 'interfaces.d');
  }

  async write(definition: InterfaceDefinition): Promise<void> {
    const { name } = definition;
    const other = this.#configuredIn(name);
    if (other !== null)
      throw errors.operationFailed(`interface '${name}' is configured in ${other}`, ErrorDomain.INTERFACE);
    await writeFiles(this.#directory, [{ name: fileName(name), text: ifupdownText(definition) }]);
  }

  async remove({ name }: InterfaceDefinition): Promise<void> {
    await removeFiles(this.#directory, [fileName(name)]);
  }

  async start(name: string, definition: InterfaceDefinition | null): Promise<void> {
    const { state } = this.#places;
    if (state !== null) mkdirSync(state, { recursive: true, mode: 0o755 });
    await runProgram('ifup', this.#arguments(name, definition));
  }

  stop = (name: string, definition: InterfaceDefinition | null): Promise<void> =>
    runProgram('ifdown', this.#arguments(name, definition));

  /** With our own file the host's need not name its directory; what ifupdown believes of it is older than what we saw. */
  #arguments(name: string, definition: InterfaceDefinition | null): string[] {
    const { state } = this.#places;
    return [
      ...(state === null ? [] : [`--state-dir=${state}`]),
      ...(definition === null ? [] : ['--force', `--interfaces=${join(this.#directory, fileName(name))}`]),
      '--',
      name,
    ];
  }

  /** The file of the host's own that has a stanza for the interface. */
  #configuredIn(name: string): string | null {
    const own = join(this.#directory, fileName(name));
    const others = existsSync(this.#directory) ? readdirSync(this.#directory) : [];
    const paths = [join(this.#places.etc, 'interfaces'), ...others.map(file => join(this.#directory, file))];
    return paths.find(path => path !== own && hasStanza(path, name)) ?? null;
  }
}

function hasStanza(path: string, name: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  return readFileSync(path, 'utf8')
    .split('\n')
    .some(line => {
      const [keyword, interfaceName] = line.trim().split(/\s+/);
      return keyword === 'iface' && interfaceName === name;
    });
}
