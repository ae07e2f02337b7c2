import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { FoundBy } from './registration-store.js';

/** What the Admin UI sends when somebody presses a button on an entry: where, and the fields of its dialog. */
export class PressedEntryButton {
  @Equals('entries')
  collection!: string;

  @IsArray()
  @ArrayMinSize(1, { message: 'choose an entry' })
  @ArrayMaxSize(1, { message: 'choose one entry, not several' })
  @IsUUID('all', { each: true })
  keys!: string[];

  @IsOptional()
  @IsString()
  @MaxLength(500, { message: 'the reason must not be longer than 500 characters' })
  reason?: string | null;

  /** Of a confirmation: the number to take. */
  @IsOptional()
  @IsInt({ message: 'the race number must be a whole number' })
  @Min(0)
  @Max(2_147_483_647)
  race_number?: number | null;

  /** Of a copy: what the earlier entry is found by. */
  @IsOptional()
  @IsIn(['any', 'vehicle', 'pilot', 'team'])
  found_by?: FoundBy | null;

  /** Of a copy: left out or false, it is only shown. */
  @IsOptional()
  @IsBoolean()
  do_it?: boolean | null;

  get entryId(): string {
    return this.keys[0]?.toLowerCase() ?? '';
  }
}
