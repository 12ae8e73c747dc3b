import { constants, openSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { ReadStream } from 'node:tty';

/**
 * A host's pty as a stream: what is written goes to the container, what comes from it is read. The controller has made
 * it raw, and it never becomes this process's controlling terminal. Its end is the container's: the kernel reports
 * that as an error (EIO), a stream's reader is told that there is no more.
 */
export function openTerminal(path: string): Duplex {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const pty = new ReadStream(fd);
  const terminal = new Duplex({
    read: () => void pty.resume(),
    write: (chunk: Buffer, _, done) => void pty.write(chunk, () => done()),
    final(done) {
      terminal.destroy();
      done();
    },
    destroy(error, done) {
      pty.destroy();
      done(error);
    },
  });
  pty.on('data', (chunk: Buffer) => {
    if (!terminal.push(chunk)) pty.pause();
  });
  pty.on('error', () => undefined);
  pty.on('close', () => terminal.push(null));
  return terminal;
}
