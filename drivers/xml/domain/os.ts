import { attribute, content } from '../describe/attribute.ts';
import { child, children, group, textChild } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { mapped, orElse, ordered, record, required, type Part } from '../describe/part.ts';
import { oneOf, string } from '../describe/text.ts';
import { attributeOf } from '../tree.ts';
import type { OsDefinition } from './definition.ts';
import { unsupported, xmlError } from './errors.ts';
import { osForms } from './forms.ts';

const osTypes = ['hvm', 'xen', 'linux', 'exe', 'uml', 'xenpvh'] as const;

/** libvirt's names of architectures. */
const architectures = (
  'alpha armv6l armv7l armv7b aarch64 cris i686 ia64 lm32 loongarch64 m68k microblaze microblazeel mips mipsel mips64 ' +
  'mips64el openrisc parisc parisc64 ppc ppc64 ppc64le ppcemb riscv32 riscv64 s390 s390x sh4 sh4eb sparc sparc64 ' +
  'unicore32 x86_64 xtensa xtensaeb'
).split(' ');

const typeElement = record({
  arch: attribute(
    'arch',
    oneOf(architectures, text => unsupported(`Unknown architecture ${text}`)),
  ),
  machine: attribute('machine', string),
  type: content(oneOf(osTypes, text => unsupported(`unknown OS type '${text}'`))),
});

const initarg: Part<string> = required(content(string), () => xmlError('No data supplied for <initarg> element'));

const initenv = record({
  name: required(attribute('name', string), () => xmlError('No name supplied for <initenv> element')),
  value: required(content(string), from =>
    xmlError(`No value supplied for <initenv name='${attributeOf(from, 'name') ?? ''}'> element`),
  ),
});

const noType = () => xmlError('an os <type> must be specified');

const contents = record({
  type: required(child('type', typeElement), noType),
  init: orElse(textChild('init', string), ''),
  initArgs: children('initarg', initarg),
  initEnv: children('initenv', initenv),
  initDir: textChild('initdir', string),
  initUser: textChild('inituser', string),
  initGroup: textChild('initgroup', string),
  cmdline: textChild('cmdline', string),
  foreign: foreign(osForms),
});

/** `<os>`; an architecture that is left out is null here and filled in from the host. */
export const os: Part<OsDefinition> = group(
  'os',
  mapped(
    ordered(contents, ['type', 'init', 'initarg', 'initenv', 'initdir', 'inituser', 'initgroup', 'cmdline']),
    ({ type: { type, arch, machine }, ...rest }) => {
      if (type === null) throw noType();
      return { type, arch: arch ?? '', machine, ...rest };
    },
    ({ type, arch, machine, ...rest }) => ({
      type: { type: osTypes.find(known => known === type) ?? 'exe', arch: arch === '' ? null : arch, machine },
      ...rest,
    }),
  ),
);
