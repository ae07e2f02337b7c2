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
  /** What the person reads when there is no answer; null lets the write go on then. */
  readonly unanswered: string | null;
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
      position: [55, 1],
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
      position: [73, 1],
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
      position: [91, 19],
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
      position: [109, 19],
      options: { code: '{{ask.data.code}}', status: '{{ask.status}}', message: '{{ask.data.detail}}' },
    },
    withoutAnswer('unavailable', 'there was no answer', [109, 37], unanswered),
  ];
}

/** @param message null to go on; Directus lets one way only lead to an operation, so each such end is one of its own */
function withoutAnswer(
  key: string,
  why: string,
  position: OperationDefinition['position'],
  message: string | null,
): OperationDefinition {
  return message === null
    ? { key, name: `Go on: ${why}`, type: 'transform', position, options: { json: '{}' } }
    : {
        key,
        name: `Say that ${why}`,
        type: 'throw-error',
        position,
        options: { code: 'CONTROL_PLANE_UNAVAILABLE', status: '503', message },
      };
}

const UNANSWERED = 'Not saved: the race control service did not answer. Try again in a minute.';

/**
 * Asks the race control service before something is written, and shows its answer. A flow decides nothing itself.
 *
 *  1. who      who is writing? The service itself is not asked; nobody at all gets Directus's own refusal
 *  2. number   something that differs for each call: the clock of a token counts in seconds, so two equal writes within
 *     one would else be one token, and a token is answered once. Nothing that a flow is given differs; a signature by
 *     `CP_DICE` does (a script could make a number up as well, in an isolate of its own for 7 ms)
 *  3. ask      2xx lets the write go on; a refusal, or no answer, does not
 *
 * `goesOnUnanswered`: for what must be possible whatever is away; the database has the last word then, without ours.
 */
function guard(
  key: string,
  subject: string,
  collections: readonly string[],
  scope: readonly string[],
  { refusals = [403, 409, 422], goesOnUnanswered = false } = {},
): FlowDefinition {
  const unanswered = goesOnUnanswered ? null : UNANSWERED;
  return {
    key,
    name: `Race control: ${subject}`,
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
        resolve: 'number',
        reject: 'pass',
      },
      {
        key: 'number',
        name: 'Make this call differ from all others',
        type: 'json-web-token',
        position: [37, 1],
        options: {
          operation: 'sign',
          secret: '{{$env.CP_DICE}}',
          payload: '{}',
          options: { algorithm: 'ES256' },
        },
        resolve: 'sign',
        reject: 'unnumbered',
      },
      withoutAnswer('unnumbered', 'it could not be asked', [55, 19], unanswered),
      {
        key: 'pass',
        name: 'Go on without asking',
        type: 'transform',
        position: [37, 19],
        options: { json: '{}' },
      },
      ...ask({
        path: 'guard',
        payload: '{"trigger":{{$trigger}},"accountability":{{$accountability}},"number":"{{number}}"}',
        refusals,
        unanswered,
      }),
    ],
  };
}

/** A field of the dialog that a button opens before it does anything. */
interface DialogField {
  readonly field: string;
  readonly name: string;
  readonly type: 'text' | 'integer' | 'string' | 'boolean' | 'timestamp';
  readonly meta: Readonly<Record<string, unknown>>;
  readonly schema?: { readonly default_value: unknown };
}

const reason = (required: boolean, note = 'Written into the log of the stage.'): DialogField => ({
  field: 'reason',
  name: 'Reason',
  type: 'text',
  meta: {
    interface: 'input-multiline',
    width: 'full',
    required,
    note,
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

const entryReason = (required: boolean) => reason(required, 'Written into the history of the entry.');

const raceNumber: DialogField = {
  field: 'race_number',
  name: 'Race number',
  type: 'integer',
  meta: {
    interface: 'input',
    width: 'half',
    note: 'Empty for the next free one of the class.',
    options: { min: 0 },
  },
};

const foundBy: DialogField = {
  field: 'found_by',
  name: 'Found by',
  type: 'string',
  meta: {
    interface: 'select-dropdown',
    width: 'half',
    note: 'What the earlier entry has in common with this one.',
    options: {
      choices: [
        { value: 'any', text: 'Vehicle, pilot or team' },
        { value: 'vehicle', text: 'Same vehicle' },
        { value: 'pilot', text: 'Same pilot' },
        { value: 'team', text: 'Same team' },
      ],
    },
  },
  schema: { default_value: 'any' },
};

const doIt: DialogField = {
  field: 'do_it',
  name: 'Copy now',
  type: 'boolean',
  meta: {
    interface: 'boolean',
    width: 'half',
    note: 'Off: you are only shown what would be copied.',
    options: { label: 'Copy; off: preview only' },
  },
  schema: { default_value: false },
};

const moment = (field: string, name: string, required: boolean, note: string): DialogField => ({
  field,
  name,
  type: 'timestamp',
  meta: { interface: 'datetime', width: 'half', required, note, options: { includeSeconds: true } },
});

const markNow: DialogField = {
  field: 'do_it',
  name: 'Mark now',
  type: 'boolean',
  meta: {
    interface: 'boolean',
    width: 'full',
    note: 'Off: you are only shown how many positions and which results it would touch.',
    options: { label: 'Mark; off: preview only' },
  },
  schema: { default_value: false },
};

/** Where buttons stand, and who is told when one is pressed. */
interface ButtonPlace {
  readonly collection: 'stages' | 'entries';
  /** Below `/v1/hooks/directus`. */
  readonly path: string;
  /** Begins the key of the flow: it gives the id, so it stays. */
  readonly prefix: string;
  /** As people call it. */
  readonly noun: string;
}

const ON_STAGE: ButtonPlace = {
  collection: 'stages',
  path: 'commands',
  prefix: 'button',
  noun: 'stage',
};
const ON_ENTRY: ButtonPlace = {
  collection: 'entries',
  path: 'entry-commands',
  prefix: 'entry-button',
  noun: 'entry',
};

const ON_POSITIONS: ButtonPlace = {
  collection: 'entries',
  path: 'position-commands',
  prefix: 'position-button',
  noun: 'entry',
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
 * A button on the form of a stage or an entry: tells the race control service what to do, and shows its answer. Not on
 * lists: the dialog does not say which of the chosen ones an answer is about, and one that is refused hides the others.
 *
 *  1. who      nobody at all gets no further, also where Directus lets an anonymous caller start a flow
 *  2. ask      what was pressed, on which item, with which words, by whom; a refusal is shown as a dialog
 *  3. tell     the answer as a notification to that person. Written as a row, because the operation `notification`
 *     would also send it by mail
 */
function button(
  { collection, path, prefix, noun }: ButtonPlace,
  { command, name, icon, color, description, dialog }: Button,
): FlowDefinition {
  return {
    key: `${prefix}-${command}`,
    name,
    icon,
    color,
    description: `${description} Made by the boot program; edits are undone.`,
    trigger: 'manual',
    options: {
      collections: [collection],
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
        path,
        payload: `{"command":"${command}","body":{{$trigger.body}},"accountability":{{$accountability}}}`,
        refusals: [400, 403, 404, 409, 422, 503],
        unanswered: `The race control service did not answer. Look whether the ${noun} has changed before you press again.`,
        answered: 'tell',
      }),
      {
        key: 'tell',
        name: 'Tell the person',
        type: 'item-create',
        position: [91, 1],
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
  guard(
    'guard',
    'what an event is run by',
    ['events', 'classes', 'entries', 'entry_crew', 'entry_devices', 'entry_checks', 'stages'],
    ['items.create', 'items.update', 'items.delete'],
  ),
  // Directus's own permissions say who may add something in some organisation, not in which one.
  guard(
    'guard-catalogue',
    'what is added to an event or an organisation',
    [
      'segments',
      'geofences',
      'waypoints',
      'speed_limit_zones',
      'penalty_formulas',
      'organization_vehicles',
      'organization_devices',
    ],
    ['items.create'],
  ),
  guard('guard-marks', 'marks on positions', ['position_faults'], ['items.create', 'items.update'], {
    refusals: [400, 403, 422],
    goesOnUnanswered: true,
  }),
  button(ON_STAGE, {
    command: 'preview',
    name: 'Preview the start list',
    icon: 'preview',
    color: '#3399FF',
    description: 'Shows the start list that an opening would publish now. Writes nothing.',
  }),
  button(ON_STAGE, {
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
  button(ON_STAGE, {
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
  button(ON_STAGE, {
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
  button(ON_STAGE, {
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
  button(ON_ENTRY, {
    command: 'check',
    name: 'What is missing?',
    icon: 'fact_check',
    color: '#3399FF',
    description: 'Says what the entry still needs before it can be confirmed and start. Writes nothing.',
  }),
  button(ON_ENTRY, {
    command: 'confirm',
    name: 'Confirm the entry',
    icon: 'check_circle',
    color: '#2ECDA7',
    description: 'Confirms a registered entry and gives it a race number.',
    dialog: {
      question: 'Confirm this entry? Without a race number it gets the next free one of its class.',
      fields: [raceNumber, entryReason(false)],
    },
  }),
  button(ON_ENTRY, {
    command: 'check-in',
    name: 'Check in',
    icon: 'how_to_reg',
    color: '#18A0AA',
    description: 'Marks the administrative check as passed.',
    dialog: {
      question: 'Marks the administrative check as passed and says what is still missing.',
      fields: [],
    },
  }),
  button(ON_ENTRY, {
    command: 'copy-crew',
    name: 'Copy crew from an earlier entry',
    icon: 'group_add',
    color: '#A2B5CD',
    description: 'Takes the crew over from an earlier entry of the same vehicle, pilot or team.',
    dialog: {
      question: 'Take the crew over from an earlier entry of your organisation?',
      fields: [foundBy, doIt],
    },
  }),
  button(ON_POSITIONS, {
    command: 'mark',
    name: 'Positions that are wrong',
    icon: 'wrong_location',
    color: '#A2B5CD',
    description: 'Says what a mark on positions of the entry would touch, or marks them as faulty.',
    dialog: {
      question:
        'Positions of this entry in a range of time: how many are there, and which results depend on them?',
      fields: [
        moment('from', 'From', true, 'First position that is wrong.'),
        moment('to', 'To', false, 'Last one; empty for a single position.'),
        markNow,
        reason(false, 'Needed when they are marked; others read it beside the result.'),
      ],
    },
  }),
  button(ON_ENTRY, {
    command: 'withdraw',
    name: 'Withdraw the entry',
    icon: 'logout',
    color: '#E35169',
    description: 'Takes the entry out of the event.',
    dialog: {
      question:
        'Withdraw this entry? The number becomes free; a start list that is open keeps an empty slot.',
      fields: [entryReason(true)],
    },
  }),
  button(ON_ENTRY, {
    command: 'reinstate',
    name: 'Reinstate the entry',
    icon: 'undo',
    color: '#FFA439',
    description: 'Brings a withdrawn entry back.',
    dialog: {
      question: 'Bring this withdrawn entry back?',
      fields: [entryReason(true)],
    },
  }),
];
