/** A SELinux context, USER:ROLE:TYPE:LEVEL; the level is what tells one domain from another, and itself has colons. */
export interface Context {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level: string;
}

/** Null for what is none; one without a level is of a policy without levels. */
export function parseContext(text: string): Context | null {
  const [user, role, type, ...level] = text.split(':');
  if (!user || !role || !type || /[\s"\0]/.test(text)) return null;
  return { user, role, type, level: level.join(':') };
}

export function formatContext({ user, role, type, level }: Context): string {
  return [user, role, type, ...(level === '' ? [] : [level])].join(':');
}

/** What containers are labelled with, by the policy's lxc_contexts. */
export interface LxcContexts {
  readonly process: Context;
  /** What a container may change. */
  readonly file: Context;
  /** What it may only read. */
  readonly content: Context;
}

/** Reads lxc_contexts: lines of `name = "context"`. Null when one of the three is missing or is no context. */
export function parseLxcContexts(text: string): LxcContexts | null {
  const named = new Map(
    [...text.matchAll(/^\s*(\w+)\s*=\s*"([^"\n]*)"/gm)].map(([, name = '', value = '']) => [name, parseContext(value)]),
  );
  const [process, file, content] = ['process', 'file', 'content'].map(name => named.get(name) ?? null);
  if (!process || !file || !content) return null;
  return { process, file, content };
}
