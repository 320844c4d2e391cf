// SPDX-License-Identifier: GPL-3.0-or-later
//
// A second opinion on metadata: what exiftool reads of a file, and the rules of docs/metadata.md applied to it. Nothing
// here is taken from the server's own code.
import { spawnSync } from 'node:child_process';

export const hasExiftool = spawnSync('exiftool', ['-ver']).status === 0;

/** Runs exiftool once with @commands, lists of arguments each. */
export function exiftool(commands) {
  const input = commands.map((words) => [...words, '-execute'].join('\n')).join('\n');
  const { status, stdout, stderr } = spawnSync('exiftool', ['-@', '-'], { input: `${input}\n`, maxBuffer: 256 << 20 });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** All tags of all @files, by path: {"ExifIFD:DateTimeOriginal": "2024:08:13 12:34:56", …}. One process. */
export function readTags(files) {
  const { stdout } = spawnSync('exiftool', ['-json', '-n', '-G1', '-a', '-api', 'largefilesupport=1', '-@', '-'], {
    input: `${files.join('\n')}\n`,
    maxBuffer: 256 << 20,
  });
  return new Map(JSON.parse(stdout.toString()).map((tags) => [tags.SourceFile, tags]));
}

const text = (value) => (value === undefined || value === null ? undefined : String(Array.isArray(value) ? value[0] : value).trim() || undefined);
const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]).map((item) => String(item).replace(/\n/g, ' ').trim()).filter(Boolean);
const first = (tags, names) => names.map((name) => text(tags[name])).find((value) => value !== undefined);
const number = (value) => {
  const [word] = String(value ?? '').split(' ');
  return word === '' || Number.isNaN(Number(word)) ? undefined : Number(word);
};
const firstNumber = (tags, names) => names.map((name) => number(tags[name])).find((value) => value !== undefined);

/* ---- capture time ---- */

const MINUTE = 60_000;

/** {local: milliseconds of the wall clock, offset: minutes or undefined}; undefined for what is no date. */
export function parseDate(value) {
  const match = /^(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(value ?? '');
  if (!match) return undefined;
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = '0', zone] = match;
  const local = Date.UTC(+year, month - 1, +day, +hour, +minute, +second) + Math.floor(Number(fraction) * 1000 + 1e-6);
  const written = new Date(local);
  if (written.getUTCDate() !== +day || written.getUTCMonth() !== month - 1 || local === 0) return undefined;
  return { local, offset: parseOffset(zone) };
}

function parseOffset(zone) {
  if (zone === undefined) return undefined;
  if (zone === 'Z') return 0;
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  return match ? (match[1] === '-' ? -1 : 1) * (match[2] * 60 + Number(match[3])) : undefined;
}

const EXIF_DATES = [
  ['exif-original', 'ExifIFD:DateTimeOriginal', 'ExifIFD:SubSecTimeOriginal', 'ExifIFD:OffsetTimeOriginal'],
  ['exif-original', 'IFD0:DateTimeOriginal'],
  ['xmp', 'XMP-exif:DateTimeOriginal'],
  ['exif-digitized', 'ExifIFD:CreateDate', 'ExifIFD:SubSecTimeDigitized', 'ExifIFD:OffsetTimeDigitized'],
  ['xmp', 'XMP-xmp:CreateDate'],
  ['xmp', 'XMP-exif:DateTimeDigitized'],
  ['xmp', 'XMP-photoshop:DateCreated'],
];

function datesOf(tags) {
  const dates = EXIF_DATES.map(([source, name, subsecond, offset]) => {
    const date = parseDate(text(tags[name]));
    if (!date) return undefined;
    const fraction = /^\d+/.exec(subsecond ? String(tags[subsecond] ?? '').trim() : '')?.[0];
    if (fraction && date.local % 1000 === 0) date.local += Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6);
    return { ...date, source, own: parseOffset(text(tags[offset])) };
  });
  for (const [day, time] of [['IPTC:DateCreated', 'IPTC:TimeCreated'], ['IPTC:DigitalCreationDate', 'IPTC:DigitalCreationTime']]) {
    if (!text(tags[day])) continue;
    const date = parseDate(text(tags[time]) ? `${text(tags[day])} ${text(tags[time])}` : text(tags[day]));
    if (date) dates.push({ ...date, offset: date.offset === 0 ? undefined : date.offset, source: 'iptc' });
  }
  return dates.filter(Boolean);
}

function gpsClock(tags) {
  if (text(tags['GPS:GPSDateStamp']) && text(tags['GPS:GPSTimeStamp'])) return parseDate(`${text(tags['GPS:GPSDateStamp'])} ${text(tags['GPS:GPSTimeStamp'])}`)?.local;
  const xmp = parseDate(text(tags['XMP-exif:GPSDateTime']));
  return xmp && xmp.local - (xmp.offset ?? 0) * MINUTE;
}

function zoneByGps(local, clock) {
  if (clock === undefined) return undefined;
  const minutes = (local - clock) / MINUTE;
  const quarter = Math.round(minutes / 15) * 15;
  return Math.abs(quarter) <= 14 * 60 && Math.abs(minutes - quarter) <= 3 ? quarter : undefined;
}

/** {local, offset, source, zoneSource} of what the file itself says, or undefined. */
export function captureTime(tags) {
  const [best] = datesOf(tags);
  const clock = gpsClock(tags);
  if (!best) return clock === undefined ? undefined : { local: clock, offset: 0, source: 'gps', zoneSource: 'utc' };
  const { local, source } = best;
  const written = best.offset ?? best.own ?? parseOffset(text(tags['ExifIFD:OffsetTime']));
  if (written !== undefined) return { local, source, offset: written, zoneSource: 'tag' };
  const byGps = zoneByGps(local, clock);
  if (byGps !== undefined) return { local, source, offset: byGps, zoneSource: 'gps' };
  const lender = datesOf(tags).find((date) => date.offset !== undefined && Math.floor(date.local / MINUTE) === Math.floor(local / MINUTE));
  return { local, source, offset: lender?.offset, zoneSource: lender ? 'tag' : null };
}

/* ---- all else ---- */

const JUNK = /^(OLYMPUS DIGITAL CAMERA|SONY DSC|MINOLTA DIGITAL CAMERA|SAMSUNG|KODAK Digital Still Camera|binary comment|Screenshot|oplus_.*|DCIM\\.*)$/i;

function description(tags) {
  const comment = (value) => (value && /\p{L}/u.test(value) && !/^[[{<]/.test(value) ? value : undefined);
  return [
    text(tags['XMP-dc:Description']),
    text(tags['IFD0:ImageDescription']),
    text(tags['IPTC:Caption-Abstract']),
    comment(text(tags['IFD0:XPComment'])),
    comment(text(tags['ExifIFD:UserComment'])),
    comment(text(tags['XMP-exif:UserComment'])),
    text(tags['XMP-dc:Title']),
    text(tags['IPTC:ObjectName']),
    text(tags['IFD0:XPTitle']),
  ].find((value) => value && !JUNK.test(value));
}

function keywords(tags) {
  const paths = [
    ...list(tags['XMP-lr:HierarchicalSubject']),
    ...list(tags['XMP-digiKam:TagsList']).map((path) => path.replaceAll('/', '|')),
    ...list(tags['XMP-microsoft:LastKeywordXMP']).map((path) => path.replaceAll('/', '|')),
  ];
  const flat = [...list(tags['XMP-dc:Subject']), ...list(tags['IPTC:Keywords']), ...list(tags['IFD0:XPKeywords']).flatMap((words) => words.split(';'))];
  const known = new Set();
  const all = [];
  for (const keyword of [...paths, ...flat.map((word) => word.trim().replaceAll('|', '/'))]) {
    if (!keyword || known.has(keyword.toLowerCase())) continue;
    all.push(keyword);
    for (const part of [keyword, ...keyword.split('|')]) known.add(part.toLowerCase());
  }
  return all.sort();
}

function stars(tags) {
  const rating = firstNumber(tags, ['XMP-xmp:Rating', 'IFD0:Rating']);
  const percent = firstNumber(tags, ['XMP-microsoft:RatingPercent', 'IFD0:RatingPercent']);
  const ladder = { 1: 1, 25: 2, 50: 3, 75: 4, 99: 5 };
  const found = rating ?? ladder[percent];
  return found === undefined || found === 0 ? null : found;
}

const TURNS = {
  1: (x, y) => [x, y], 2: (x, y) => [1 - x, y], 3: (x, y) => [1 - x, 1 - y], 4: (x, y) => [x, 1 - y],
  5: (x, y) => [y, x], 6: (x, y) => [1 - y, x], 7: (x, y) => [1 - y, 1 - x], 8: (x, y) => [y, 1 - x],
};

function faces(tags) {
  const orientation = number(tags['IFD0:Orientation']) ?? number(tags['XMP-tiff:Orientation']) ?? 1;
  const numbers = (name) => (tags[name] === undefined ? [] : [tags[name]].flat()).map(Number);
  const [x, y, width, height] = ['X', 'Y', 'W', 'H'].map((side) => numbers(`XMP-mwg-rs:RegionArea${side}`));
  const [names, types] = ['Name', 'Type'].map((word) => [tags[`XMP-mwg-rs:Region${word}`] ?? []].flat());
  return x
    .map((_, i) => ({ name: names[i] ?? null, type: types[i], centre: TURNS[orientation](x[i], y[i]), size: orientation >= 5 ? [height[i], width[i]] : [width[i], height[i]] }))
    .filter(({ type }) => type === undefined || type === 'Face')
    .map(({ name, centre, size }) => `${name} ${[centre[0] - size[0] / 2, centre[1] - size[1] / 2, ...size].map((n) => n.toFixed(3)).join(' ')}`);
}

function lensOfNumbers(value) {
  const [from, to, wide, long] = String(value ?? '').split(' ').map(Number);
  if (!(from > 0)) return undefined;
  const range = (a, b) => (b > a ? `${a}-${b}` : `${a}`);
  return `${range(from, to)}mm${wide > 0 ? ` f/${range(wide, long)}` : ''}`;
}

const lens = (tags) =>
  first(tags, ['ExifIFD:LensModel', 'XMP-exifEX:LensModel', 'XMP-aux:Lens', 'Canon:LensModel']) ??
  ['ExifIFD:LensInfo', 'XMP-exifEX:LensInfo', 'XMP-aux:LensInfo'].map((name) => lensOfNumbers(tags[name])).find(Boolean) ??
  lensOfNumbers(`${tags['Canon:MinFocalLength']} ${tags['Canon:MaxFocalLength']}`);

/** Degrees, where all four parts are there. */
function position(tags) {
  const side = (name, negative) => {
    const value = number(tags[`GPS:GPS${name}`]);
    const letter = text(tags[`GPS:GPS${name}Ref`]);
    return value === undefined || !letter ? undefined : letter.startsWith(negative) ? -Math.abs(value) : value;
  };
  const exif = [side('Latitude', 'S'), side('Longitude', 'W')];
  const xmp = [number(tags['XMP-exif:GPSLatitude']), number(tags['XMP-exif:GPSLongitude'])];
  const found = [exif, xmp].find(([a, b]) => a !== undefined && b !== undefined && (a !== 0 || b !== 0));
  return found ? found.map((degrees) => degrees.toFixed(5)).join(' ') : null;
}

const rounded = (value, digits) => (value > 0 ? Number(value.toPrecision(digits)) : null);

/** What the API should answer about a still whose tags are @tags; the fields of observed(). */
export function expected(tags) {
  const time = captureTime(tags);
  return {
    local: time ? new Date(time.local).toISOString() : null,
    offset: time?.offset ?? null,
    source: time?.source ?? null,
    zoneSource: time?.zoneSource ?? null,
    make: first(tags, ['IFD0:Make', 'XMP-tiff:Make']) ?? null,
    model: first(tags, ['IFD0:Model', 'XMP-tiff:Model']) ?? null,
    lens: lens(tags) ?? null,
    exposure: rounded(firstNumber(tags, ['ExifIFD:ExposureTime', 'XMP-exif:ExposureTime']), 2),
    aperture: rounded(firstNumber(tags, ['ExifIFD:FNumber', 'XMP-exif:FNumber']), 3),
    iso: firstNumber(tags, ['ExifIFD:ISO', 'XMP-exif:ISO', 'XMP-exifEX:PhotographicSensitivity']) ?? null,
    focal: rounded(firstNumber(tags, ['ExifIFD:FocalLength', 'XMP-exif:FocalLength']), 3),
    focal35: firstNumber(tags, ['ExifIFD:FocalLengthIn35mmFormat', 'XMP-exif:FocalLengthIn35mmFormat']) || null,
    orientation: number(tags['IFD0:Orientation']) ?? number(tags['XMP-tiff:Orientation']) ?? null,
    position: position(tags),
    altitude: rounded(Math.abs(firstNumber(tags, ['GPS:GPSAltitude', 'XMP-exif:GPSAltitude']) ?? NaN), 5),
    rating: stars(tags),
    description: description(tags) ?? '',
    keywords: keywords(tags),
    faces: faces(tags),
    projection: text(tags['XMP-GPano:ProjectionType']) ?? null,
    burst: first(tags, ['Apple:BurstUUID', 'XMP-GCamera:BurstID']) ?? null,
    size: `${tags['File:ImageWidth'] ?? tags['PNG:ImageWidth'] ?? tags['RIFF:ImageWidth'] ?? ''}×${tags['File:ImageHeight'] ?? tags['PNG:ImageHeight'] ?? tags['RIFF:ImageHeight'] ?? ''}`,
  };
}

const seconds = (value) => {
  if (!value) return null;
  const [above, below = 1] = value.split('/').map(Number);
  return rounded(above / below, 2);
};

const minutesOf = (zone) => {
  if (!zone) return null;
  const match = /^UTC(?:([+-])(\d+)(?::(\d\d))?)?$/.exec(zone);
  return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0)) || 0 : zone;
};

/** The server's answer about one asset in the same shape. */
export function observed(asset, proof) {
  const exif = asset.exifInfo;
  const isOfFile = !['client', 'file-time', 'file-name', 'exif-modified'].includes(proof.dateSource);
  return {
    local: isOfFile ? asset.localDateTime : null,
    offset: isOfFile ? minutesOf(exif.timeZone) : null,
    source: isOfFile ? proof.dateSource : null,
    zoneSource: isOfFile ? proof.zoneSource : null,
    make: exif.make,
    model: exif.model,
    lens: exif.lensModel,
    exposure: seconds(exif.exposureTime),
    aperture: rounded(exif.fNumber, 3),
    iso: exif.iso,
    focal: rounded(exif.focalLength, 3),
    focal35: proof.focalLength35mm,
    orientation: exif.orientation === null ? null : Number(exif.orientation),
    position: exif.latitude === null ? null : `${exif.latitude.toFixed(5)} ${exif.longitude.toFixed(5)}`,
    altitude: rounded(Math.abs(proof.altitude ?? NaN), 5),
    rating: exif.rating,
    description: exif.description,
    keywords: [...proof.keywords].sort(),
    faces: proof.faces.map((face) => `${face.name} ${[face.x, face.y, face.width, face.height].map((n) => n.toFixed(3)).join(' ')}`),
    projection: exif.projectionType,
    burst: proof.burst?.id ?? null,
    size: `${exif.exifImageWidth ?? ''}×${exif.exifImageHeight ?? ''}`,
  };
}

/** "field: ours …, exiftool …" for each that differs. */
export function differences(ours, theirs) {
  const show = (value) => JSON.stringify(value);
  return Object.keys(theirs).filter((field) => show(ours[field]) !== show(theirs[field])).map((field) => ({ field, words: `${field}: ours ${show(ours[field])}, exiftool ${show(theirs[field])}` }));
}
