import { IsInstant } from '@trm/platform';
import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsBoolean,
  IsOptional,
  IsString,
  IsUUID,
  MaxLength,
} from 'class-validator';

/** What the Admin UI sends when somebody presses the button about positions on an entry. */
export class PressedPositionButton {
  @Equals('entries')
  collection!: string;

  @IsArray()
  @ArrayMinSize(1, { message: 'choose an entry' })
  @ArrayMaxSize(1, { message: 'choose one entry, not several' })
  @IsUUID('all', { each: true })
  keys!: string[];

  @IsInstant({ message: 'say from when' })
  from!: string;

  /** The same moment as `from` when left out: a single position. */
  @IsOptional()
  @IsInstant({ message: 'say until when' })
  to?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(500, { message: 'the reason must not be longer than 500 characters' })
  reason?: string | null;

  /** Left out or false, it is only shown what a mark would touch. */
  @IsOptional()
  @IsBoolean()
  do_it?: boolean | null;

  get entryId(): string {
    return this.keys[0]?.toLowerCase() ?? '';
  }
}
