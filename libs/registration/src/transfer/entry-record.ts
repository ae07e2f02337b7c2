import type { CrewRole, VehicleKind } from '@trm/rules';

/** A person of the organisation. */
export interface PersonRecord {
  readonly personId: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** In lower case. */
  readonly email: string | null;
  /** YYYY-MM-DD */
  readonly birthDate: string | null;
  readonly nationality: string | null;
  readonly active: boolean;
}

export interface VehicleRecord {
  readonly vehicleId: string;
  readonly kind: VehicleKind;
  readonly make: string;
  readonly model: string | null;
  readonly year: number | null;
  readonly plate: string | null;
  readonly sailNumber: string | null;
  readonly rating: number | null;
}

/** A live entry with all that a file of entries tells of it. */
export interface EntryRecord {
  readonly entryId: string;
  readonly raceNumber: number | null;
  readonly name: string;
  readonly classCode: string | null;
  readonly teamName: string | null;
  readonly vehicle: VehicleRecord | null;
  readonly crew: readonly (PersonRecord & { readonly role: CrewRole })[];
  /** Bound now or later; `wornBy` is a person of the crew. */
  readonly devices: readonly { readonly imei: string; readonly wornBy: string | null }[];
}
