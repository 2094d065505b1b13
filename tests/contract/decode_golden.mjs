// Reads golden datagrams with the code that flatc generates for TypeScript, and prints what it finds as JSON.
// Arguments: the directory of the compiled code, the flatbuffers package, the files. Knows no size and no offset but the header's.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [directory, flatbuffersPath, ...files] = process.argv.slice(2);
const { ByteBuffer } = await import(pathToFileURL(flatbuffersPath));

const HEADER_BYTES = 48;
const TAG_BYTES = 16;
const BATCHES = {
  1: ["HelloBatch", "hellos"],
  2: ["WelcomeBatch", "welcomes"],
  3: ["CommandBatch", "commands"],
  4: ["OutcomeBatch", "outcomes"],
  5: ["NotLeaderBatch", "leaders"],
  6: ["EventBatch", "events"],
  7: ["EventRangeBatch", "ranges"],
  9: ["SessionRejectBatch", "rejects"],
};

function headerOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    type: String(view.getUint8(5)),
    count: String(view.getUint16(40, true)),
    session_id: String(view.getBigUint64(16, true)),
    seq: String(view.getBigUint64(24, true)),
    ack: String(view.getBigUint64(32, true)),
    window: String(view.getUint16(44, true)),
    epoch: String(view.getUint32(12, true)),
    shard: String(view.getUint32(8, true)),
    key_id: String(view.getUint16(46, true)),
  };
}

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const hex = (bytes) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");

const kebab = (name) => name.replace(/(?<=.)([A-Z])/g, "-$1").toLowerCase();

async function generated(name) {
  return (await import(pathToFileURL(`${directory}/${kebab(name)}.js`)))[name];
}

/** The fields that `expected` names. The generated code does not say how long an array is: `expected` does. */
async function fieldsOf(item, expected) {
  const struct = await generated(expected.struct);
  const view = new struct().__init(item.bb_pos, item.bb);
  const found = { struct: expected.struct };
  for (const [field, text] of Object.entries(expected)) {
    if (field === "struct") continue;
    const accessor = view[camel(field)].bind(view);
    found[field] = accessor.length
      ? hex(Array.from({ length: text.length / 2 }, (_, at) => accessor(at)))
      : String(accessor());
  }
  return found;
}

async function structsOf(type, payload, expected) {
  if (payload.length === 0) return [];
  const [name, plural] = BATCHES[type];
  const batch = await generated(name);
  const root = batch[`getRootAs${name}`](new ByteBuffer(payload));
  const places = Array.from({ length: root[`${plural}Length`]() }, (_, at) => at);
  return Promise.all(places.map((at) => fieldsOf(root[plural](at), expected[at])));
}

const read = {};
for (const file of files) {
  const golden = JSON.parse(readFileSync(file, "utf8"));
  const bytes = Uint8Array.from(Buffer.from(golden.datagram.join("").replaceAll(" ", ""), "hex"));
  const header = headerOf(bytes);
  const payload = bytes.slice(HEADER_BYTES, -TAG_BYTES);
  read[file] = { header, structs: await structsOf(header.type, payload, golden.structs) };
}
console.log(JSON.stringify(read));
