/** A value's bytes in memory of their own: not in a pool that other buffers share, so that `wipe` leaves none behind. */
export function copyOfValue(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Overwrites a value that is no longer needed. */
export function wipe(value: Uint8Array | null): void {
  value?.fill(0);
}
