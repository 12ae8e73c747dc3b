import { Bus, SYSTEM_BUS } from '../../native/dbus/bus.ts';
import type { MethodCall } from '../../native/dbus/message.ts';
import type { Value } from '../../native/dbus/value.ts';

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

const authority = {
  destination: 'org.freedesktop.PolicyKit1',
  path: '/org/freedesktop/PolicyKit1/Authority',
  interface: 'org.freedesktop.PolicyKit1.Authority',
} as const;

/** polkitd, over one connection to the bus that lasts; the bus starts it when it does not run. */
export class PolkitAuthority {
  readonly #path: string;
  #opening: Promise<Bus> | null = null;
  #questions = 0;

  constructor(path: string = SYSTEM_BUS) {
    this.#path = path;
  }

  /** Throws BusError when polkit does not answer. */
  async ask(question: PolkitQuestion): Promise<PolkitVerdict> {
    const bus = await this.#bus();
    this.#questions += 1;
    const id = `lxvirtd-${process.pid}-${this.#questions}`;
    const cancel = (): void => void bus.call(cancellation(id)).catch(() => undefined);
    question.signal?.addEventListener('abort', cancel, { once: true });
    try {
      const interactive = question.interactive === true;
      const [answer] = await bus.call(check(question, id), interactive ? TYPING_LIMIT : undefined);
      return verdictOf(answer);
    } finally {
      question.signal?.removeEventListener('abort', cancel);
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

/** `(bba{ss})`: authorized, challenge, details. */
function verdictOf(answer: Value | undefined): PolkitVerdict {
  const [authorized, challenge, details] = asList(answer);
  if (authorized === true) return 'authorized';
  const dismissed = asList(details).some(pair => asList(pair)[0] === 'polkit.dismissed');
  if (dismissed) return 'dismissed';
  return challenge === true ? 'challenge' : 'denied';
}

const asList = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? value : []);
