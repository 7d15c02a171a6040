/** Whether a target is a host by its address, and no name of a file's. */
export function isSshUri(target: string): boolean {
  return target.startsWith('ssh://');
}
