/** What the daemon's own life asks of each driver. */
export interface DriverLife {
  /** Reads what is on disk, takes over what is active; called once, before the daemon listens. */
  start(): Promise<void>;
  /** Starts what is marked for it; called when the daemon listens. A failure is logged, not thrown. */
  autostart(): Promise<void>;
  /** SIGHUP: looks for definitions that appeared on disk. */
  reload(): Promise<void>;
  /** Number of active objects: a daemon with any does not exit for being idle. */
  activeCount(): number;
  /** Leaves everything on the host as it is; the daemon is about to exit. */
  close(): Promise<void>;
}
