import { parseArgs } from 'node:util';
import { PkiError } from './authority.ts';

export const USAGE = `Usage: lxvirtd-pki [--root DIR] COMMAND

  ca [--name ORGANIZATION]    make a certificate authority on this host
  server [HOST…]              a certificate for this host, or (--out) another; HOST: names and addresses, this host's own
                              name without any
  client NAME                 a certificate for a client
  show                        what there is
  check                       what is wrong with it, and what to do
  renew server|client         a new key and certificate for the same names
  revoke NAME|SERIAL          clients and servers refuse it from now on
  try                         an authority, a server and a client on this host, for a first connection

  --days N     how long it is valid (ca: 3650, others: 365)
  --out DIR    server, client: leave the files below DIR/etc/pki, to be copied to the host that they are for
  --root DIR   work on DIR/etc/pki in place of /etc/pki
`;

export interface CommandLine {
  readonly command: string;
  readonly operands: readonly string[];
  readonly root: string;
  readonly name: string | null;
  readonly days: number | null;
  readonly out: string | null;
}

/** Null: the user wants to read the usage. Throws PkiError for what makes no sense. */
export function parseCommandLine(args: readonly string[]): CommandLine | null {
  const { values, positionals } = parse(args);
  const [command, ...operands] = positionals;
  if (values.help === true || command === undefined) return null;
  return {
    command,
    operands,
    root: values.root ?? '/',
    name: values.name ?? null,
    days: values.days === undefined ? null : positive(values.days),
    out: values.out ?? null,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        root: { type: 'string' },
        name: { type: 'string' },
        days: { type: 'string' },
        out: { type: 'string' },
      },
    });
  } catch (cause) {
    throw new PkiError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function positive(text: string): number {
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > 36_500) throw new PkiError(`--days ${text}: not 1 to 36500`);
  return days;
}
