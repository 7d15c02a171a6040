export type { Registration, ReleaseOptions } from './registration.ts';
export { SUPERVISOR_SCRIPT, type SupervisorArguments, supervisorSource } from './script.ts';
export { Supervisor, type SupervisorOptions } from './supervisor.ts';
