import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import koffi from 'koffi';
import { SystemCallError } from './libc.ts';

/** SHA-512, which the C libraries of all containers know; a tenth of a second of work. */
const METHOD = '$6$';
const ROUNDS = 100_000;
const SALT_BYTES = 16;
/** CRYPT_GENSALT_OUTPUT_SIZE, and sizeof(struct crypt_data). */
const SETTING_SIZE = 192;
const WORK_SIZE = 32_768;

/** Hashes a password with a salt of its own, as crypt(5) describes it, on a thread beside the event loop. Throws when the host has no libcrypt. */
export async function hashPassword(password: string): Promise<string> {
  const { gensalt, crypt } = library();
  const setting = gensalt(
    METHOD,
    ROUNDS,
    randomBytes(SALT_BYTES),
    SALT_BYTES,
    Buffer.alloc(SETTING_SIZE),
    SETTING_SIZE,
  );
  const hash = setting === null ? null : await crypt(password, setting);
  if (hash === null) throw new SystemCallError('crypt', constants.errno.EINVAL);
  return hash;
}

interface Library {
  readonly gensalt: (
    prefix: string,
    count: number,
    random: Buffer,
    randomSize: number,
    output: Buffer,
    outputSize: number,
  ) => string | null;
  /** Null when the setting is none that the library knows. */
  readonly crypt: (phrase: string, setting: string) => Promise<string | null>;
}

let loaded: Library | null = null;

/** Loaded when it is first needed: most daemons never do. */
function library(): Library {
  if (loaded !== null) return loaded;
  const libcrypt = koffi.load('libcrypt.so.1');
  const gensalt: Library['gensalt'] = libcrypt.func(
    'const char *crypt_gensalt_rn(const char *prefix, unsigned long count, const void *random, int random_size, void *output, int output_size)',
  );
  const cCrypt = libcrypt.func('const char *crypt_rn(const char *phrase, const char *setting, void *data, int size)');
  loaded = {
    gensalt,
    crypt(phrase, setting) {
      const { promise, resolve, reject } = Promise.withResolvers<string | null>();
      // Held until the call is over: the library works in it, and the result lies there.
      const work = Buffer.alloc(WORK_SIZE);
      cCrypt.async(phrase, setting, work, WORK_SIZE, (error: Error | null, hash: string | null) => {
        work.fill(0);
        if (error === null) resolve(hash);
        else reject(error);
      });
      return promise;
    },
  };
  return loaded;
}
