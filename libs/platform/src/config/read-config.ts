import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';

/** The environment does not hold a valid configuration; the message lists every bad variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a program's configuration once, at its start.
 *
 * Each property of the class is a variable of the environment. `<NAME>_FILE` names a file that holds the value
 * of `<NAME>`, as container platforms hand out secrets.
 *
 * @param ConfigClass a class whose properties carry class-validator rules and defaults
 * @throws ConfigError one message for all bad variables; values are never repeated in it
 */
export function readConfig<T extends object>(
  ConfigClass: new () => T,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): T {
  const rules = getMetadataStorage().getTargetValidationMetadatas(ConfigClass, '', false, false);
  const known = new Set(rules.map(({ propertyName }) => propertyName));
  const given: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === '') continue;
    if (!name.endsWith('_FILE') || known.has(name)) {
      given[name] ??= value;
      continue;
    }
    const variable = name.slice(0, -'_FILE'.length);
    // The environment is full of other programs' files.
    if (!known.has(variable)) continue;
    try {
      given[variable] = readFileSync(value, 'utf8').trim();
    } catch (cause) {
      problems.push(`${name}: the file cannot be read (${(cause as NodeJS.ErrnoException).code})`);
    }
  }
  const config = plainToInstance(ConfigClass, given, {
    exposeDefaultValues: true,
    enableImplicitConversion: true,
  });
  for (const { property, constraints } of validateSync(config, { whitelist: true })) {
    problems.push(`${property}: ${Object.values(constraints ?? {}).join(', ')}`);
  }
  if (problems.length > 0) {
    throw new ConfigError(
      `The configuration is not complete:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
  return config;
}
