import { ExecError, type ProcessRequest, refusal } from '@errand/core';
import { cannotStart, clusterFault, overQuota, printable } from '../k8s-errors.ts';

/** Another client's command is not known here. */
export function refusalOf(what: string, request: Pick<ProcessRequest, 'command' | 'cwd' | 'shell' | 'limits'> | undefined): ExecError {
  return request ? refusal(what, request) : cannotStart(`it was refused where it was to run (${what})`);
}

/** What the cluster says of a pod that it did not take. */
export function podRefusal(said: string): ExecError {
  if (/exceeded quota|must specify|maximum .* usage per|minimum .* usage per/.test(said)) return overQuota(said);
  if (/forbidden|violates PodSecurity|denied/i.test(said))
    return new ExecError('EXEC_PERMISSION', `The cluster does not take the pod, so nothing was started: ${printable(said)}.`, {
      detail: { what: 'target' },
    });
  return cannotStart(said);
}

export function noFeeding(cause: unknown): ExecError {
  const { code, message } = clusterFault(cause);
  return new ExecError(code, `stdin: a Job is given more than 512 KiB of it by exec. ${message} Allow create and get of pods/exec.`, {
    cause,
  });
}

export function toolFault(what: string, image: string): ExecError | undefined {
  if (!/^(proc|setsid|dd|base64|wc|ls)$/.test(what)) return undefined;
  const name = what === 'proc' ? "Linux's /proc" : what === 'base64' ? 'base64 or od' : what;
  return new ExecError(
    'EXEC_NOT_SUPPORTED',
    `A Job's command needs ${name} in its image, and '${image}' has it not. Use another image, or mode 'pod'.`,
    {
      detail: { option: 'image', name: what },
    },
  );
}
