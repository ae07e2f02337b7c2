import { ArrayUnique, IsIn, IsInt, IsString, IsUUID, Matches, Min } from 'class-validator';
import { SHA256_HEX } from './patterns.js';

/** Topic of the outbox row that is written with every version of a start list behind the first; its key is the stage's id. */
export const START_LIST_CHANGED = 'start_list.changed';

/** A published start list was superseded: these entries start elsewhere, at another time, or not at all. */
export class StartListChanged {
  @IsIn([1])
  readonly v = 1;

  @IsUUID()
  readonly stageId!: string;

  @IsUUID()
  readonly startListId!: string;

  @IsInt()
  @Min(2)
  readonly version!: number;

  /** SHA-256 of the published list, hexadecimal. */
  @Matches(SHA256_HEX)
  readonly checksum!: string;

  /** What was done, as `stage_changes.action` calls it. */
  @IsString()
  readonly action!: string;

  /** Entries whose line differs from the version before. */
  @IsUUID(undefined, { each: true })
  @ArrayUnique()
  readonly entryIds!: readonly string[];
}
