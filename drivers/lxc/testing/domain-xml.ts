/** What a test wants to be different from a plain container. */
export interface DomainXml {
  readonly name: string;
  readonly uuid?: string;
  /** The container's root tree; without one the host's own. */
  readonly root?: string | undefined;
  readonly init?: string;
  /** A script for the container's shell, in place of `init`. */
  readonly script?: string;
  /** Elements of `<os>`, `<devices>` and `<domain>`. */
  readonly os?: string;
  readonly devices?: string;
  readonly elements?: string;
  readonly console?: string;
  readonly memory?: number;
  /** The root tree is read-only. */
  readonly readonly?: boolean;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A domain's document. With a root it has a /run of its own, since containers of one test file share their tree. */
export function domainXml(options: DomainXml): string {
  const { name, uuid, root, os = '', devices = '', elements = '', console = "<console type='pty'/>" } = options;
  const program =
    options.script === undefined
      ? `<init>${options.init ?? '/sbin/init'}</init>`
      : `<init>/bin/sh</init><initarg>-c</initarg><initarg>${escape(options.script)}</initarg>`;
  const filesystems =
    root === undefined
      ? ''
      : `<filesystem type='mount'><source dir='${root}'/><target dir='/'/>${options.readonly === true ? '<readonly/>' : ''}</filesystem>
         <filesystem type='ram'><source usage='1024' units='KiB'/><target dir='/run'/></filesystem>`;
  return `<domain type='lxc'>
  <name>${escape(name)}</name>
  ${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
  <memory unit='KiB'>${options.memory ?? 65536}</memory>
  <os><type>exe</type>${program}${os}</os>
  ${elements}
  <devices>${filesystems}${devices}${console}</devices>
</domain>`;
}
