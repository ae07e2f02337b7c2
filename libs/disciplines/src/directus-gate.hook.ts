import { Controller, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  AnsweredOnceGuard,
  AnswersInTime,
  type DirectusQuestion,
  HookSignatureGuard,
  Question,
} from '@trm/platform';
import { DirectusGate } from './directus-gate.js';

/**
 * Directus asks here before it writes, and waits. 2xx lets the write go on; a problem is shown to the person.
 * Whatever looks something up for the answer does so in the `HookDatabase`.
 */
@ApiExcludeController()
@UseGuards(HookSignatureGuard, AnsweredOnceGuard)
@UseInterceptors(AnswersInTime)
@Controller('v1/hooks/directus/guard')
export class DirectusGateHook {
  constructor(private readonly gate: DirectusGate) {}

  @Post()
  @HttpCode(204)
  async check(@Question() question: DirectusQuestion): Promise<void> {
    await this.gate.check(question);
  }
}
