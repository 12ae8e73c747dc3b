/** Networks as their documents say, without a name. */

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
