import type { PlanRemark } from './types.js';

/** Collects what is wrong with a document, so that all of it is told at once. */
export interface Remarks {
  readonly problems: readonly PlanRemark[];
  readonly notices: readonly PlanRemark[];
  problem(code: string, message: string, pointer: string): void;
  notice(code: string, message: string, pointer?: string): void;
}

/** An empty collection. The same remark made twice, by two pools for instance, is kept once. */
export function collectRemarks(): Remarks {
  const problems: PlanRemark[] = [];
  const notices: PlanRemark[] = [];
  const seen = new Set<string>();
  const add = (to: PlanRemark[], code: string, message: string, pointer: string | undefined): void => {
    const key = `${code}\n${message}\n${pointer ?? ''}`;
    if (seen.has(key)) return;
    seen.add(key);
    to.push({ code, message, ...(pointer !== undefined && { pointer }) });
  };
  return {
    problems,
    notices,
    problem: (code, message, pointer) => add(problems, code, message, pointer),
    notice: (code, message, pointer) => add(notices, code, message, pointer),
  };
}
