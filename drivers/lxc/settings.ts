/** What lxc.conf says, by the names of its keys. */
export interface LxcSettings {
  /** A domain's log lines, and its controller's, go where the daemon's go, in place of a file of their own. */
  readonly log_with_libvirtd: boolean;
  /** "selinux", "apparmor" or "none"; null is what the host has. */
  readonly security_driver: string | null;
  /** Whether a domain that does not say is confined. */
  readonly security_default_confined: boolean;
  /** Whether unconfined domains are refused. */
  readonly security_require_confined: boolean;
}

/** What holds without the file. */
export const defaultSettings: LxcSettings = {
  log_with_libvirtd: false,
  security_driver: null,
  security_default_confined: false,
  security_require_confined: false,
};
