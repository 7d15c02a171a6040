import { isUtf8 } from 'node:buffer';
import { notSupported } from '@errand/core/checks';

/** A name as SFTP carries it. */
export function textOf(name: Buffer): string {
  if (isUtf8(name)) return name.toString();
  throw notText(name.toString());
}

/** A name that came as text, and was not. */
export function refuseUnlessText(name: string): void {
  if (name.includes('\ufffd')) throw notText(name);
}

function notText(name: string): Error {
  return notSupported('recursive', `'${name}' is no UTF-8, and over SFTP names are text; rename it`);
}
