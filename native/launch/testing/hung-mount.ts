import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this host can have one. */
export const canHang = existsSync('/dev/fuse');

/** A filesystem whose server answers nothing: whoever looks at a path in it waits until the mount is given up. */
export class HungMount implements AsyncDisposable {
  readonly #directory: string;
  readonly #server: ReturnType<typeof spawn>;

  private constructor(directory: string, server: ReturnType<typeof spawn>) {
    this.#directory = directory;
    this.#server = server;
  }

  static async make(): Promise<HungMount> {
    const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-hung-'));
    const options = 'fd=9,rootmode=40000,user_id=0,group_id=0';
    const script = `exec 9<>/dev/fuse; mount -i -t fuse -o ${options} hung "$0" && echo mounted && exec sleep 1000`;
    const server = spawn('sh', ['-c', script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout, 'data');
    return new HungMount(directory, server);
  }

  /** A path in it. */
  get path(): string {
    return join(this.#directory, 'anything');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.kill('SIGKILL');
    await once(this.#server, 'exit');
    // Lazily: what still waits there is let go by the end of the server.
    await once(spawn('umount', ['--lazy', this.#directory]), 'exit');
    rmdirSync(this.#directory);
  }
}
