import type {
  BoundDevice,
  CrewMember,
  Discipline,
  EntryCheck,
  EntryFacts,
  EntryVehicle,
  Violation,
} from '../disciplines/types.js';

/** An entry of an earlier event. */
export interface PreviousEntry {
  readonly eventName: string;
  readonly discipline: Discipline;
  readonly className?: string | null;
  readonly teamName?: string | null;
  readonly crew: readonly CrewMember[];
  readonly devices: readonly BoundDevice[];
  readonly vehicleId: string | null;
  /** Needed to judge the vehicle; without it the vehicle is not copied. */
  readonly vehicle?: EntryVehicle | null;
  /** What messages call the vehicle: "KTM 450 EXC-F". */
  readonly vehicleName?: string;
  readonly checks?: readonly EntryCheck[];
}

/** The entry that takes over the crew, with what it has already. */
export interface CrewCopyTarget extends EntryFacts {
  readonly vehicleId: string | null;
}

/** What is known today of a person of the earlier crew. */
export interface CopiedPerson {
  readonly personId: string;
  readonly name: string;
  /** The account can still be used. */
  readonly active: boolean;
  /** Of the organisation that runs the event. */
  readonly isMember: boolean;
  /** YYYY-MM-DD */
  readonly birthDate: string | null;
  /** The other entry of the same event whose crew the person is in, as it is called ("#12"). */
  readonly inOtherEntry: string | null;
}

/** What is known today of a tracker of the earlier entry. */
export interface CopiedDevice {
  readonly deviceId: string;
  readonly imei: string;
  /** The other entry that has the tracker in the time of the event, as it is called ("#12"). */
  readonly boundTo: string | null;
}

export interface CrewCopyQuestion {
  readonly previous: PreviousEntry;
  readonly target: CrewCopyTarget;
  /** Somebody who is missing here has no account any more. */
  readonly people: readonly CopiedPerson[];
  /** A tracker that is missing here has left the organisation. */
  readonly devices: readonly CopiedDevice[];
}

/** What became of one thing of the earlier entry. */
export interface CrewCopyItem {
  readonly what: 'person' | 'vehicle' | 'device' | 'document';
  /** The person, vehicle, device or check item. */
  readonly id: string;
  /** What people call it. */
  readonly label: string;
  /** The role or wearer before and now, where it changed. */
  readonly from?: string;
  readonly to?: string;
  /** A sentence. */
  readonly reason: string;
}

export interface CrewCopyPlan {
  /** The whole crew: who was there, then who is copied. */
  readonly crew: readonly CrewMember[];
  readonly devices: readonly BoundDevice[];
  /** `keep`: the entry has one; `take`: that of the earlier entry; `none`: it stays without. */
  readonly vehicle: 'keep' | 'take' | 'none';
  readonly copied: readonly CrewCopyItem[];
  readonly changed: readonly CrewCopyItem[];
  readonly dropped: readonly CrewCopyItem[];
  /** What `checkEntry` finds in the entry as planned. */
  readonly violations: readonly Violation[];
}
