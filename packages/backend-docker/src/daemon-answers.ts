/** A process in a container that runs. */
export interface ExecRequest {
  readonly command: readonly string[];
  readonly user?: string;
  readonly cwd?: string;
  /** `NAME=value` each; a name alone takes a variable of the container's away. */
  readonly env?: readonly string[];
  /** Default true; otherwise it reads its end at once. */
  readonly stdin?: boolean;
  /** Default true; see `HijackedStreams`. */
  readonly isLaunched?: boolean;
  /** In a terminal of this size. */
  readonly terminal?: { readonly columns: number; readonly rows: number; readonly term: string };
}

/** One that was made and not started. */
export interface MadeExec {
  readonly id: string;
  /** Behind a launcher, or a shell. */
  readonly isLaunched: boolean;
  readonly isTerminal: boolean;
}

/** How a process does, as far as a daemon says. */
export interface ExecState {
  readonly isRunning: boolean;
  readonly hasStarted: boolean;
  readonly exitCode?: number;
}

/** What is asked of a container. */
export interface ContainerState {
  readonly id: string;
  /** created, running, paused, restarting, removing, exited, dead. */
  readonly status: string;
  readonly createdAt: Date;
  readonly workingDirectory: string;
  /** Directories that are in memory. */
  readonly inMemory: readonly string[];
}

/** One of those that carry a label. */
export interface LabelledContainer extends Pick<ContainerState, 'id' | 'status'> {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** How a container's main process does, as far as a daemon says. */
export interface MainState extends ExecState {
  /** The kernel ended something of it for want of memory. */
  readonly outOfMemory: boolean;
  /** It is being removed. */
  readonly isRemoved: boolean;
}

/** What containers of an image begin with. */
export interface ImageState {
  /** `NAME=value` each. */
  readonly env: readonly string[];
  readonly workingDirectory: string;
  /** Directories in each of which a container has a volume of its own, if nothing else is there. */
  readonly volumes: readonly string[];
}

/** What an image is loaded with: text of the daemon, as it comes. */
export type OnProgress = (line: string) => void;
