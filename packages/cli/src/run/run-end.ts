/** What is left to do for this process. */
export interface RunEnd {
  readonly code: number;
  /** The signal that asked it to end. */
  readonly signal: NodeJS.Signals | undefined;
}
