import fc, { type Arbitrary } from 'fast-check';

/** What is used here of a schema in the OpenAPI document. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

interface Operation {
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

/** The part of the generated document that the walk over all routes reads. */
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface ApiRoute {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly parameters: readonly string[];
  readonly query: readonly { readonly name: string; readonly schema: Schema }[];
  readonly body?: { readonly mediaType: string; readonly schema: Schema };
}

/** Every route of the document, with the schema of its body written out. */
export function routesOf(document: Document): ApiRoute[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters = [], requestBody }]) => {
      const [mediaType, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
      return {
        method: method.toUpperCase(),
        path,
        parameters: parameters.filter((one) => one.in === 'path').map(({ name }) => name),
        query: parameters
          .filter((one) => one.in === 'query')
          .map(({ name, schema = {} }) => ({ name, schema: resolved(document, schema) })),
        ...(mediaType !== undefined && {
          body: { mediaType, schema: resolved(document, content?.schema ?? {}) },
        }),
      };
    }),
  );
}

function resolved(document: Document, schema: Schema): Schema {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice('#/components/schemas/'.length);
    const found = document.components?.schemas?.[name];
    if (found === undefined) throw new Error(`The OpenAPI document lacks ${schema.$ref}.`);
    return resolved(document, found);
  }
  const [only] = schema.allOf ?? schema.oneOf ?? schema.anyOf ?? [];
  if (only !== undefined) return { ...resolved(document, only), nullable: schema.nullable ?? false };
  return {
    ...schema,
    ...(schema.items && { items: resolved(document, schema.items) }),
    ...(schema.properties && {
      properties: Object.fromEntries(
        Object.entries(schema.properties).map(([name, property]) => [name, resolved(document, property)]),
      ),
    }),
  };
}

/** How strange the values are that take the right places. */
export interface Values {
  readonly text: Arbitrary<string>;
  readonly integer: Arbitrary<number>;
  readonly uuid: Arbitrary<string>;
  readonly instant: Arbitrary<string>;
}

/** Bodies of the shape that a schema tells. @param values for its leaves */
export function shaped(schema: Schema, values: Values): Arbitrary<unknown> {
  const value = unlessNull(schema, values);
  return schema.nullable === true ? fc.option(value, { nil: null }) : value;
}

function unlessNull(schema: Schema, values: Values): Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
    case undefined: {
      const properties = Object.entries(schema.properties ?? {});
      const model = Object.fromEntries(properties.map(([name, of]) => [name, shaped(of, values)]));
      return fc.record(model, { requiredKeys: [...(schema.required ?? [])] });
    }
    case 'array':
      return fc.array(shaped(schema.items ?? {}, values), { minLength: schema.minItems ?? 0, maxLength: 3 });
    case 'integer':
    case 'number':
      return values.integer.map((given) =>
        Math.min(Math.max(given, schema.minimum ?? -Infinity), schema.maximum ?? Infinity),
      );
    case 'boolean':
      return fc.boolean();
    default:
      if (schema.format === 'uuid') return values.uuid;
      if (schema.format === 'date-time') return values.instant;
      return values.text.map((given) => given.slice(0, schema.maxLength));
  }
}
