// A Node function that takes its time before it listens: slow_server.js PORT MILLISECONDS
const http = require("http");
const [port, delay] = process.argv.slice(2).map(Number);

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => response.end(Buffer.concat(pieces)));
});
setTimeout(() => server.listen(port, "127.0.0.1"), delay);
