import { join } from 'node:path';
import { ErrorDomain, SecretDefineFlags, SecretEventLifecycleType, SecretUsageType } from '../contract/constants.ts';
import { errors, type LibvirtError } from '../contract/error.ts';
import { EventChannel } from '../contract/event-channel.ts';
import { checkFlags } from '../contract/flags.ts';
import type { Log } from '../contract/log.ts';
import type { Paths } from '../contract/paths.ts';
import type { SecretDriver, SecretEvent, SecretRef } from '../contract/secret.ts';
import { JobLock } from '../jobs/job-lock.ts';
import { DefinitionStore } from '../objects/definition-store.ts';
import { flagsOf, listFilter } from '../objects/list-filter.ts';
import type { SecretDefinition } from '../xml/secret/definition.ts';
import { formatSecret, parseSecret } from '../xml/secret/secret.ts';
import { secretFlagGroups } from './list-filters.ts';
import { checkRedefinition } from './redefinition.ts';
import { copyOfValue, wipe } from './secret-value.ts';
import { ValueFiles } from './value-files.ts';

interface Secret {
  definition: SecretDefinition;
  value: Buffer | null;
}

interface SecretDriverOptions {
  readonly paths: Paths;
  readonly log: Log;
}

/** Secrets below /etc/libvirt/secrets, and ephemeral ones in memory. */
export const createSecretDriver = ({ paths, log }: SecretDriverOptions): SecretDriver => new Secrets(paths, log);

class Secrets implements SecretDriver {
  readonly secretEvents = new EventChannel<SecretEvent>();
  readonly #secrets = new Map<string, Secret>();
  readonly #log: Log;
  readonly #documents: DefinitionStore<SecretDefinition>;
  readonly #values: ValueFiles;
  /** One for all: whether a use is taken depends on every secret. */
  readonly #changes = new JobLock();

  constructor(paths: Paths, log: Log) {
    const directory = join(paths.etc, 'secrets');
    this.#log = log;
    this.#values = new ValueFiles(directory, log);
    this.#documents = new DefinitionStore<SecretDefinition>(
      {
        what: 'secret',
        directory,
        autostart: null,
        nameOf: ({ uuid }) => uuid,
        parse: parseSecret,
        format: formatSecret,
        durable: true,
      },
      log,
    );
  }

  async start(): Promise<void> {
    this.#documents.prepare();
    await this.#load();
  }

  async autostart(): Promise<void> {}

  /** Takes what was written meanwhile as if it had been defined. */
  async reload(): Promise<void> {
    await this.#changes.run(() => this.#load());
  }

  /** Secrets keep no daemon from exiting: those in memory alone are called ephemeral for that. */
  activeCount = (): number => 0;

  async close(): Promise<void> {
    for (const { value } of this.#secrets.values()) wipe(value);
    this.#secrets.clear();
  }

  connectNumOfSecrets = (): number => this.#secrets.size;

  connectListSecrets = (): string[] => [...this.#secrets.keys()];

  connectListAllSecrets(flags: number): SecretRef[] {
    checkFlags(flags, flagsOf(secretFlagGroups), 'secretConnectListAllSecrets', ErrorDomain.SECRET);
    return this.#definitions().filter(listFilter(secretFlagGroups, flags)).map(refOf);
  }

  secretLookupByUuid = (uuid: string): SecretRef => refOf(this.#secret(uuid).definition);

  secretLookupByUsage = (usageType: number, usageID: string): SecretRef =>
    refOf(this.#secretFor(usageType, usageID).definition);

  async secretDefineXml(xml: string, flags: number): Promise<SecretRef> {
    const { SECRET_DEFINE_VALIDATE } = SecretDefineFlags;
    checkFlags(flags, SECRET_DEFINE_VALIDATE, 'secretDefineXML', ErrorDomain.SECRET);
    const definition = await parseSecret(xml, (flags & SECRET_DEFINE_VALIDATE) !== 0);
    return await this.#changes.run(async () => {
      const existing = this.#secrets.get(definition.uuid) ?? null;
      checkRedefinition(definition, existing?.definition ?? null, this.#definitions());
      await this.#store(definition, existing);
      if (existing === null) this.#secrets.set(definition.uuid, { definition, value: null });
      else existing.definition = definition;
      this.#tell(definition, SecretEventLifecycleType.DEFINED);
      return refOf(definition);
    });
  }

  async secretUndefine(uuid: string): Promise<void> {
    await this.#changes.run(async () => {
      const secret = this.#secret(uuid);
      await this.#forget(uuid);
      this.#secrets.delete(uuid);
      wipe(secret.value);
      this.#tell(secret.definition, SecretEventLifecycleType.UNDEFINED);
    });
  }

  secretGetXmlDesc(uuid: string, flags: number): string {
    checkFlags(flags, 0, 'secretGetXMLDesc', ErrorDomain.SECRET);
    return formatSecret(this.#secret(uuid).definition);
  }

  async secretSetValue(uuid: string, bytes: Uint8Array, flags: number): Promise<void> {
    checkFlags(flags, 0, 'secretSetValue', ErrorDomain.SECRET);
    // The caller may wipe its own while this waits.
    const value = copyOfValue(bytes);
    try {
      await this.#changes.run(() => this.#setValue(uuid, value));
    } catch (error) {
      wipe(value);
      throw error;
    }
  }

  secretGetValue(uuid: string, flags: number): Uint8Array {
    checkFlags(flags, 0, 'secretGetValue', ErrorDomain.SECRET);
    const secret = this.#secret(uuid);
    if (secret.definition.private) throw errors.invalidSecret('secret is private', ErrorDomain.SECRET);
    return valueOf(secret);
  }

  secretValueByUuid = (uuid: string): Uint8Array => valueOf(this.#secret(uuid));

  secretValueByUsage = (type: SecretUsageType, id: string): Uint8Array => valueOf(this.#secretFor(type, id));

  async #setValue(uuid: string, value: Buffer): Promise<void> {
    const secret = this.#secret(uuid);
    if (!secret.definition.ephemeral) await this.#values.save(uuid, value);
    wipe(secret.value);
    secret.value = value;
    this.secretEvents.emit({ kind: 'valueChanged', secret: refOf(secret.definition) });
  }

  /** What becomes ephemeral leaves the disk; what no longer is takes its value there. */
  async #store(definition: SecretDefinition, existing: Secret | null): Promise<void> {
    const { uuid, ephemeral } = definition;
    if (ephemeral && existing?.definition.ephemeral === false) return await this.#forget(uuid);
    if (ephemeral) return;
    await this.#documents.save(definition);
    if (existing?.definition.ephemeral === true && existing.value !== null)
      await this.#values.save(uuid, existing.value);
  }

  /** The value first: after a crash in between there is no value without a document, which nobody would remove. */
  async #forget(uuid: string): Promise<void> {
    await this.#values.remove(uuid);
    await this.#documents.remove(uuid);
  }

  async #load(): Promise<void> {
    for (const definition of await this.#documents.load()) this.#adopt(definition);
  }

  #adopt(definition: SecretDefinition): void {
    const { uuid } = definition;
    const existing = this.#secrets.get(uuid);
    try {
      checkRedefinition(definition, existing?.definition ?? null, this.#definitions());
    } catch (error) {
      this.#log.warn({ path: this.#documents.path(uuid), error }, 'A secret on disk is passed over');
      return;
    }
    if (existing === undefined) this.#secrets.set(uuid, { definition, value: this.#values.load(uuid) });
    else existing.definition = definition;
  }

  #definitions = (): SecretDefinition[] => [...this.#secrets.values()].map(({ definition }) => definition);

  #secret(uuid: string): Secret {
    const secret = this.#secrets.get(uuid);
    if (secret === undefined) throw noSecret(`no secret with matching uuid '${uuid}'`);
    return secret;
  }

  #secretFor(type: number, id: string): Secret {
    for (const secret of this.#secrets.values()) {
      const { usage } = secret.definition;
      if (usage.type !== SecretUsageType.NONE && usage.type === type && usage.id === id) return secret;
    }
    throw noSecret(`no secret with matching usage '${id}'`);
  }

  #tell(definition: SecretDefinition, event: SecretEventLifecycleType): void {
    this.secretEvents.emit({ kind: 'lifecycle', secret: refOf(definition), event });
  }
}

const refOf = ({ uuid, usage }: SecretDefinition): SecretRef => ({ uuid, usageType: usage.type, usageID: usage.id });

const noSecret = (text: string): LibvirtError => errors.noSecret(text, ErrorDomain.SECRET);

function valueOf({ definition, value }: Secret): Uint8Array {
  if (value === null) throw noSecret(`secret '${definition.uuid}' does not have a value`);
  return copyOfValue(value);
}
