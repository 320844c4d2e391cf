// SPDX-License-Identifier: GPL-3.0-or-later
//
// One photo on its way to a server, as cheaply as Node can: on a kept connection, the bytes as they lie in memory.
import { request } from 'node:http';

/** A multipart upload of @pieces, one behind the other; settles once the server has answered that it is stored. */
export function sendPhoto(agent, server, key, pieces, name) {
  const boundary = 'ambrotype-bench';
  const field = (word, value) => `--${boundary}\r\nContent-Disposition: form-data; name="${word}"\r\n\r\n${value}\r\n`;
  const all = [
    Buffer.from(
      field('fileCreatedAt', '2024-08-01T10:00:00.000Z') + field('fileModifiedAt', '2024-08-01T10:00:00.000Z') +
        `--${boundary}\r\nContent-Disposition: form-data; name="assetData"; filename="${name}"\r\nContent-Type: image/jpeg\r\n\r\n`),
    ...pieces,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ];
  return new Promise((settle, fail) => {
    const call = request(new URL('/api/assets', server.url), {
      method: 'POST',
      agent,
      headers: {
        'x-api-key': key,
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': all.reduce((sum, piece) => sum + piece.length, 0),
      },
    }, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode === 201 ? settle() : fail(new Error(`answered ${answer.statusCode}`))));
    });
    call.on('error', fail);
    for (const piece of all) call.write(piece);
    call.end();
  });
}
