import { ErrorDomain } from '../../drivers/contract/constants.ts';
import type { Route } from './programs.ts';

/** Words that the public API writes in capitals. */
const capitals: Readonly<Record<string, string>> = {
  Cpu: 'CPU',
  Dhcp: 'DHCP',
  Fd: 'FD',
  Fsfreeze: 'FSFreeze',
  Fsinfo: 'FSInfo',
  Fsthaw: 'FSThaw',
  Fstrim: 'FSTrim',
  Id: 'ID',
  Iothread: 'IOThread',
  Mac: 'MAC',
  Nmi: 'NMI',
  Nwfilter: 'NWFilter',
  Nwfilters: 'NWFilters',
  Os: 'OS',
  Pm: 'PM',
  Scsi: 'SCSI',
  Sev: 'SEV',
  Ssh: 'SSH',
  Uri: 'URI',
  Uuid: 'UUID',
  Wwn: 'WWN',
  Xml: 'XML',
};

/** The public function that a client calls to make this call, e.g. "virDomainGetXMLDesc": error messages name it. */
export function apiName({ program, name }: Route): string {
  const inProgram = program.name === 'lxc' || program.name === 'qemu' ? ofProgram(name, program.name) : name;
  const words = inProgram
    .replace(/^./, first => first.toUpperCase())
    .replace(/[A-Z][a-z]*/g, word => capitals[word] ?? word);
  return program.name === 'admin' ? `virAdm${words}` : `vir${words}`;
}

/** virDomainLxcOpenNamespace, virConnectDomainQemuMonitorEventRegister */
const ofProgram = (name: string, program: string): string =>
  name.replace(/[Dd]omain/, word => `${word}${program.replace(/^./, first => first.toUpperCase())}`);

/** The first that matches. */
const domains: readonly (readonly [RegExp, ErrorDomain])[] = [
  [/Checkpoint/, ErrorDomain.DOMAIN_CHECKPOINT],
  [/Snapshot/, ErrorDomain.DOMAIN_SNAPSHOT],
  [/^network|^connect\w*Network/, ErrorDomain.NETWORK],
  [/^storage|^connect\w*Storage/, ErrorDomain.STORAGE],
  [/^nodeDevice|^nodeListDevices|^nodeNumOfDevices|^connect\w*NodeDevice/, ErrorDomain.NODEDEV],
  [/^interface|^connect\w*Interface/, ErrorDomain.INTERFACE],
  [/^secret|^connect\w*Secret/, ErrorDomain.SECRET],
  [/^nwfilter|^connect\w*Nwfilter/, ErrorDomain.NWFILTER],
];

/** The part of the library that the function belongs to: the domain of the errors that are found before any driver is asked. */
export function apiErrorDomain({ program, name }: Route): ErrorDomain {
  if (program.name === 'admin') return ErrorDomain.ADMIN;
  if (program.name !== 'remote') return ErrorDomain.NONE;
  return domains.find(([pattern]) => pattern.test(name))?.[1] ?? ErrorDomain.DOMAIN;
}
