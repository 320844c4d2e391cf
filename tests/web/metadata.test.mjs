// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the metadata says, on the page: a photo and its side file dropped together, then keywords, faces and dates in the
// details and over the picture.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jpeg } from '../http/photo.mjs';
import { startServer } from '../http/server.mjs';
import { PHONE, checkAccess, close, drop, open, shot, startBrowser } from './browser.mjs';

let server;
let browser;
let session;
before(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
  session = await server.signUp();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

// Stored lying; upright it stands: what is left above in the file is right above on the screen.
const photo = jpeg({ width: 640, height: 480, exif: { date: '2024:08:13 12:34:56', orientation: 6, make: 'Canon', model: 'EOS R5', position: [48.2, 16.4] } });
const region = (name, x, y) =>
  `<rdf:li><rdf:Description mwg-rs:Type='Face' ${name ? `mwg-rs:Name='${name}'` : ''}><mwg-rs:Area stArea:x='${x}' stArea:y='${y}' stArea:w='0.2' stArea:h='0.2' stArea:unit='normalized'/></rdf:Description></rdf:li>`;
const sidecar = Buffer.from(
  "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' " +
    "xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:lr='http://ns.adobe.com/lightroom/1.0/' xmlns:GPano='http://ns.google.com/photos/1.0/panorama/' " +
    "xmlns:mwg-rs='http://www.metadataworkinggroup.com/schemas/regions/' xmlns:stArea='http://ns.adobe.com/xmp/sType/Area#' xmlns:stDim='http://ns.adobe.com/xap/1.0/sType/Dimensions#' " +
    "exif:DateTimeOriginal='2024-08-13T12:30:00+02:00' GPano:ProjectionType='equirectangular'>" +
    '<lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|Vienna</rdf:li></rdf:Bag></lr:hierarchicalSubject>' +
    `<mwg-rs:Regions rdf:parseType='Resource'><mwg-rs:AppliedToDimensions stDim:w='640' stDim:h='480' stDim:unit='pixel'/><mwg-rs:RegionList><rdf:Bag>${region('Ann', 0.25, 0.25)}${region('', 0.6, 0.6)}</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>` +
    '</rdf:Description></rdf:RDF></x:xmpmeta>',
);

test('a photo and its side file, dropped together, tell dates, keywords and faces', async () => {
  const page = await open(browser, server, { session });
  await page.goto('/');
  await drop(page, [
    { name: 'vienna.jpg.xmp', bytes: sidecar, type: '' },
    { name: 'vienna.jpg', bytes: photo },
  ]);
  const uploads = page.getByRole('region', { name: 'Uploads' });
  await uploads.getByText('All done').waitFor();
  await uploads.getByRole('listitem').filter({ hasText: 'vienna.jpg.xmp' }).getByText('Stored').waitFor();
  const waited = await server.cli(['jobs', '--wait']);
  assert.equal(waited.code, 0, waited.stderr);
  await page.goto('/');
  await page.getByRole('link', { name: /Photo, 13 August 2024/ }).click();
  await page.keyboard.press('i');
  const details = page.getByRole('complementary', { name: 'Details' });
  for (const words of ['from the XMP file beside it', 'time zone as the file says', 'Places › Vienna', 'Ann, 1 face without a name', '360° picture', 'XMP side file', 'UTC+2']) {
    await details.getByText(words).first().waitFor();
  }
  await details.getByRole('button', { name: 'Frame the faces' }).click();
  const [frame, picture] = await Promise.all([
    page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: 'Ann' }).boundingBox(),
    page.getByRole('img', { name: /vienna\.jpg/ }).boundingBox(),
  ]);
  const [left, top] = [(frame.x + frame.width / 2 - picture.x) / picture.width, (frame.y + frame.height / 2 - picture.y) / picture.height];
  assert.ok(Math.abs(left - 0.75) < 0.02 && Math.abs(top - 0.25) < 0.02, `the frame is at ${left}, ${top}`);
  await checkAccess(page, 'faces and details');
  await shot(page, 'viewer-faces');
  await page.keyboard.press('p');
  await page.getByRole('list', { name: 'People' }).waitFor({ state: 'detached' });
  await close(page);
});

test('on a phone, too', async () => {
  const page = await open(browser, server, { session, ...PHONE });
  await page.goto('/');
  await page.getByRole('link', { name: /Photo, 13 August 2024/ }).click();
  await page.getByRole('button', { name: 'Frame the faces' }).click();
  await page.getByRole('list', { name: 'People' }).getByText('Ann').waitFor();
  await page.getByRole('button', { name: 'Details' }).click();
  await page.getByText('Places › Vienna').waitFor();
  await shot(page, 'viewer-faces-phone');
  await close(page);
});
