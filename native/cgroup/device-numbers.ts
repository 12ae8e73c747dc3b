import type { BigIntStats } from 'node:fs';

export interface DeviceNumbers {
  readonly major: number;
  readonly minor: number;
}

/** Takes apart what stat(2) says of a device node (`rdev`) or of the device that a file lies on (`dev`). */
export const deviceNumbers = (number: BigIntStats['rdev']): DeviceNumbers => ({
  major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n)),
  minor: Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n)),
});
