import { Bus, BusError, SYSTEM_BUS } from '../../native/dbus/bus.ts';
import type { MethodCall } from '../../native/dbus/message.ts';
import type { Value } from '../../native/dbus/value.ts';
import { Slots } from './slots.ts';

/** Who wants to do something: a process, as polkit tells processes apart. */
export interface PolkitSubject {
  readonly pid: number;
  /** Clock ticks since the host started. */
  readonly startTime: bigint;
  readonly uid: number;
}

export interface PolkitQuestion {
  readonly subject: PolkitSubject;
  /** "org.libvirt.unix.manage" */
  readonly action: string;
  /** What rules can look up. */
  readonly details?: Readonly<Record<string, string>>;
  /** The user's agent may be asked for a password, which takes as long as it takes. */
  readonly interactive?: boolean;
  /** Nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/** "challenge": a password would be wanted, and nobody can be asked for it. "dismissed": somebody was, and would not. */
export type PolkitVerdict = 'authorized' | 'denied' | 'challenge' | 'dismissed';

const ALLOW_USER_INTERACTION = 1;

/** In ms. */
const TYPING_LIMIT = 300_000;
const ANSWER_LIMIT = 10_000;

/** Questions under way: polkitd answers one at a time, and what waits here can still be taken back. */
const AT_ONCE = 32;

const authority = {
  destination: 'org.freedesktop.PolicyKit1',
  path: '/org/freedesktop/PolicyKit1/Authority',
  interface: 'org.freedesktop.PolicyKit1.Authority',
} as const;

/** polkitd, over one connection to the bus that lasts; the bus starts it when it does not run. */
export class PolkitAuthority {
  readonly #path: string;
  #opening: Promise<Bus> | null = null;
  readonly #slots = new Slots(AT_ONCE);
  #questions = 0;

  constructor(path: string = SYSTEM_BUS) {
    this.#path = path;
  }

  /** Throws BusError when polkit does not answer in time, and the signal's reason when nobody waits any more. */
  async ask(question: PolkitQuestion): Promise<PolkitVerdict> {
    const { signal, interactive = false } = question;
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(ANSWER_LIMIT);
    if (interactive) {
      // A person takes as long as it takes; whether there is anybody who asks that person is soon known.
      await (await this.#bus()).call(presence);
      return await this.#check(question, TYPING_LIMIT);
    }
    using _ = await this.#slots.take(signal === undefined ? limit : AbortSignal.any([signal, limit]));
    return await this.#check(question, ANSWER_LIMIT);
  }

  /** What is not answered is taken back: polkitd, or an agent with a dialog, is not to go on for nobody. */
  async #check(question: PolkitQuestion, limit: number): Promise<PolkitVerdict> {
    const { signal } = question;
    const bus = await this.#bus();
    signal?.throwIfAborted();
    this.#questions += 1;
    const id = `lxvirtd-${process.pid}-${this.#questions}`;
    const departure = Promise.withResolvers<never>();
    const leave = (): void => departure.reject(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      const [answer] = await Promise.race([bus.call(check(question, id), limit), departure.promise]);
      return verdictOf(answer);
    } catch (error) {
      if (!isAnswer(error)) void bus.call(cancellation(id)).catch(() => undefined);
      throw error;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  close(): void {
    void this.#opening?.then(
      bus => bus.close(),
      () => undefined,
    );
    this.#opening = null;
  }

  /** The connection, opened anew when the bus went away; whoever comes while it is being opened waits for the same one. */
  async #bus(): Promise<Bus> {
    const opening = (this.#opening ??= Bus.open(this.#path));
    try {
      const bus = await opening;
      if (bus.isOpen) return bus;
    } catch (error) {
      if (this.#opening === opening) this.#opening = null;
      throw error;
    }
    if (this.#opening === opening) this.#opening = null;
    return this.#bus();
  }
}

/** CheckAuthorization: subject, action, details, flags, a name to cancel it by. */
function check({ subject, action, details = {}, interactive = false }: PolkitQuestion, id: string): MethodCall {
  const process: Value = [
    'unix-process',
    [
      ['pid', { signature: 'u', value: subject.pid }],
      ['start-time', { signature: 't', value: subject.startTime }],
      ['uid', { signature: 'i', value: subject.uid | 0 }],
    ],
  ];
  return {
    ...authority,
    member: 'CheckAuthorization',
    signature: '(sa{sv})sa{ss}us',
    body: [process, action, Object.entries(details), interactive ? ALLOW_USER_INTERACTION : 0, id],
  };
}

const cancellation = (id: string): MethodCall => ({
  ...authority,
  member: 'CancelCheckAuthorization',
  signature: 's',
  body: [id],
});

/** Anything that polkitd itself answers, and not the bus in its place. */
const presence: MethodCall = {
  ...authority,
  interface: 'org.freedesktop.DBus.Properties',
  member: 'Get',
  signature: 'ss',
  body: [authority.interface, 'BackendName'],
};

/** Failures of polkit have names, as have those of the bus; a time that is over, or a client that is gone, has none. */
const isAnswer = (error: unknown): boolean => error instanceof BusError && error.code !== '';

/** `(bba{ss})`: authorized, challenge, details. */
function verdictOf(answer: Value | undefined): PolkitVerdict {
  const [authorized, challenge, details] = asList(answer);
  if (authorized === true) return 'authorized';
  const dismissed = asList(details).some(pair => asList(pair)[0] === 'polkit.dismissed');
  if (dismissed) return 'dismissed';
  return challenge === true ? 'challenge' : 'denied';
}

const asList = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? value : []);
