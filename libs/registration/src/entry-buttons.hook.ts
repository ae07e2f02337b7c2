import { Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Command, type DirectusCommand, HookSignatureGuard } from '@trm/platform';
import type { EntryButtonAnswer } from './entry-answers.js';
import { EntryButtons } from './entry-buttons.js';

/** Directus tells here which button somebody pressed on an entry, and shows the answer to that person. */
@ApiExcludeController()
@UseGuards(HookSignatureGuard)
@Controller('v1/hooks/directus/entry-commands')
export class EntryButtonsHook {
  constructor(private readonly buttons: EntryButtons) {}

  @Post()
  @HttpCode(200)
  async press(@Command() command: DirectusCommand): Promise<EntryButtonAnswer> {
    return this.buttons.press(command);
  }
}
