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

/**
 * Asks the race control service before something is written, and shows its answer. A flow decides nothing itself.
 *
 *  1. who      who is writing? The service itself is not asked; nobody at all gets Directus's own refusal
 *  2. sign     the question as a signed token, valid for 30 s
 *  3. ask      2xx lets the write go on
 *  4. refusal? a 409 or 422 with code and detail is a refusal with a reason; no other status is: a 401 about the
 *     signature would sign the person out of the Admin UI
 *  5. refuse   shows that reason; or `unavailable`: without an answer nothing is saved
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
      {
        key: 'sign',
        name: 'Sign the question',
        type: 'json-web-token',
        position: [37, 1],
        options: {
          operation: 'sign',
          secret: '{{$env.CP_HMAC}}',
          payload: '{"trigger":{{$trigger}},"accountability":{{$accountability}}}',
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
          url: '{{$env.CP_URL}}/v1/hooks/directus/guard',
          headers: [{ header: 'Content-Type', value: 'application/jwt' }],
          body: '{{sign}}',
        },
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
                { status: { _in: [409, 422] } },
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
        options: {
          code: 'CONTROL_PLANE_UNAVAILABLE',
          status: '503',
          message: 'Not saved: the race control service did not answer. Try again in a minute.',
        },
      },
    ],
  };
}

export const FLOWS: readonly FlowDefinition[] = [
  guard('guard', ['entries', 'stages'], ['items.create', 'items.update']),
];
