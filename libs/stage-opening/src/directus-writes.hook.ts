import { Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type DirectusQuestion, HookSignatureGuard, Question } from '@trm/platform';
import { DirectusWrites } from './directus-writes.js';

/** Directus asks here before it writes. 2xx lets the write go on; a problem is shown to the person. */
@ApiExcludeController()
@UseGuards(HookSignatureGuard)
@Controller('v1/hooks/directus/guard')
export class DirectusWritesHook {
  constructor(private readonly writes: DirectusWrites) {}

  @Post()
  @HttpCode(204)
  async check(@Question() question: DirectusQuestion): Promise<void> {
    await this.writes.check(question);
  }
}
