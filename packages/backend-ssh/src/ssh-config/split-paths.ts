/**
 * The paths of a line in which `ssh -G` prints several with a blank between them, and no quotes around those that hold blanks. Its paths are
 * absolute, or begin with a tilde, so what begins otherwise belongs to the path before it.
 */
export function splitPaths(line: string): string[] {
  if (line === '' || line.toLowerCase() === 'none') return [];
  return line.split(/ (?=[/~]|[A-Za-z]:[\\/]|__PROGRAMDATA__)/);
}
