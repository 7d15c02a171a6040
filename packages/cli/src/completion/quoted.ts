/** A text as one word of bash, zsh and POSIX shells. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The names of the targets, by a shell: none where there is no file, or a wrong one. */
export const TARGETS = "command errand targets 2>/dev/null | awk 'NR > 1 { print $1 }'";
