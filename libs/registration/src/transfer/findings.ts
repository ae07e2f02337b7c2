import type { Finding } from './read-entry-rows.js';

/** What is found about one row. */
export class Findings {
  readonly violations: Finding[];
  readonly warnings: Finding[] = [];

  constructor(problems: readonly Finding[]) {
    this.violations = [...problems];
  }

  get refused(): boolean {
    return this.violations.length > 0;
  }

  violation(column: string | null, code: string, message: string): void {
    this.violations.push({ column, code, message });
  }

  warning(column: string | null, code: string, message: string): void {
    this.warnings.push({ column, code, message });
  }
}
