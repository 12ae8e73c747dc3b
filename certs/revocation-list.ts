import { createSign } from 'node:crypto';
import forge from 'node-forge';
import type { Issuer } from './issue.ts';

export interface Revoked {
  /** Hexadecimal. */
  readonly serial: string;
  /** ISO 8601. */
  readonly at: string;
}

const { asn1 } = forge;
const { Class, Type } = asn1;

const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const CRL_NUMBER = '2.5.29.20';
const AUTHORITY_KEY = '2.5.29.35';

type Node = forge.asn1.Asn1;

const sequence = (...values: Node[]): Node => asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, values);
const octets = (bytes: string): Node => asn1.create(Class.UNIVERSAL, Type.OCTETSTRING, false, bytes);
const integer = (bytes: string): Node => asn1.create(Class.UNIVERSAL, Type.INTEGER, false, bytes);
const oid = (name: string): Node => asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(name).getBytes());
/** "[0]" of the standard's notation: the number stands where the type of a value does elsewhere. */
const tagged = (constructed: boolean, value: string | Node[]): Node =>
  asn1.create(Class.CONTEXT_SPECIFIC, Type.NONE, constructed, value);
const time = (date: Date): Node => asn1.create(Class.UNIVERSAL, Type.UTCTIME, false, asn1.dateToUtcTime(date));
const algorithm = (): Node => sequence(oid(SHA256_WITH_RSA), asn1.create(Class.UNIVERSAL, Type.NULL, false, ''));

/**
 * A list of revoked certificates (RFC 5280, section 5) as PEM, valid for `days`. node-forge has no such thing; it is put
 * together from its ASN.1.
 */
export function revocationList(revoked: readonly Revoked[], issuer: Issuer, number: number, days: number): string {
  const now = new Date();
  const authority = forge.pki.certificateFromPem(issuer.certificate);
  const key = sequence(tagged(false, authority.generateSubjectKeyIdentifier().getBytes()));
  const toBeSigned = sequence(
    integer('\x01'),
    algorithm(),
    forge.pki.distinguishedNameToAsn1(authority.subject),
    time(now),
    time(new Date(now.getTime() + days * 86_400_000)),
    ...entries(revoked),
    tagged(true, [
      sequence(
        extension(AUTHORITY_KEY, key),
        extension(CRL_NUMBER, asn1.create(Class.UNIVERSAL, Type.INTEGER, false, asn1.integerToDer(number).getBytes())),
      ),
    ]),
  );
  const signature = createSign('sha256')
    .update(Buffer.from(asn1.toDer(toBeSigned).getBytes(), 'binary'))
    .sign(issuer.privateKey);
  const bits = asn1.create(Class.UNIVERSAL, Type.BITSTRING, false, `\0${signature.toString('binary')}`);
  const der = asn1.toDer(sequence(toBeSigned, algorithm(), bits)).getBytes();
  return forge.pem.encode({ type: 'X509 CRL', body: der }).replaceAll('\r\n', '\n');
}

/** The list of entries is left out when it is empty. */
function entries(revoked: readonly Revoked[]): Node[] {
  if (revoked.length === 0) return [];
  return [
    sequence(
      ...revoked.map(({ serial, at }) =>
        sequence(integer(Buffer.from(serial, 'hex').toString('binary')), time(new Date(at))),
      ),
    ),
  ];
}

const extension = (name: string, value: Node): Node => sequence(oid(name), octets(asn1.toDer(value).getBytes()));
