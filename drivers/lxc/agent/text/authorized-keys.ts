/** Room for a key of sshd_config's own limit, with its options. */
const KEY_LIMIT = 16_384;

/** The lines of a file of keys as they are, without comments and what can be no key. */
export function parseKeys(file: Buffer): string[] {
  return file
    .toString('utf8')
    .split('\n')
    .map(line => line.trim())
    .filter(isKey);
}

/** Whether a key can stand in a line of its own; what kind of key it is, sshd decides. */
export const isKey = (key: string): boolean =>
  key.length <= KEY_LIMIT && key.isWellFormed() && /^[^#\s\0][^\r\n\0]*$/.test(key);

/** Adds the keys (without blanks around them) that are not there yet, and leaves every other line as it is. */
export function addKeys(file: Buffer, keys: readonly string[]): Buffer {
  const known = new Set(parseKeys(file));
  const added = [...new Set(keys)].filter(key => !known.has(key));
  const lines = file.toString('latin1');
  const start = lines === '' || lines.endsWith('\n') ? lines : `${lines}\n`;
  const text = Buffer.from(added.map(key => `${key}\n`).join(''));
  return Buffer.concat([Buffer.from(start, 'latin1'), text]);
}

/** Takes the lines of these keys out, and leaves every other line as it is. */
export function removeKeys(file: Buffer, keys: readonly string[]): Buffer {
  const removed = new Set(keys.map(key => Buffer.from(key).toString('latin1')));
  const lines = file.toString('latin1').split('\n');
  return Buffer.from(lines.filter(line => !removed.has(line.trim())).join('\n'), 'latin1');
}
