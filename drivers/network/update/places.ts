import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import type { Update } from './updated.ts';

export const inserted = <T>(items: readonly T[], item: T, command: Update['command']): T[] =>
  command === 'first' ? [item, ...items] : [...items, item];

export const notModified = (what: string): LibvirtError =>
  errors.operationUnsupported(`${what} cannot be modified, only added or deleted`, ErrorDomain.NETWORK);
