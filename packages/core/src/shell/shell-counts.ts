/** What became of the commands that warm shells could serve. */
export interface ShellCounts {
  /** Commands that got a warm shell. */
  readonly hits: number;
  /** Commands that got a process of their own because all shells were busy. */
  readonly misses: number;
  /** Shells that were used no more: their command was killed or left something behind, or they ended. */
  readonly discards: number;
  /** Shells that wait for a command. */
  readonly idle: number;
}
