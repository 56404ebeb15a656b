import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { SqsMessage, SqsMessageAttribute } from './sqs-api.ts';

/** The event in which Lambda hands messages of a queue to a function. */
export function sqsEvent(options: {
  messages: readonly SqsMessage[];
  queueArn: string;
  region: string;
}): SQSEvent {
  const { messages, queueArn, region } = options;
  return { Records: messages.map((message) => record({ message, queueArn, region })) };
}

function record(options: { message: SqsMessage; queueArn: string; region: string }): SQSRecord {
  const { message, queueArn, region } = options;
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(
    ([name, value]) => [name, attribute(value)] as const,
  );
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(attributes),
    ...(message.MD5OfMessageAttributes && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

function systemAttributes({ Attributes = {} }: SqsMessage): SQSRecord['attributes'] {
  // SQS sends the four that the type demands with every message received with "All".
  const { ApproximateReceiveCount = '1', SentTimestamp = '0', SenderId = '' } = Attributes;
  const { ApproximateFirstReceiveTimestamp = SentTimestamp } = Attributes;
  return {
    ...Attributes,
    ApproximateReceiveCount,
    SentTimestamp,
    SenderId,
    ApproximateFirstReceiveTimestamp,
  };
}

function attribute({ DataType, StringValue, BinaryValue }: SqsMessageAttribute) {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType as 'String' | 'Number' | 'Binary',
  };
}
