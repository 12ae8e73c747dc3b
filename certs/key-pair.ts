import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

/** Good beyond 2030 by the recommendations of NIST and BSI, and read by every client there is. */
const BITS = 3072;

export interface KeyPair {
  /** PKCS#8 and SubjectPublicKeyInfo, as PEM. */
  readonly privateKey: string;
  readonly publicKey: string;
}

export async function newKeyPair(): Promise<KeyPair> {
  return await generate('rsa', {
    modulusLength: BITS,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}
