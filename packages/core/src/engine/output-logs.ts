import { OutputLog } from './output-log.ts';
import type { RunSpec } from './run-spec.ts';

/** Both streams' output of one run. */
export class OutputLogs {
  readonly stdout: OutputLog;
  readonly stderr: OutputLog;

  constructor({ options, from }: Pick<RunSpec, 'options' | 'from'>) {
    this.stdout = new OutputLog(options.maxOutputBytes, from?.stdout);
    this.stderr = new OutputLog(options.maxOutputBytes, from?.stderr);
  }

  releaseAll(): void {
    this.stdout.releaseAll();
    this.stderr.releaseAll();
  }

  end(): void {
    this.stdout.end();
    this.stderr.end();
  }

  settle(): void {
    this.stdout.settle();
    this.stderr.settle();
  }

  collect(): { readonly stdout: ReturnType<OutputLog['collect']>; readonly stderr: ReturnType<OutputLog['collect']> } {
    return { stdout: this.stdout.collect(), stderr: this.stderr.collect() };
  }
}
