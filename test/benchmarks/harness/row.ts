/** One line of the table: what one subject did in one case. What a case does not measure is absent. */
export interface Row {
  readonly suite: string;
  readonly case: string;
  readonly subject: string;
  /** Commands, or bytes runs, that stand behind the figures. */
  readonly n: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly perSecond?: number;
  readonly mibPerSecond?: number;
  /** By how much the peak of resident memory was above what the process had before, in MiB. */
  readonly rssMib?: number;
  /** Heap that each of n holds, in bytes. */
  readonly heapBytes?: number;
  /** The median over the blocks of this subject's figure divided by the first subject's of the same block. */
  readonly ratio?: number;
}

/** What a case measured of one subject, before the suite and the case are named. */
export type Figures = Omit<Row, 'suite' | 'case'>;
