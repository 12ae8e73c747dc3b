import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import type { KeyPairPlaces } from './places.ts';

/** Extended key usages, by their object identifiers. */
const purposes = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/** Days before the end at which a certificate is to be renewed. */
const SOON_DAYS = 30;

/**
 * What is wrong with a certificate, its key and its authority, each with what to do about it; nothing when they will do. A
 * `warning` is what will be wrong soon, or only may be.
 */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly text: string;
}

export interface CheckedPair extends KeyPairPlaces {
  readonly use: keyof typeof purposes;
  /** The authority's certificate. */
  readonly authority: string;
  /** Names and addresses that clients call the host by. */
  readonly hosts: readonly string[];
}

export function checkPair(pair: CheckedPair, now = new Date()): Problem[] {
  const files = [pair.authority, pair.certificate, pair.key];
  const missing = files.flatMap(path => unreadable(path));
  if (missing.length > 0) return missing;
  const authority = new X509Certificate(readFileSync(pair.authority));
  const certificate = new X509Certificate(readFileSync(pair.certificate));
  return [
    ...checkAuthority(pair.authority, authority, now),
    ...checkValidity(pair.certificate, certificate, now),
    ...checkCertificate(pair, certificate, authority),
    ...checkKey(pair, certificate),
    ...checkHosts(pair, certificate),
  ];
}

const error = (text: string): Problem => ({ severity: 'error', text });
const warning = (text: string): Problem => ({ severity: 'warning', text });

function unreadable(path: string): Problem[] {
  try {
    readFileSync(path);
    return [];
  } catch (cause) {
    return [error(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`)];
  }
}

function checkAuthority(path: string, authority: X509Certificate, now: Date): Problem[] {
  const problems = checkValidity(path, authority, now);
  return authority.ca ? problems : [...problems, error(`${path} is not the certificate of an authority (CA:TRUE)`)];
}

function checkValidity(path: string, { validFromDate, validToDate }: X509Certificate, now: Date): Problem[] {
  if (now < validFromDate)
    return [error(`${path} is not valid before ${validFromDate.toISOString()}: is the clock right?`)];
  if (now > validToDate) return [error(`${path} has expired at ${validToDate.toISOString()}: renew it`)];
  const days = (validToDate.getTime() - now.getTime()) / 86_400_000;
  return days < SOON_DAYS ? [warning(`${path} expires at ${validToDate.toISOString()}: renew it soon`)] : [];
}

function checkCertificate(pair: CheckedPair, certificate: X509Certificate, authority: X509Certificate): Problem[] {
  const { use, certificate: path } = pair;
  const problems: Problem[] = [];
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey))
    problems.push(error(`${path} was not issued by ${pair.authority}`));
  if (certificate.ca) problems.push(error(`${path} is the certificate of an authority, not of a ${use}`));
  const { keyUsage } = certificate;
  if (keyUsage !== undefined && !keyUsage.includes(purposes[use]))
    problems.push(error(`${path} is not for a ${use} (extended key usage)`));
  return problems;
}

function checkKey({ certificate: path, key }: CheckedPair, certificate: X509Certificate): Problem[] {
  const problems: Problem[] = [];
  if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(key))))
    problems.push(error(`${key} is not the key of ${path}`));
  const { mode, uid } = statSync(key);
  if ((mode & 0o077) !== 0) problems.push(error(`${key} can be read by others: chmod 600 ${key}`));
  if (uid !== 0) problems.push(error(`${key} does not belong to root: chown root ${key}`));
  return problems;
}

function checkHosts({ use, hosts, certificate: path }: CheckedPair, certificate: X509Certificate): Problem[] {
  if (use !== 'server') return [];
  return hosts
    .filter(host => !isFor(certificate, host))
    .map(host => warning(`${path} is not for '${host}': clients that call the host so will refuse it`));
}

const isFor = (certificate: X509Certificate, host: string): boolean =>
  (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
