import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

/** Who a certificate is of. libvirt's own tools want the organization to be the name of the authority. */
export interface Subject {
  readonly organization: string | null;
  readonly name: string;
}

export interface Issuer {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Wish {
  readonly use: 'authority' | 'server' | 'client';
  readonly subject: Subject;
  /** PEM. */
  readonly publicKey: string;
  /** Host names and addresses by which clients call a server. */
  readonly hosts: readonly string[];
  readonly days: number;
}

/** Clocks of other hosts may be behind. */
const BACKDATED_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

/** A certificate as PEM. An authority issues its own: `issuer` then has the key, and the certificate is not asked for. */
export function issue(wish: Wish, issuer: Issuer | { readonly privateKey: string }): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(wish.publicKey);
  certificate.serialNumber = serialNumber();
  const now = Date.now();
  certificate.validity.notBefore = new Date(now - BACKDATED_MS);
  certificate.validity.notAfter = new Date(now + wish.days * DAY_MS);
  const subject = distinguishedName(wish.subject);
  certificate.setSubject(subject);
  const authority = 'certificate' in issuer ? forge.pki.certificateFromPem(issuer.certificate) : null;
  certificate.setIssuer(authority === null ? subject : authority.subject.attributes);
  certificate.setExtensions([
    ...extensions(wish),
    { name: 'subjectKeyIdentifier' },
    ...(authority === null ? [] : [authorityKey(authority)]),
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(issuer.privateKey), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}

/** 127 bits that nobody can guess; the first is never zero, so that the number is always as long. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

const distinguishedName = ({ organization, name }: Subject): forge.pki.CertificateField[] => [
  ...(organization === null ? [] : [{ name: 'organizationName', value: organization }]),
  { name: 'commonName', value: name },
];

const authorityKey = (authority: forge.pki.Certificate): object => ({
  name: 'authorityKeyIdentifier',
  keyIdentifier: authority.generateSubjectKeyIdentifier().getBytes(),
});

function extensions({ use, hosts }: Wish): object[] {
  if (use === 'authority')
    return [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ];
  const common = [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
  ];
  if (use === 'client') return [...common, { name: 'extKeyUsage', clientAuth: true }];
  // A host is a client of others, too, when it hands domains over to them.
  const altNames = hosts.map(host => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host }));
  return [...common, { name: 'extKeyUsage', serverAuth: true }, { name: 'subjectAltName', altNames }];
}
