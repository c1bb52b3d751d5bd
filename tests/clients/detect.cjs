// Runs ONNX files in onnxruntime-node: an array of { model, feeds: { name: { type, dims, data } } } on standard input, an array of
// { name: { dims, data } } on standard output. Bytes are in base64.
const ort = require('onnxruntime-node');

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const answers = [];
  const sessions = new Map();
  for (const { model, feeds } of JSON.parse(Buffer.concat(chunks))) {
    if (!sessions.has(model)) sessions.set(model, await ort.InferenceSession.create(model));
    const inputs = {};
    for (const [name, { type, dims, data }] of Object.entries(feeds)) inputs[name] = tensor(type, dims, Buffer.from(data, 'base64'));
    const answer = {};
    for (const [name, value] of Object.entries(await sessions.get(model).run(inputs)))
      answer[name] = { dims: value.dims, data: Array.from(value.data, Number) };
    answers.push(answer);
  }
  process.stdout.write(JSON.stringify(answers));
}

function tensor(type, dims, bytes) {
  const copy = new Uint8Array(bytes).buffer;
  const arrays = { uint8: Uint8Array, float32: Float32Array, int64: BigInt64Array };
  return new ort.Tensor(type, new arrays[type](copy), dims);
}

main();
