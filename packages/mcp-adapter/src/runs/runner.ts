import type { FoundJob } from '../jobs/found-job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { LiveJob } from '../jobs/live-job.ts';
import { RunningHere } from '../jobs/running-here.ts';
import { linked, within } from '../jobs/until.ts';
import { startProgress } from '../progress.ts';
import type { SessionBegin } from '../sessions/named-session.ts';
import { AppliedTimeouts } from '../tools/applied-timeouts.ts';
import type { RunView, ShowOptions } from '../tools/run-command-result.ts';
import { viewOfJob, viewOfResult } from '../tools/run-view.ts';
import { type Asked, cancelSignals } from './asked.ts';
import { untilEndOrCancel } from './until-end-or-cancel.ts';

/** Who does not wait for a command waits for its session all the same: where it cannot be opened nothing starts. */
const OPEN_WAIT_MS = 10_000;

/** What a call is answered: how its command ended, or where it stands. */
export interface Ran {
  readonly view: RunView;
  readonly show: ShowOptions;
}

/** Runs the commands of calls, each until it ends, or its call has waited for long enough. */
export class Runner {
  readonly #jobs: Jobs;
  readonly #applied = new AppliedTimeouts();

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
  }

  /** @throws ExecError when it certainly did not start */
  async here(asked: Asked): Promise<Ran> {
    const { call, submission, show: given } = asked;
    const { session, options } = submission;
    const job = await this.#jobs.start(submission);
    if ('view' in job) return { view: job.view, show: { ...given, timeoutMs: job.timeoutMs } };
    if (!(job instanceof LiveJob)) return await ranAs(job, given);
    const timeoutMs = options.idempotencyKey === undefined ? given.timeoutMs : this.#applied.of(job.record.id, job.record.timeoutMs);
    job.hold(given.maxOutputBytes);
    const stopProgress = startProgress(call, () => ({
      state: job.execution.state,
      stdout: job.streams.stdout.totalBytes,
      stderr: job.streams.stderr.totalBytes,
      newest: job.newest.text,
    }));
    try {
      await within(asked.waitMs, [], (over) => untilEndOrCancel(job, asked, over));
      const result = job.hasEnded ? await job.ended : undefined;
      const show = { ...given, timeoutMs, ...(session && { session: await this.#jobs.sessions.tell(session, given.session) }) };
      return result ? { view: viewOfResult(result, job), show } : await ranAs(new RunningHere(job), show);
    } finally {
      stopProgress();
    }
  }

  /**
   * The same in a session, which is begun as `begin` says where there is none of that name.
   *
   * @throws ExecError as `here`, and what `NamedSessions.use` throws
   */
  async inSession(asked: Asked, name: string, begin: SessionBegin): Promise<Ran> {
    const { submission, show, waitMs } = asked;
    const { owner, target } = submission;
    const { sessions, closing } = this.#jobs;
    const start = performance.now();
    const session = await within(Math.max(waitMs, OPEN_WAIT_MS), [...cancelSignals(asked), closing], (patience) =>
      sessions.use(owner, target, name, begin, patience),
    );
    const isNew = session.isFresh;
    const left = Math.max(0, waitMs - (performance.now() - start));
    try {
      return await this.here({
        ...asked,
        waitMs: left,
        submission: { ...submission, session },
        show: { ...show, session: { name, isNew } },
      });
    } catch (fault) {
      throw await sessions.lostUnder(session, fault);
    }
  }

  /**
   * As a job that goes on without this process: what fails within `endWaitMs` is told at once.
   *
   * @throws ExecError as `here`
   */
  async inBackground(asked: Asked, endWaitMs?: number): Promise<Ran> {
    const { submission, show, waitMs } = asked;
    const { closing } = this.#jobs;
    const begin = performance.now();
    return await linked(cancelSignals(asked), async (cancelled) => {
      const job = await within(waitMs, [closing], (patience) => this.#jobs.startInBackground(submission, cancelled, patience));
      const left = Math.max(0, waitMs - (performance.now() - begin));
      await within(endWaitMs ?? left, [cancelled, closing], (over) => job.waitEnd(over));
      if (cancelled.aborted) await job.kill(undefined);
      return await ranAs(job, show);
    });
  }
}

async function ranAs(job: FoundJob, show: ShowOptions): Promise<Ran> {
  return { view: await viewOfJob(job, show.maxOutputBytes), show: { ...show, timeoutMs: job.record.timeoutMs } };
}
