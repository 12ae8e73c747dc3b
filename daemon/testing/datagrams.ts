import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * Datagrams that arrive at a Unix socket, through a program that can receive them. The first value, "up", says that it
 * listens.
 */
export async function* datagramsAt(path: string): AsyncGenerator<string> {
  const listener = spawn('python3', [
    '-uc',
    'import socket,sys,json\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM);s.bind(sys.argv[1]);print("up")\nwhile 1: print(json.dumps(s.recv(65536).decode()))',
    path,
  ]);
  try {
    for await (const line of createInterface(listener.stdout)) yield line === 'up' ? line : String(JSON.parse(line));
  } finally {
    listener.kill();
    await once(listener, 'exit');
  }
}
