// seen_server.js PORT FILE: writes each request that it has read to its end to FILE, a line of JSON, before it answers.
const fs = require("fs");
const http = require("http");

const [port, file] = process.argv.slice(2);
const server = http.createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const body = Buffer.concat(pieces).toString("latin1");
    fs.appendFileSync(file, JSON.stringify({ method: request.method, target: request.url, body, status: 200 }) + "\n");
    response.end("seen");
  });
});
server.listen(Number(port), "127.0.0.1", 1024);
