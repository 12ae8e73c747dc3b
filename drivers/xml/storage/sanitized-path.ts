/** Without doubled and trailing slashes; two at the beginning are kept, since POSIX gives them a meaning. */
export function sanitizedPath(path: string): string {
  const start = path.startsWith('//') && !path.startsWith('///') ? '/' : '';
  const single = path.replace(/\/+/g, '/');
  return start + (single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single);
}
