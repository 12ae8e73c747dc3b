import { join } from 'node:path';

/** Where libvirt looks for certificates: below /etc/pki, on servers and on clients. */
export interface PkiPlaces {
  readonly authority: { readonly certificate: string; readonly key: string; readonly revocationList: string };
  /** What the authority has issued, and what of it has been revoked. */
  readonly issued: string;
  readonly revoked: string;
  readonly server: KeyPairPlaces;
  readonly client: KeyPairPlaces;
}

export interface KeyPairPlaces {
  readonly certificate: string;
  readonly key: string;
}

/** `root` is "/" but for images of hosts, and for trying things out. */
export function pkiPlaces(root = '/'): PkiPlaces {
  const authority = join(root, 'etc/pki/CA');
  const libvirt = join(root, 'etc/pki/libvirt');
  const pair = (name: string): KeyPairPlaces => ({
    certificate: join(libvirt, `${name}cert.pem`),
    key: join(libvirt, 'private', `${name}key.pem`),
  });
  return {
    authority: {
      certificate: join(authority, 'cacert.pem'),
      key: join(authority, 'private/cakey.pem'),
      revocationList: join(authority, 'cacrl.pem'),
    },
    issued: join(authority, 'issued'),
    revoked: join(authority, 'private/revoked.json'),
    server: pair('server'),
    client: pair('client'),
  };
}
