import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../contract/log.ts';
import { isMissing } from './atomic-file.ts';

/** Larger than any document that a client can send. */
const SIZE_LIMIT = 16 * 1024 * 1024;

export interface StoredDocument {
  /** The file's name without ".xml". */
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** The XML files in a directory. What cannot be read is reported and passed over. */
export function readDocuments(directory: string, log: Log): StoredDocument[] {
  return namesIn(directory)
    .filter(file => file.endsWith('.xml'))
    .sort()
    .flatMap(file => {
      const path = join(directory, file);
      try {
        return [{ name: file.slice(0, -'.xml'.length), path, text: readRegularFile(path) }];
      } catch (error) {
        log.warn({ path, error }, 'A file is passed over: it cannot be read');
        return [];
      }
    });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Never waits, as for a FIFO, and never reads without end. */
export function readRegularFile(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > SIZE_LIMIT) throw new Error(`it is larger than ${SIZE_LIMIT} bytes`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** Whether there is any XML file in a directory, readable or not. */
export const hasDocuments = (directory: string): boolean => namesIn(directory).some(file => file.endsWith('.xml'));
