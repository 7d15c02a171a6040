/** Something that serves until `close()`, or until its one client left. */
export interface Server {
  readonly closed: Promise<void>;
  close(): Promise<void>;
}
