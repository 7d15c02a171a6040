import { messageOf } from './message-of.ts';

/** ENOENT and the like; what it says where it has none. */
export function codeOf(fault: unknown): string {
  const code = typeof fault === 'object' && fault !== null ? Reflect.get(fault, 'code') : undefined;
  return typeof code === 'string' ? code : messageOf(fault);
}
