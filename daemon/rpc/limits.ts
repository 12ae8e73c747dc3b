/** What one server allows; the names are libvirtd.conf's. They may change while it runs. */
export interface ServerLimits {
  /** Connected clients; more wait until one leaves. One source has a part of what others leave (MOST_OF_ROOM). */
  maxClients: number;
  /** Clients that wait for each kind of socket; the kernel keeps as many more of each socket (the backlog). */
  readonly maxQueuedClients: number;
  /** Clients of a kind of socket (ports, read-only or not) that may talk and have not authenticated yet, half of them of one source; more wait. */
  maxAnonymousClients: number;
  /** Calls of one client that run at the same time; more are not read. */
  maxClientRequests: number;
  /** How long a client may take to authenticate, in ms, while nobody waits for its place. In no configuration file. */
  readonly strangerMs: number;
}

/** `ServerLimits.strangerMs` of every server. */
export const STRANGER_MS = 60_000;

/**
 * How much of the places that others leave one source may have (a user of this host, a host): whoever may connect, and that is
 * everybody at a read-only socket, keeps nobody else out. The daemon's own user may have all.
 */
export const MOST_OF_ROOM = 3 / 4;

/** The longest message of a client that has not authenticated yet, in bytes. */
export const ANONYMOUS_MESSAGE_MAX = 512 << 10;
/** Bytes that wait to leave for one client; beyond, nothing is read from it until all have left. */
export const OUTBOX_HIGH_WATER = 4 << 20;
/** Beyond this, streams add no more to them, so that they never keep the client's calls from being read. */
export const DOWNLOAD_HIGH_WATER = 512 << 10;
/** What the kernel may hold for a client that downloads, in bytes: two packets, which count nearly double there. */
export const STREAM_SEND_BUFFER = 512 << 10;
/** Events of one client that wait to leave, in bytes; beyond, the client is dropped. */
export const EVENT_BACKLOG_MAX = 16 << 20;
/** Bytes of a stream that wait for its channel; beyond, no more are read. */
export const UPLOAD_HIGH_WATER = 1 << 20;
/** Open streams of one client: each may have memory and a file of its own, and nobody looks at so many consoles. */
export const STREAMS_MAX = 64;
/** How long a channel may take no byte while data waits for it, before its stream is given up, in ms. */
export const UPLOAD_STALL_MS = 60_000;
/** How long descriptors that a message announced may take to arrive, and those of ours to leave, in ms. */
export const FILES_WAIT_MS = 30_000;
/** How long a client that is being closed may take to read what is left for it, in ms. */
export const LINGER_MS = 5_000;
