/** Something that serves until `close()`, or until its one client left. */
export interface Server {
  readonly closed: Promise<void>;
  /** Commands may run on for so long. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}
