import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { childOf, attributeOf, childrenOf, isElement, xmlElement, type XmlElement } from '../tree.ts';
import { readXml } from '../read.ts';
import { formatXml } from '../write.ts';
import type { DomainDefinition } from './definition.ts';
import { domainElement } from './format.ts';
import { domainFrom } from './parse.ts';
import { fileHeader } from './stored.ts';

/** What the file of a running domain says: enough for another daemon, ours or libvirt's, to take it over. */
export interface DomainStatus {
  /** libvirt's names: "running", "paused", …; and of the reason: "booted", "user", …. */
  readonly state: string;
  readonly reason: string;
  /** The controller's, and so the domain's id. */
  readonly controllerPid: number;
  /** 0 while it is not known. */
  readonly initPid: number;
  readonly definition: DomainDefinition;
  /** What only this daemon knows, by name; libvirt skips it. */
  readonly notes: Readonly<Record<string, string>>;
}

/** The element that holds our notes. Unknown to libvirt, which reads past it. */
const NOTES = 'lxvirtd';

const pidOf = (element: XmlElement | null): number => {
  const text = element === null ? null : attributeOf(element, 'pid');
  if (text === null || !/^\d{1,9}$/.test(text))
    throw errors.internalError('the status file names no pid', ErrorDomain.DOMAIN);
  return Number(text);
};

/** The text of `/run/libvirt/lxc/NAME.xml`. */
export function formatStatus(status: DomainStatus): string {
  const { state, reason, controllerPid, initPid, definition, notes } = status;
  const kept = Object.entries(notes).map(([name, value]) => xmlElement('note', { name }, [value]));
  const root = xmlElement('domstatus', { state, reason, pid: String(controllerPid) }, [
    xmlElement('init', { pid: String(initPid) }),
    ...(kept.length === 0 ? [] : [xmlElement(NOTES, {}, kept)]),
    domainElement(definition, { id: controllerPid, secure: true, status: true }),
  ]);
  return fileHeader(definition.name) + formatXml(root);
}

/** Reads such a file, of this daemon or of libvirt's. Throws like parseDomain, and internalError for what is missing. */
export async function parseStatus(xml: string): Promise<DomainStatus> {
  const root = await readXml(xml, { what: 'domain_status', domain: ErrorDomain.DOMAIN, root: 'domstatus' });
  const domain = childOf(root, 'domain');
  if (domain === null) throw errors.internalError('no domain config', ErrorDomain.DOMAIN);
  return {
    state: attributeOf(root, 'state') ?? 'running',
    reason: attributeOf(root, 'reason') ?? 'unknown',
    controllerPid: pidOf(root),
    initPid: pidOf(childOf(root, 'init')),
    definition: domainFrom(domain, true),
    notes: notesOf(root),
  };
}

function notesOf(root: XmlElement): Record<string, string> {
  const notes: Record<string, string> = {};
  const holder = childOf(root, NOTES);
  for (const note of holder === null ? [] : childrenOf(holder, 'note')) {
    const [text] = note.children;
    notes[attributeOf(note, 'name') ?? ''] =
      text === undefined || isElement(text) || text.kind === 'verbatim' ? '' : text.text;
  }
  return notes;
}
