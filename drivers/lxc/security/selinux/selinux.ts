import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ErrorDomain } from '../../../contract/constants.ts';
import type { SecurityLabel } from '../../../contract/domain.ts';
import { errors } from '../../../contract/error.ts';
import type { Init, MountOption } from '../../../../native/plan/plan.ts';
import type { DomainDefinition } from '../../../xml/domain/definition.ts';
import type { DomainLabel, SecurityDriver } from '../security-driver.ts';
import { CategoryPool } from './categories.ts';
import { formatContext, parseContext, parseLxcContexts, type Context, type LxcContexts } from './context.ts';
import { labelImages, unlabelImages } from './image-labels.ts';

const FILESYSTEM = '/sys/fs/selinux';
const CONFIG = '/etc/selinux/config';

/** A label is a context. Domains of one type are told apart by a pair of categories in their level. */
export class SELinux implements SecurityDriver {
  readonly model = { model: 'selinux', doi: '0' } as const;
  readonly #contexts: LxcContexts;
  readonly #levels: CategoryPool;

  /** `level` is the daemon's own: domains get categories of it. */
  constructor(contexts: LxcContexts, level: string) {
    this.#contexts = contexts;
    this.#levels = new CategoryPool(level);
  }

  /** Null also where the host's policy does not know containers. */
  static ofHost(): SELinux | null {
    if (!existsSync(`${FILESYSTEM}/enforce`)) return null;
    const contexts = policyContexts();
    const own = parseContext(withoutNul(readFileSync('/proc/self/attr/current', 'utf8')));
    return contexts === null ? null : new SELinux(contexts, own?.level ?? '');
  }

  verify(label: string): void {
    if (parseContext(label) === null || !isKnown(label))
      throw errors.xmlError(`Invalid security label ${label}`, ErrorDomain.SECURITY);
  }

  generate(_: DomainDefinition, baselabel: string | null): DomainLabel {
    const base = baselabel === null ? this.#contexts.process : parseContext(baselabel);
    if (base === null) throw errors.xmlError(`Invalid security label ${baselabel}`, ErrorDomain.SECURITY);
    const level = this.#levels.take();
    if (level === null) throw errors.internalError('every pair of security categories is in use', ErrorDomain.SECURITY);
    return { label: formatContext({ ...base, level }), imagelabel: this.#imageContext(level) };
  }

  imageLabel(label: string): string {
    return this.#imageContext(parseContext(label)?.level ?? '');
  }

  async apply(definition: DomainDefinition, { imagelabel }: DomainLabel): Promise<void> {
    if (imagelabel !== null) await labelImages(definition, imagelabel, formatContext(this.#contexts.content));
  }

  async withdraw(definition: DomainDefinition, { label, imagelabel }: DomainLabel, dynamic: boolean): Promise<void> {
    if (dynamic) this.#levels.giveBack(parseContext(label)?.level ?? '');
    if (imagelabel !== null) await unlabelImages(definition);
  }

  keep({ label }: DomainLabel): void {
    this.#levels.keep(parseContext(label)?.level ?? '');
  }

  initLabel(label: string): Init['label'] {
    return { attribute: 'exec', value: label };
  }

  mountOptions({ imagelabel }: DomainLabel): MountOption[] {
    return imagelabel === null ? [] : [{ key: 'context', value: imagelabel }];
  }

  labelOf(pid: number): SecurityLabel {
    const label = withoutNul(readFileSync(`/proc/${pid}/attr/current`, 'utf8'));
    return { label, enforcing: readFileSync(`${FILESYSTEM}/enforce`, 'utf8').trim() === '1' };
  }

  #imageContext(level: string): string {
    const image: Context = { ...this.#contexts.file, level };
    return formatContext(image);
  }
}

const withoutNul = (text: string): string => text.replaceAll('\0', '').trim();

/** /etc/selinux/POLICY/contexts/lxc_contexts */
function policyContexts(): LxcContexts | null {
  if (!existsSync(CONFIG)) return null;
  const policy = /^\s*SELINUXTYPE\s*=\s*([\w.-]+)\s*$/m.exec(readFileSync(CONFIG, 'utf8'))?.[1] ?? 'targeted';
  const file = `/etc/selinux/${policy}/contexts/lxc_contexts`;
  return existsSync(file) ? parseLxcContexts(readFileSync(file, 'utf8')) : null;
}

/** The kernel refuses a context that its policy has not. */
function isKnown(label: string): boolean {
  try {
    writeFileSync(`${FILESYSTEM}/context`, label);
    return true;
  } catch {
    return false;
  }
}
