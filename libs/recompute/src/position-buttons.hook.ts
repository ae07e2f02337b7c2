import { Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Command, type DirectusCommand, HookSignatureGuard } from '@trm/platform';
import { type PositionButtonAnswer, PositionButtons } from './position-buttons.js';

/** Directus tells here that somebody pressed the button about positions on an entry, and shows the answer. */
@ApiExcludeController()
@UseGuards(HookSignatureGuard)
@Controller('v1/hooks/directus/position-commands')
export class PositionButtonsHook {
  constructor(private readonly buttons: PositionButtons) {}

  @Post()
  @HttpCode(200)
  async press(@Command() command: DirectusCommand): Promise<PositionButtonAnswer> {
    return this.buttons.press(command);
  }
}
