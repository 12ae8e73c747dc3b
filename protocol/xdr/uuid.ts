/** Where each of the sixteen bytes stands in the 8-4-4-4-12 text. */
const POSITIONS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const LENGTH = 36;

const DASH = '-'.charCodeAt(0);
const hasDashes = (text: string): boolean =>
  text.charCodeAt(8) === DASH &&
  text.charCodeAt(13) === DASH &&
  text.charCodeAt(18) === DASH &&
  text.charCodeAt(23) === DASH;

/** What each ASCII character is worth, -1 where it is no digit: any of those makes a byte negative. */
const DIGITS = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit += 1) {
  const text = digit.toString(16);
  DIGITS[text.charCodeAt(0)] = digit;
  DIGITS[text.toUpperCase().charCodeAt(0)] = digit;
}

const digitAt = (text: string, at: number): number => DIGITS[text.charCodeAt(at)] ?? -1;

/** Writes the 16 bytes of a UUID; false, with any bytes written, when `text` is none. */
export const writeUuid = (text: string, bytes: Uint8Array, at: number): boolean => {
  if (text.length !== LENGTH || !hasDashes(text)) return false;
  let all = 0;
  for (let index = 0; index < POSITIONS.length; index += 1) {
    const position = POSITIONS[index] ?? 0;
    const byte = (digitAt(text, position) << 4) | digitAt(text, position + 1);
    all |= byte;
    bytes[at + index] = byte;
  }
  return all >= 0;
};

/** The lower-case text of the 16 bytes at `at`. */
export const readUuid = (bytes: Buffer, at: number): string => {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
