import type { X509Certificate } from 'node:crypto';

/** Where GnuTLS has another name for an attribute than OpenSSL. */
const names: Readonly<Record<string, string>> = { emailAddress: 'EMAIL', street: 'STREET' };

/**
 * A certificate's subject in the form that GnuTLS writes and libvirt's lists of allowed names are in:
 * "C=GB,ST=London,O=Example,CN=client". `virt-pki-query-dn` prints it.
 */
export const distinguishedName = ({ subject }: X509Certificate): string =>
  subject
    .split('\n')
    .map(part => part.replace(/^[^=]*/, name => names[name] ?? name))
    .join(',');

/** Whether a name is in a list of patterns, in which "*" stands for any text and "?" for any character. */
export const isAllowed = (name: string, patterns: readonly string[]): boolean =>
  patterns.some(pattern => matches(pattern, name));

/** Without backtracking beyond the last "*": a pattern of many costs no more than its length times the name's. */
function matches(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(text);
  let [at, star, marked] = [0, -1, 0];
  for (let index = 0; index < given.length;) {
    if (wanted[at] === '*') [star, marked] = [at++, index];
    else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[index]))
      [at, index] = [at + 1, index + 1];
    else if (star >= 0) [at, index] = [star + 1, ++marked];
    else return false;
  }
  return wanted.slice(at).every(character => character === '*');
}
