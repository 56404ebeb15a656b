/** A refusal in the service's words; the SDK makes its own exception of it. */
export class ServiceError extends Error {
  readonly status: number;
  readonly type: string;

  constructor({ status, type, message }: { status: number; type: string; message: string }) {
    super(message);
    this.name = type;
    this.status = status;
    this.type = type;
  }
}

export const invalid = (message: string): ServiceError =>
  new ServiceError({ status: 400, type: 'ValidationException', message });

export const conflict = (message: string): ServiceError =>
  new ServiceError({ status: 409, type: 'ConflictException', message });

export const notFound = (message: string): ServiceError =>
  new ServiceError({ status: 404, type: 'ResourceNotFoundException', message });
