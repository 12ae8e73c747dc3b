/**
 * Listens where an attacker can be sent that is to harm nobody: what it costs the machine to be attacked is seen by what happens
 * meanwhile to those who have nothing to do with it. Standard input: one line of JSON; ends with it.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer as createTlsServer } from 'node:tls';

export interface Decoy {
  readonly path: string;
  readonly tcp: number;
  readonly tls: number;
  /** The directory of a client's three files, which will do here. */
  readonly pki: string;
}

process.on('uncaughtException', () => undefined);

const take = (socket: Socket): void => void socket.on('error', () => undefined).resume();

const lines = createInterface(process.stdin);
lines.once('close', () => process.exit(0));
lines.once('line', line => {
  const { path, tcp, tls, pki }: Decoy = JSON.parse(line);
  const file = (name: string): string => readFileSync(join(pki, name), 'utf8');
  createServer(take).listen(path);
  createServer(take).listen(tcp, '127.0.0.1');
  createTlsServer(
    { ca: file('cacert.pem'), cert: file('clientcert.pem'), key: file('clientkey.pem'), requestCert: true },
    take,
  ).listen(tls, '127.0.0.1', () => process.stdout.write('listening\n'));
});
