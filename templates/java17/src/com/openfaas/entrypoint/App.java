package com.openfaas.entrypoint;

import com.openfaas.function.Handler;
import com.openfaas.model.IHandler;
import com.openfaas.model.IResponse;
import com.openfaas.model.Request;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Serves the function on 127.0.0.1:8082 for the watchdog, which sets all limits of size, time and number. */
public final class App {
    private static final int PORT = 8082;
    private static final int BACKLOG = 1024;

    private App() {}

    public static void main(String[] args) throws IOException {
        // The server reads these once. Without the first one an answer waits 40 ms for the reader's acknowledgement; the next two keep
        // connections for as long as the watchdog does; the last one is the watchdog's own limit.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.idleInterval", "120");
        System.setProperty("sun.net.httpserver.maxIdleConnections", "512");
        System.setProperty("sun.net.httpserver.maxReqHeaderSize", Integer.toString(1 << 20));

        IHandler handler = new Handler();
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), PORT), BACKLOG);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(handler, exchange);
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(server, threads)));
        server.start();
    }

    /** On SIGTERM: calls in progress get their answers. The watchdog ends the process if that takes too long. */
    private static void finish(HttpServer server, ExecutorService threads) {
        threads.shutdown();
        try {
            threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
        server.stop(0);
    }

    private static void answer(IHandler handler, HttpExchange exchange) throws IOException {
        URI target = exchange.getRequestURI();
        byte[] body = exchange.getRequestBody().readAllBytes();
        Request request =
                new Request(exchange.getRequestMethod(), body, exchange.getRequestHeaders(), target.getRawQuery(), target.getPath());
        int status;
        byte[] content;
        try {
            IResponse response = handler.Handle(request);
            status = response.getStatusCode();
            content = response.getBodyBytes();
            response.getHeaders().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            String type = response.getContentType();
            if (type != null && !type.isEmpty()) {
                exchange.getResponseHeaders().set("Content-Type", type);
            }
        } catch (Throwable failure) { // an Error too is no reason to leave the caller without an answer
            failure.printStackTrace();
            status = 500;
            content = "{\"error\":\"the function failed\"}\n".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().clear();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
        }
        send(exchange, status, content);
    }

    private static void send(HttpExchange exchange, int status, byte[] content) throws IOException {
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
        }
        // Here -1 stands for "no body" and 0 for "chunked".
        boolean empty = head || content.length == 0 || status == 204 || status == 304;
        exchange.sendResponseHeaders(status, empty ? -1 : content.length);
        if (!empty) {
            exchange.getResponseBody().write(content);
        }
    }
}
