// Server-sent events read from a response's body, which EventSource cannot do for a POST.

const LINE_END = /\r\n|\n|\r/;

/** Yield {name, data} for every event of a byte stream; what is left unfinished at its end is dropped. */
export async function* readEvents(body) {
  let name = "message";
  let data = [];
  for await (const line of readLines(body)) {
    if (line === "") {
      if (data.length > 0) {
        yield { name, data: data.join("\n") };
      }
      name = "message";
      data = [];
      continue;
    }
    const [field, value] = split(line);
    if (field === "event") {
      name = value;
    } else if (field === "data") {
      data.push(value);
    }
  }
}

async function* readLines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      pending += value;
      // a carriage return at the end may be half of a line end whose other half has not come yet
      const isHalf = pending.endsWith("\r");
      const lines = (isHalf ? pending.slice(0, -1) : pending).split(LINE_END);
      pending = lines.pop() + (isHalf ? "\r" : "");
      yield* lines;
    }
  } finally {
    await reader.cancel();
  }
}

function split(line) {
  const colon = line.indexOf(":");
  if (colon === -1) {
    return [line, ""];
  }
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(" ") ? value.slice(1) : value];
}
