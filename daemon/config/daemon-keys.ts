/**
 * Every key that libvirtd reads from libvirtd.conf, with the defaults that its code has (the comments of the stock file
 * differ in places). Two defaults hang on how libvirtd was built; ours are those of a build without polkit:
 * no authentication on the Unix sockets, and a read-write socket that only its owner can use.
 */
import { boolean, choice, integer, metricsAddress, mode, string, strings, unsigned } from './key.ts';

const auth = (fallback: 'none' | 'sasl' | 'polkit') =>
  choice(['none', 'sasl', 'polkit'], fallback, (text, name) => `${name}: unsupported auth ${text}`);

export const daemonKeys = {
  unix_sock_dir: string(null),
  unix_sock_group: string(null),
  unix_sock_rw_perms: mode(0o700),
  unix_sock_ro_perms: mode(0o777),
  unix_sock_admin_perms: mode(0o700),

  auth_unix_rw: auth('none'),
  auth_unix_ro: auth('none'),
  access_drivers: strings([]),

  max_clients: unsigned(5000),
  max_queued_clients: unsigned(1000),
  max_anonymous_clients: unsigned(20),
  max_client_requests: unsigned(5),
  admin_max_clients: unsigned(5000),
  admin_max_queued_clients: unsigned(20),
  admin_max_client_requests: unsigned(5),

  /** Seconds without a word from the client before it is asked for one; negative or 0 never asks. */
  keepalive_interval: integer(5),
  keepalive_count: unsigned(5),
  admin_keepalive_interval: integer(5),
  admin_keepalive_count: unsigned(5),

  /** Calls are tasks of one thread here; these are what virt-admin shows and sets. */
  min_workers: unsigned(5),
  max_workers: unsigned(20, 'start', 1),
  prio_workers: unsigned(5),
  admin_min_workers: unsigned(5),
  admin_max_workers: unsigned(20, 'start', 1),

  log_level: unsigned(0, 'reload'),
  log_filters: string('', 'reload'),
  log_outputs: string('', 'reload'),

  host_uuid: string(null),
  host_uuid_source: choice(['smbios', 'machine-id'], 'smbios', text => `invalid UUID source: ${text}`),

  audit_level: unsigned(1),
  audit_logging: boolean(false),
  ovs_timeout: unsigned(5),

  /** Our own: clients that open qemu:///system, which cockpit's machines cannot be talked out of, get the containers. */
  answer_qemu_system: boolean(false),

  /** Our own: where Prometheus finds figures, as parseMetricsAddress reads it; nowhere, unless said. */
  metrics_listen: metricsAddress(null),
  /** Of the socket, where it is one. */
  metrics_sock_perms: mode(0o700),
  /** Our own: the daemons of libvirt's in whose place clients find this one, by the names of `servedDaemons`. */
  listen_as: strings(['libvirtd', 'virtlxcd']),
} as const;

/** What only libvirtd.conf has, and virtlxcd.conf has not: everything that listens on the network. */
export const networkKeys = {
  listen_tls: boolean(true),
  listen_tcp: boolean(false),
  listen_addr: string(null),
  tls_port: string('16514'),
  tcp_port: string('16509'),
  auth_tls: auth('none'),
  auth_tcp: auth('sasl'),
  tcp_min_ssf: unsigned(112, 'start', 112),
  tls_no_sanity_certificate: boolean(false),
  tls_no_verify_certificate: boolean(false),
  key_file: string(null),
  cert_file: string(null),
  ca_file: string(null),
  crl_file: string(null),
  tls_allowed_dn_list: strings(null),
  tls_priority: string(null),
} as const;

/** libvirtd's parser takes this key in either file, though it needs SASL to mean anything. */
export const saslKeys = {
  sasl_allowed_username_list: strings(null),
} as const;

export const libvirtdKeys = { ...daemonKeys, ...saslKeys, ...networkKeys } as const;

/** lxc.conf */
export const lxcKeys = {
  log_with_libvirtd: boolean(false),
  /** Null chooses what the host has. */
  security_driver: string(null),
  security_default_confined: boolean(false),
  security_require_confined: boolean(false),
} as const;
