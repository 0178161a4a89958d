// An Express application: server.js PORT
const crypto = require("crypto");
const express = require("express");

const app = express();
const block = Buffer.from(Array.from({ length: 65536 }, (_, i) => i & 255));

app.post("/echo", (request, response) => request.pipe(response.type("application/octet-stream")));
app.post("/sum", (request, response) => {
  const digest = crypto.createHash("sha256");
  request.on("data", (piece) => digest.update(piece));
  request.on("end", () => response.send(digest.digest("hex")));
});
app.get("/download", (request, response) => {
  let left = Number(request.query.size);
  response.set("Content-Length", String(left)).type("application/octet-stream");
  const more = () => {
    while (left > 0) {
      const piece = block.subarray(0, Math.min(left, block.length));
      left -= piece.length;
      if (!response.write(piece)) return response.once("drain", more);
    }
    response.end();
  };
  more();
});
app.get("/events", (request, response) => {
  response.type("text/event-stream");
  for (let number = 0; number < 5; number++) response.write(`data: ${number}\n\n`);
  response.end();
});
app.get("/seen", (request, response) => {
  const raw = request.rawHeaders;
  const fields = raw.map((name, i) => [name, raw[i + 1]]).filter((_, i) => i % 2 === 0);
  response.json({ path: request.path, query: request.originalUrl.split("?")[1], host: request.get("Host"), fields });
});
app.get("/fails", () => {
  throw new Error("on purpose");
});
app.listen(Number(process.argv[2]), "127.0.0.1");
