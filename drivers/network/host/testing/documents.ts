import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { findLink } from '../../../../native/network/links.ts';
import { lab, run } from './lab.ts';

export const nat = `<forward mode='nat'/><bridge name='nat0' stp='off' delay='0'/>
  <domain name='test.lan'/>
  <dns><host ip='192.168.77.9'><hostname>printer</hostname></host></dns>
  <ip address='192.168.77.1' netmask='255.255.255.0'><dhcp><range start='192.168.77.2' end='192.168.77.99'/>
    <host mac='52:54:00:00:00:77' name='fixed' ip='192.168.77.200'/></dhcp></ip>
  <ip family='ipv6' address='fd00:77::1' prefix='64'/>`;

export const isolated = `<bridge name='iso0' stp='off' delay='0'/>
  <ip address='192.168.78.1' netmask='255.255.255.0'><dhcp><range start='192.168.78.2' end='192.168.78.99'/></dhcp></ip>`;

export const route = `<forward mode='route'/><bridge name='route0' stp='off' delay='0'/>
  <ip address='192.168.79.1' netmask='255.255.255.0'><dhcp><range start='192.168.79.2' end='192.168.79.99'/></dhcp></ip>
  <ip family='ipv6' address='fd00:79::1' prefix='64'/>`;

export const left = (bridge: string): object => ({
  link: findLink(bridge) !== null,
  tables: run('nft', 'list', 'tables').includes(lab().table),
  files: existsSync(`${lab().paths.lib}/dnsmasq`) ? readdirSync(`${lab().paths.lib}/dnsmasq`) : [],
  processes: processes(),
});

/** dnsmasq's of this lab. */
export const processes = (): number =>
  readdirSync('/proc').filter(pid => {
    try {
      return /^[0-9]+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--conf-file=${lab().root}`);
    } catch {
      return false;
    }
  }).length;
