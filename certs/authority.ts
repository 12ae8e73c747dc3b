import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Issuer, Wish } from './issue.ts';
import { newKeyPair } from './key-pair.ts';
import type { KeyPairPlaces, PkiPlaces } from './places.ts';
import type { Revoked } from './revocation-list.ts';
import { writeFile } from './write-file.ts';

/** How long a list of revoked certificates says that it holds, in days: as long as authorities live. */
const LIST_DAYS = 3650;

/** What the user has asked for cannot be done; the message says what to do. */
export class PkiError extends Error {
  override readonly name = 'PkiError';
}

/** A certificate that the authority has issued. */
export interface Issued {
  readonly path: string;
  readonly certificate: X509Certificate;
  /** The subject's common name. */
  readonly name: string;
  readonly revoked: boolean;
}

/** The certificate authority of a host, with its key. */
export class Authority {
  readonly #places: PkiPlaces;
  readonly #issuer: Issuer;
  /** The organization that clients and servers belong to: its own name. */
  readonly organization: string;

  private constructor(places: PkiPlaces, issuer: Issuer) {
    this.#places = places;
    this.#issuer = issuer;
    this.organization = commonName(new X509Certificate(issuer.certificate));
  }

  /** Throws PkiError when there is one already: with it all that it has issued would be void. */
  static async create(places: PkiPlaces, name: string, days: number): Promise<Authority> {
    const { certificate, key } = places.authority;
    for (const path of [certificate, key])
      if (existsSync(path)) throw new PkiError(`${path} is there already: remove it to begin anew`);
    const pair = await newKeyPair();
    const { issue } = await import('./issue.ts');
    const subject = { organization: null, name };
    const own = issue({ use: 'authority', subject, publicKey: pair.publicKey, hosts: [], days }, pair);
    writeFile(key, pair.privateKey, 'secret');
    writeFile(certificate, own, 'public');
    const authority = new Authority(places, { certificate: own, privateKey: pair.privateKey });
    await authority.#publishRevoked([]);
    return authority;
  }

  /** Throws PkiError when the host has none, or its key is not here. */
  static open(places: PkiPlaces): Authority {
    const { certificate, key } = places.authority;
    for (const path of [certificate, key])
      if (!existsSync(path)) throw new PkiError(`${path} is missing: make an authority with 'lxvirtd-pki ca'`);
    const issuer = { certificate: readFileSync(certificate, 'utf8'), privateKey: readFileSync(key, 'utf8') };
    if (!new X509Certificate(issuer.certificate).checkPrivateKey(createPrivateKey(issuer.privateKey)))
      throw new PkiError(`${key} is not the key of ${certificate}`);
    return new Authority(places, issuer);
  }

  get certificate(): string {
    return this.#issuer.certificate;
  }

  get revocationList(): string {
    return readFileSync(this.#places.authority.revocationList, 'utf8');
  }

  /** Makes a key and a certificate for it, and puts both in their places. */
  async issueTo(places: KeyPairPlaces, wish: Omit<Wish, 'publicKey' | 'subject'> & { name: string }): Promise<void> {
    const { issue } = await import('./issue.ts');
    const pair = await newKeyPair();
    const subject = { organization: this.organization, name: wish.name };
    const pem = issue({ ...wish, subject, publicKey: pair.publicKey }, this.#issuer);
    const { serialNumber } = new X509Certificate(pem);
    writeFile(join(this.#places.issued, `${serialNumber}.pem`), pem, 'public');
    writeFile(places.key, pair.privateKey, 'secret');
    writeFile(places.certificate, pem, 'public');
  }

  /** All that it has issued, the oldest first. */
  issued(): Issued[] {
    const revoked = new Set(this.#revoked().map(({ serial }) => serial));
    return pemFiles(this.#places.issued)
      .map(path => {
        const certificate = new X509Certificate(readFileSync(path));
        const { serialNumber } = certificate;
        return { path, certificate, name: commonName(certificate), revoked: revoked.has(serialNumber) };
      })
      .toSorted((a, b) => a.certificate.validFromDate.getTime() - b.certificate.validFromDate.getTime());
  }

  /** Revokes every certificate of that name, or the one of that serial number; returns them. Throws PkiError for none. */
  async revoke(nameOrSerial: string): Promise<Issued[]> {
    const wanted = this.issued().filter(
      ({ name, certificate, revoked }) =>
        !revoked && (name === nameOrSerial || certificate.serialNumber === nameOrSerial.toUpperCase()),
    );
    if (wanted.length === 0) throw new PkiError(`no valid certificate of '${nameOrSerial}' has been issued`);
    const at = new Date().toISOString();
    const more = wanted.map(({ certificate }) => ({ serial: certificate.serialNumber, at }));
    await this.#publishRevoked([...this.#revoked(), ...more]);
    return wanted;
  }

  #revoked(): Revoked[] {
    const { revoked } = this.#places;
    if (!existsSync(revoked)) return [];
    const entries: unknown = JSON.parse(readFileSync(revoked, 'utf8'));
    if (Array.isArray(entries) && entries.every(isRevoked)) return entries;
    throw new PkiError(`${revoked} does not list revoked certificates`);
  }

  async #publishRevoked(revoked: readonly Revoked[]): Promise<void> {
    const { revocationList } = await import('./revocation-list.ts');
    const list = revocationList(revoked, this.#issuer, revoked.length + 1, LIST_DAYS);
    writeFile(this.#places.revoked, `${JSON.stringify(revoked, null, 2)}\n`, 'secret');
    writeFile(this.#places.authority.revocationList, list, 'public');
  }
}

const isRevoked = (value: unknown): value is Revoked =>
  typeof value === 'object' &&
  value !== null &&
  'serial' in value &&
  typeof value.serial === 'string' &&
  'at' in value &&
  typeof value.at === 'string';

function pemFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter(name => name.endsWith('.pem'))
    .map(name => join(directory, name));
}

/** The common name of a certificate's subject; empty when it has none. */
export const commonName = ({ subject }: X509Certificate): string =>
  subject
    .split('\n')
    .find(part => part.startsWith('CN='))
    ?.slice('CN='.length) ?? '';
