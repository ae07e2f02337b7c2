import { Injectable, type PipeTransform } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { Problem } from './problem.js';

export class IdMalformed extends Problem {
  readonly kind = 'malformed';
  readonly code = 'ID_MALFORMED';

  constructor() {
    super('The id in the address is not a valid id (a UUID).');
  }
}

/** A path parameter that must be a UUID, in lower case. @throws IdMalformed */
@Injectable()
export class UuidPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!isUUID(value)) throw new IdMalformed();
    return value.toLowerCase();
  }
}
