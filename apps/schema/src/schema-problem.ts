/** The boot cannot go on. The message is a sentence for the operator: what is wrong and what to do. */
export class SchemaProblem extends Error {
  override readonly name = 'SchemaProblem';
}
