import { Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Command, type DirectusCommand, HookSignatureGuard } from '@trm/platform';
import { StageButtons } from './stage-buttons.js';
import type { Answer } from './stage-answers.js';

/** Directus tells here which button somebody pressed on a stage, and shows the answer to that person. */
@ApiExcludeController()
@UseGuards(HookSignatureGuard)
@Controller('v1/hooks/directus/commands')
export class StageButtonsHook {
  constructor(private readonly buttons: StageButtons) {}

  @Post()
  @HttpCode(200)
  async press(@Command() command: DirectusCommand): Promise<Answer> {
    return this.buttons.press(command);
  }
}
