import { Problem } from '../http/problem.js';

/** A button of the Admin UI that this version does not know: the Flows are of another one. */
export class ButtonUnknown extends Problem {
  readonly kind = 'malformed';
  readonly code = 'BUTTON_UNKNOWN';

  constructor() {
    super(
      'The race control service does not know this button: it and the buttons are of different versions. Tell the administrator.',
    );
  }
}

/** Names and reasons are text that people typed; in an answer in Markdown none of it is a link, a table or HTML. */
export function escaped(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>&|#~]/g, String.raw`\$&`);
}
