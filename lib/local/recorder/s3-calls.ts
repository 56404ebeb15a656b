import type { ArnBook, Requirement, WireRequest } from './recorded-call.ts';

export interface S3Call {
  readonly operation: string;
  readonly requires: readonly Requirement[];
}

/** The operation of a path-style request, by https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
export function s3Call(options: { request: WireRequest; arns: ArnBook }): S3Call {
  const { request, arns } = options;
  const { pathname, searchParams: query } = new URL(request.url, 'http://s3');
  const [bucket = '', ...rest] = pathname.slice(1).split('/').map(decodeURIComponent);
  const key = rest.join('/');
  if (bucket === '') return call('ListBuckets', [{ action: 's3:ListAllMyBuckets', resource: '*' }]);
  const arn = arns.bucket(bucket);
  return key === ''
    ? ofBucket(request, query, arn)
    : ofObject({ request, query, resource: `${arn}/${key}`, arns });
}

function ofBucket({ method }: WireRequest, query: URLSearchParams, arn: string): S3Call {
  if (method === 'POST' && query.has('delete')) {
    return call('DeleteObjects', [{ action: 's3:DeleteObject', resource: `${arn}/*` }]);
  }
  const listing: Record<string, string> = {
    GET: query.has('list-type') ? 'ListObjectsV2' : 'ListObjects',
    HEAD: 'HeadBucket',
  };
  const operation = listing[method];
  if (operation !== undefined) return call(operation, [{ action: 's3:ListBucket', resource: arn }]);
  const change = method === 'PUT' ? 'CreateBucket' : 'DeleteBucket';
  return call(change, [{ action: `s3:${change}`, resource: arn }]);
}

interface ObjectRequest {
  readonly request: WireRequest;
  readonly query: URLSearchParams;
  readonly resource: string;
  readonly arns: ArnBook;
}

function ofObject({ request, query, resource, arns }: ObjectRequest): S3Call {
  const put = { action: 's3:PutObject', resource };
  switch (request.method) {
    case 'GET':
      return call('GetObject', [{ action: 's3:GetObject', resource }]);
    case 'HEAD':
      return call('HeadObject', [{ action: 's3:GetObject', resource }]);
    case 'DELETE':
      return query.has('uploadId')
        ? call('AbortMultipartUpload', [{ action: 's3:AbortMultipartUpload', resource }])
        : call('DeleteObject', [{ action: 's3:DeleteObject', resource }]);
    case 'POST':
      return call(query.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload', [put]);
    default: {
      if (request.copySource === undefined)
        return call(query.has('uploadId') ? 'UploadPart' : 'PutObject', [put]);
      const [bucket = '', ...rest] = decodeURIComponent(request.copySource).replace(/^\//, '').split('/');
      const source = `${arns.bucket(bucket)}/${rest.join('/')}`;
      return call('CopyObject', [put, { action: 's3:GetObject', resource: source }]);
    }
  }
}

function call(operation: string, requires: readonly Requirement[]): S3Call {
  return { operation, requires };
}
