import { isAbsolute } from 'node:path';
import type { Priority } from './priority.ts';
import { parsePriority } from './priority.ts';

/** Where messages from a priority on go. */
export type Output =
  | { readonly priority: Priority; readonly kind: 'stderr' | 'journald' }
  | { readonly priority: Priority; readonly kind: 'file'; readonly path: string }
  | { readonly priority: Priority; readonly kind: 'syslog'; readonly identifier: string };

/** Reads log_outputs: "3:syslog:lxvirtd 1:file:/var/log/x.log". Throws an Error that names what is wrong. */
export function parseOutputs(text: string): Output[] {
  return text.split(/\s+/).filter(Boolean).map(parseOutput);
}

function parseOutput(text: string): Output {
  const parts = /^([^:]*):([^:]*)(?::(.*))?$/.exec(text);
  if (parts === null) throw new Error(`Malformed format for log output '${text}'`);
  const [, number = '', kind = '', detail] = parts;
  const priority = parsePriority(number);
  if (priority === null) throw new Error(`Invalid log priority '${number}' for log output '${text}'`);
  const unfit = new Error(`Log output '${text}' does not meet the format requirements for destination type '${kind}'`);
  switch (kind) {
    case 'stderr':
    case 'journald':
      if (detail !== undefined) throw unfit;
      return { priority, kind };
    case 'file':
      if (detail === undefined || !isAbsolute(detail)) throw unfit;
      return { priority, kind, path: detail };
    case 'syslog':
      if (detail === undefined || detail === '') throw unfit;
      return { priority, kind, identifier: detail };
    default:
      throw new Error(`Invalid log destination '${kind}' for log output '${text}'`);
  }
}

export function formatOutputs(outputs: readonly Output[]): string {
  return outputs.map(formatOutput).join(' ');
}

function formatOutput(output: Output): string {
  const head = `${output.priority}:${output.kind}`;
  if (output.kind === 'file') return `${head}:${output.path}`;
  return output.kind === 'syslog' ? `${head}:${output.identifier}` : head;
}
