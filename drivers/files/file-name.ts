import { errors } from '../contract/error.ts';

/** The file of an object. The readers of documents refuse such names; they must not reach the disk by any other way either. */
export function fileName(name: string, suffix: string): string {
  if (name === '' || /[/\0]/.test(name)) throw errors.xmlError(`name ${name} cannot contain '/'`);
  return `${name}.${suffix}`;
}
