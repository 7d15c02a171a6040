import assert from 'node:assert/strict';
import type { Session } from '../../session.ts';

/** Runs shell source in a session that must exit with 0, and gives its stdout. */
export async function said(session: Session, script: string): Promise<string> {
  const result = await session.exec(script);
  const { outcome, exitCode, reason, stdout, stderr } = result;
  assert.ok(result.ok, `"${script.slice(0, 200)}" should exit with 0: ${outcome} ${exitCode ?? ''} ${reason ?? ''} ${stderr.text}`);
  return stdout.text;
}
