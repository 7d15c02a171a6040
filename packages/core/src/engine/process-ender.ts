import type { DriverProcess } from '../driver.ts';
import { endTree, type TreeEnding } from './end-tree.ts';
import type { RunSpec } from './run-spec.ts';

const NOTHING_LEFT = Promise.resolve(true);

/** Ends the processes of one run: all of them, once, or what its main process left behind. */
export class ProcessEnder {
  /** Whether all that can be ended is. Never rejects. */
  gone: Promise<boolean> = NOTHING_LEFT;
  /** The ending of the whole tree, once it has begun. */
  tree: TreeEnding | undefined;
  readonly #options: RunSpec['options'];

  constructor(options: RunSpec['options']) {
    this.#options = options;
  }

  /** Begins to end the whole tree, once. */
  endTree(process: DriverProcess): TreeEnding {
    if (!this.tree) {
      this.tree = this.endUnwanted(process);
      this.gone = this.tree.gone;
    }
    return this.tree;
  }

  /** Ends one that started when the run was over already. */
  endUnwanted(process: DriverProcess): TreeEnding {
    const { killSignal, killGraceMs } = this.#options;
    return endTree(process, { signal: killSignal, graceMs: killGraceMs, scope: 'tree' });
  }

  /**
   * What the main process left behind in its group ends with it; a daemon only if asked. Resolves to whether there was
   * anything, once that is known; false where the whole tree was being ended. Never rejects.
   */
  async endLeftovers(process: DriverProcess): Promise<boolean> {
    if (this.tree) return false;
    const { daemons, killGraceMs } = this.#options;
    const ending = endTree(process, { signal: 'SIGTERM', graceMs: killGraceMs, scope: daemons === 'end' ? 'tree' : 'group' });
    this.gone = ending.gone;
    return ending.delivered;
  }
}
