import type { Expression } from '../../contract/calendar/index.ts';

/** The target of a schedule, as far as it is emulated. */
export interface Target {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly SqsParameters?: { readonly MessageGroupId?: string };
  readonly RetryPolicy: { readonly MaximumEventAgeInSeconds: number; readonly MaximumRetryAttempts: number };
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

/** What a caller may say of a schedule, checked, with AWS's defaults filled in. Dates are seconds since the epoch. */
export interface ScheduleSettings {
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly StartDate?: number;
  readonly EndDate?: number;
  readonly Description?: string;
  readonly KmsKeyArn?: string;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly ActionAfterCompletion: 'NONE' | 'DELETE';
  readonly FlexibleTimeWindow: {
    readonly Mode: 'OFF' | 'FLEXIBLE';
    readonly MaximumWindowInMinutes?: number;
  };
  readonly Target: Target;
}

export interface Schedule {
  readonly arn: string;
  readonly group: string;
  readonly name: string;
  readonly settings: ScheduleSettings;
  readonly expression: Expression;
  /** Milliseconds since the epoch, as are the next. */
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly clientToken?: string;
}

export interface ScheduleGroup {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  readonly clientToken?: string;
  readonly tags: readonly Tag[];
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}
