/** A count, until it is forgotten. */
export interface Count {
  readonly points: number;
  /** Milliseconds until it begins again with 0. */
  readonly leftMs: number;
}

/** Counts by key, each in a window of time that begins with the first of it. */
export interface QuotaStore {
  /** For messages: `Redis store at localhost:6379`. */
  readonly name: string;
  /** Adds to a count, which begins with 0 when its window is over, and tells what it came to. */
  add(key: string, points: number, windowMs: number): Promise<Count>;
  read(key: string): Promise<Count>;
  /** Lets go of what it opened itself. */
  close(): Promise<void>;
}
