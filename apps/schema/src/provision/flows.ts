/** One operation of a flow. `resolve` and `reject` are the keys of the operations that follow. */
export interface OperationDefinition {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly position: readonly [x: number, y: number];
  readonly resolve?: string;
  readonly reject?: string;
}

export interface FlowDefinition {
  readonly key: string;
  readonly name: string;
  readonly icon: string;
  readonly color: string;
  readonly description: string;
  readonly trigger: 'event' | 'manual';
  readonly options: Readonly<Record<string, unknown>>;
  /** The first one is where the flow begins. */
  readonly operations: readonly OperationDefinition[];
}

/** What differs between the Flows that ask the race control service. */
interface Asking {
  /** Below `/v1/hooks/directus`. */
  readonly path: string;
  /** A template of the JSON to sign. Never `{{$trigger}}` of a button: its headers hold the person's own token. */
  readonly payload: string;
  /** Statuses with which the service refuses for a reason that the person should read. */
  readonly refusals: readonly number[];
  readonly unanswered: string;
  /** The operation that follows a 2xx. */
  readonly answered?: string;
}

/**
 *  1. sign     what is asked as a signed token, valid for 30 s
 *  2. ask      2xx is a yes
 *  3. refusal? a status of the list with code and detail is a refusal with a reason. A 401 is never in it: it is about
 *     the signature, and shown to the Admin UI it would sign the person out
 *  4. refuse   shows that reason; or `unavailable`
 */
function ask({ path, payload, refusals, unanswered, answered }: Asking): OperationDefinition[] {
  return [
    {
      key: 'sign',
      name: 'Sign the question',
      type: 'json-web-token',
      position: [37, 1],
      options: {
        operation: 'sign',
        secret: '{{$env.CP_HMAC}}',
        payload,
        options: { algorithm: 'HS256', expiresIn: '30s', issuer: 'directus', audience: 'control-plane' },
      },
      resolve: 'ask',
    },
    {
      key: 'ask',
      name: 'Ask race control',
      type: 'request',
      position: [55, 1],
      options: {
        method: 'POST',
        url: `{{$env.CP_URL}}/v1/hooks/directus/${path}`,
        headers: [{ header: 'Content-Type', value: 'application/jwt' }],
        body: '{{sign}}',
      },
      ...(answered !== undefined && { resolve: answered }),
      reject: 'is_refusal',
    },
    {
      key: 'is_refusal',
      name: 'Is it a refusal with a reason?',
      type: 'condition',
      position: [73, 19],
      options: {
        filter: {
          ask: {
            _and: [
              { status: { _in: refusals } },
              { data: { code: { _nempty: true } } },
              { data: { detail: { _nempty: true } } },
            ],
          },
        },
      },
      resolve: 'refuse',
      reject: 'unavailable',
    },
    {
      key: 'refuse',
      name: 'Show the reason',
      type: 'throw-error',
      position: [91, 19],
      options: { code: '{{ask.data.code}}', status: '{{ask.status}}', message: '{{ask.data.detail}}' },
    },
    {
      key: 'unavailable',
      name: 'Say that there was no answer',
      type: 'throw-error',
      position: [91, 37],
      options: { code: 'CONTROL_PLANE_UNAVAILABLE', status: '503', message: unanswered },
    },
  ];
}

/**
 * Asks the race control service before something is written, and shows its answer. A flow decides nothing itself.
 *
 *  1. who      who is writing? The service itself is not asked; nobody at all gets Directus's own refusal
 *  2. ask      2xx lets the write go on; a refusal, or no answer, does not
 */
function guard(key: string, collections: readonly string[], scope: readonly string[]): FlowDefinition {
  return {
    key,
    name: `Race control: ${collections.join(', ')}`,
    icon: 'verified_user',
    color: '#1D6FA5',
    description:
      'Asks the race control service whether this may be saved. Made by the boot program; edits are undone.',
    trigger: 'event',
    options: { type: 'filter', scope, collections },
    operations: [
      {
        key: 'who',
        name: 'Is it a person?',
        type: 'condition',
        position: [19, 1],
        options: {
          filter: {
            $accountability: { user: { _and: [{ _nnull: true }, { _neq: '{{$env.CP_SERVICE_USER}}' }] } },
          },
        },
        resolve: 'sign',
        reject: 'pass',
      },
      {
        key: 'pass',
        name: 'Go on without asking',
        type: 'transform',
        position: [37, 19],
        options: { json: '{}' },
      },
      ...ask({
        path: 'guard',
        payload: '{"trigger":{{$trigger}},"accountability":{{$accountability}}}',
        refusals: [409, 422],
        unanswered: 'Not saved: the race control service did not answer. Try again in a minute.',
      }),
    ],
  };
}

/** A field of the dialog that a button opens before it does anything. */
interface DialogField {
  readonly field: string;
  readonly name: string;
  readonly type: 'text' | 'integer' | 'string';
  readonly meta: Readonly<Record<string, unknown>>;
}

const reason = (required: boolean): DialogField => ({
  field: 'reason',
  name: 'Reason',
  type: 'text',
  meta: {
    interface: 'input-multiline',
    width: 'full',
    required,
    note: 'Written into the log of the stage.',
    options: { trim: true, softLength: 500 },
  },
});

const minutes: DialogField = {
  field: 'minutes',
  name: 'Minutes',
  type: 'integer',
  meta: { interface: 'input', width: 'half', required: true, options: { min: 1, max: 1_440 } },
};

const fromSegment: DialogField = {
  field: 'from_segment',
  name: 'From segment',
  type: 'integer',
  meta: {
    interface: 'input',
    width: 'half',
    note: 'Number of the first segment that is delayed; empty for the whole stage.',
    options: { min: 1 },
  },
};

interface Button {
  /** What the race control service is told to do; also names the flow. */
  readonly command: string;
  readonly name: string;
  readonly icon: string;
  readonly color: string;
  readonly description: string;
  /** Asks before it does it. Left out: a press is enough. */
  readonly dialog?: { readonly question: string; readonly fields: readonly DialogField[] };
}

/**
 * A button on the form of a stage: tells the race control service what to do, and shows its answer.
 *
 *  1. who      nobody at all gets no further, also where Directus lets an anonymous caller start a flow
 *  2. ask      what was pressed, on which stage, with which words, by whom; a refusal is shown as a dialog
 *  3. tell     the answer as a notification to that person. Written as a row, because the operation `notification`
 *     would also send it by mail
 */
function button({ command, name, icon, color, description, dialog }: Button): FlowDefinition {
  return {
    key: `button-${command}`,
    name,
    icon,
    color,
    description: `${description} Made by the boot program; edits are undone.`,
    trigger: 'manual',
    options: {
      collections: ['stages'],
      location: 'item',
      requireSelection: true,
      async: false,
      // Without it a refusal would end as a success.
      error_on_reject: true,
      requireConfirmation: dialog !== undefined,
      ...(dialog && { confirmationDescription: dialog.question, fields: dialog.fields }),
    },
    operations: [
      {
        key: 'who',
        name: 'Is it a person?',
        type: 'condition',
        position: [19, 1],
        options: { filter: { $accountability: { user: { _nnull: true } } } },
        resolve: 'sign',
        reject: 'nobody',
      },
      {
        key: 'nobody',
        name: 'Ask to sign in',
        type: 'throw-error',
        position: [37, 19],
        options: { code: 'FORBIDDEN', status: '403', message: 'Sign in first.' },
      },
      ...ask({
        path: 'commands',
        payload: `{"command":"${command}","body":{{$trigger.body}},"accountability":{{$accountability}}}`,
        refusals: [400, 403, 404, 409, 422, 503],
        unanswered:
          'The race control service did not answer. Look whether the stage has changed before you press again.',
        answered: 'tell',
      }),
      {
        key: 'tell',
        name: 'Tell the person',
        type: 'item-create',
        position: [73, 1],
        options: {
          collection: 'directus_notifications',
          permissions: '$full',
          emitEvents: false,
          payload: {
            recipient: '{{$accountability.user}}',
            subject: '{{ask.data.title}}',
            message: '{{ask.data.message}}',
            collection: '{{ask.data.collection}}',
            item: '{{ask.data.item}}',
          },
        },
      },
    ],
  };
}

export const FLOWS: readonly FlowDefinition[] = [
  guard('guard', ['entries', 'stages'], ['items.create', 'items.update']),
  button({
    command: 'preview',
    name: 'Preview the start list',
    icon: 'preview',
    color: '#3399FF',
    description: 'Shows the start list that an opening would publish now. Writes nothing.',
  }),
  button({
    command: 'open',
    name: 'Open the stage',
    icon: 'play_circle',
    color: '#2ECDA7',
    description: 'Publishes the start list of the stage and writes the start of every crew.',
    dialog: {
      question:
        'Publish the start list and open this stage? A published list is not taken back; preview it first.',
      fields: [reason(false)],
    },
  }),
  button({
    command: 'delay',
    name: 'Delay the stage',
    icon: 'more_time',
    color: '#FFA439',
    description: 'Moves every start that lies ahead, and the times of the controls.',
    dialog: {
      question: 'Delay this stage? Delays add up; entries that have started are not moved.',
      fields: [minutes, fromSegment, reason(true)],
    },
  }),
  button({
    command: 'redraw',
    name: 'Redraw the start list',
    icon: 'restart_alt',
    color: '#A2B5CD',
    description: 'Draws the start list anew from the results and entries of now. Pins and delays hold.',
    dialog: {
      question: 'Draw the start list anew? Crews may get another minute; preview it first.',
      fields: [reason(true)],
    },
  }),
  button({
    command: 'close',
    name: 'Close the stage',
    icon: 'flag_circle',
    color: '#E35169',
    description: 'Ends the stage; confirmed entries that never started become "did not start".',
    dialog: {
      question: 'Close this stage? Before the last control has closed it needs a reason.',
      fields: [reason(false)],
    },
  }),
];
