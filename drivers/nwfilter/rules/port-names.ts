import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';

/** `out` is what the guest sends. */
export type Direction = 'out' | 'in';
export const directions = ['out', 'in'] as const;
export const opposite = { out: 'in', in: 'out' } as const satisfies Record<Direction, Direction>;

/**
 * Names of a port's own chains and sets. No link has a "/" in its name, so those of different ports never meet. Throws
 * configUnsupported for a link's name that could mean something else to nft.
 */
export class PortNames {
  readonly port: string;

  constructor(port: string) {
    if (!isFilterable(port))
      throw errors.configUnsupported(
        `interface '${port}' cannot be filtered: its name has other characters than letters, digits, '_', '.' and '-'`,
        ErrorDomain.NWFILTER,
      );
    this.port = port;
  }

  /** Where frames come in. */
  frames = (direction: Direction): string => `${direction}/${this.port}`;
  /** The chain of that number among those that `frames` enters. */
  chain = (direction: Direction, number: number): string => `${direction}/${this.port}/${number}`;
  /** Where packets come once their frame has been accepted. */
  packets = (direction: Direction): string => `${direction}/${this.port}/packets`;
  /** Remembers what was accepted. */
  seen = (direction: Direction): string => `${direction}/${this.port}/seen`;
  /** The base chain of a link that is no bridge's port. */
  hook = (direction: Direction): string => `${direction}/${this.port}/hook`;
  /** Flows that were accepted in a direction. */
  flows = (direction: Direction, kind: string): string => `flows/${this.port}/${direction}/${kind}`;
  address = (): string => `address/${this.port}`;
}

const isFilterable = (name: string): boolean => /^[A-Za-z0-9_.-]{1,15}$/.test(name) && name !== '.' && name !== '..';
