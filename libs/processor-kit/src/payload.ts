import { getMetadataStorage, validateSync } from 'class-validator';

/** A payload class of libs/contracts. */
export type PayloadClass = new () => object;

/** A JSON Schema of draft 2020-12, as far as payloads need it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Any version, and the ones that are all zeros and all ones; written out, because JSON Schema knows no flags. */
const UUID =
  '^(?:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}' +
  '|00000000-0000-0000-0000-000000000000|[fF]{8}-[fF]{4}-[fF]{4}-[fF]{4}-[fF]{12})$';

/** What each decorator says in JSON Schema. A payload class may use these and no others. */
const KEYWORDS: Readonly<Record<string, (constraints: readonly unknown[]) => JsonSchema>> = {
  isIn: ([values]) => ({ enum: values }),
  isInt: () => ({ type: 'integer' }),
  isString: () => ({ type: 'string' }),
  isUuid: () => ({ type: 'string', pattern: UUID }),
  matches: ([pattern]) => ({ type: 'string', pattern: (pattern as RegExp).source }),
  min: ([least]) => ({ minimum: least }),
  max: ([most]) => ({ maximum: most }),
  arrayNotEmpty: () => ({ type: 'array', minItems: 1 }),
  arrayUnique: () => ({ type: 'array', uniqueItems: true }),
};

/** @returns what is wrong with a payload, in words; nothing when it is one. Fields that the class does not know are let pass. */
export function payloadProblems(payload: PayloadClass, data: unknown): string[] {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return ['it is no object'];
  // Without the constructor: what lacks must not get the default of the class. And only what the class knows.
  const instance = Object.create(payload.prototype as object) as Record<string, unknown>;
  for (const name of Object.keys(rulesOf(payload))) {
    if (Object.hasOwn(data, name)) instance[name] = (data as Record<string, unknown>)[name];
  }
  return validateSync(instance).flatMap(({ constraints }) => Object.values(constraints ?? {}));
}

/**
 * The JSON Schema of a payload class, for whoever validates in another language: a document is valid by it exactly when
 * `payloadProblems` finds nothing.
 * @throws Error when a decorator has no counterpart
 */
export function payloadSchema(payload: PayloadClass): JsonSchema {
  const rules = rulesOf(payload);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: payload.name,
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(rules).map(([name, of]) => {
        const [whole, items] = [of.filter(({ each }) => !each), of.filter(({ each }) => each)];
        return [
          name,
          {
            ...together(whole),
            ...(items.length > 0 && { type: 'array', items: together(items) }),
          },
        ];
      }),
    ),
    required: Object.keys(rules),
  };
}

interface Rule {
  readonly name: string;
  readonly each: boolean;
  readonly constraints: readonly unknown[];
}

function together(rules: readonly Rule[]): JsonSchema {
  return Object.assign(
    {},
    ...rules.map(({ name, constraints }) => {
      const say = KEYWORDS[name];
      if (say === undefined) throw new Error(`JSON Schema has no counterpart of "${name}" here yet.`);
      return say(constraints);
    }),
  ) as JsonSchema;
}

function rulesOf(payload: PayloadClass): Readonly<Record<string, readonly Rule[]>> {
  const rules: Record<string, Rule[]> = {};
  for (const found of getMetadataStorage().getTargetValidationMetadatas(payload, '', true, false)) {
    (rules[found.propertyName] ??= []).push({
      name: found.name ?? found.type,
      each: found.each,
      constraints: (found.constraints ?? []) as readonly unknown[],
    });
  }
  return rules;
}
