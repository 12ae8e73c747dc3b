import type { Readable, Writable } from 'node:stream';

/** What a browser answers, or tells unasked. Of what it says only this is looked at. */
interface Message {
  readonly id?: number;
  readonly result?: Answer;
  readonly error?: { readonly message: string };
}
export type Answer = Readonly<Record<string, unknown>>;
export type Call = (method: string, params?: object, sessionId?: string) => Promise<Answer>;

/** The Chrome DevTools protocol over a pipe: JSON, each message ended by a NUL. */
export function devtools(input: Writable, output: Readable): Call {
  const pending = new Map<number, PromiseWithResolvers<Answer>>();
  let last = 0;
  let rest = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = `${rest}${text}`.split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) answered(JSON.parse(message));
  });
  output.on('close', () => {
    for (const { reject } of pending.values()) reject(new Error('the browser has ended'));
  });

  function answered({ id, result, error }: Message): void {
    const call = id === undefined ? undefined : pending.get(id);
    if (call === undefined || id === undefined) return;
    pending.delete(id);
    if (error === undefined) call.resolve(result ?? {});
    else call.reject(new Error(error.message));
  }

  return (method, params = {}, sessionId) => {
    last += 1;
    const call = Promise.withResolvers<Answer>();
    pending.set(last, call);
    input.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    return call.promise;
  };
}
