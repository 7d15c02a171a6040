import { withPrefix } from '../prefixed.ts';

const SAYS = 'it waits for input: write_stdin sends some, and with end: true says that there is no more';

/** For programs, of a job that waits for input; nothing of one that does not, or of which nobody can tell. */
export function waitingFields(waits: boolean | undefined): { waiting_for_input?: true } {
  return waits ? { waiting_for_input: true } : {};
}

/** The same in words, with what to do. `prefix` is before the names of tools. */
export function waitingLines(waits: boolean | undefined, prefix: string): readonly string[] {
  return waits ? [withPrefix(SAYS, prefix)] : [];
}
