package com.openfaas.function;

import com.openfaas.model.AbstractHandler;
import com.openfaas.model.IRequest;
import com.openfaas.model.IResponse;
import com.openfaas.model.Response;
import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

public class Handler extends AbstractHandler {
    @Override
    public IResponse Handle(IRequest request) {
        Response response = new Response();
        String path = request.getPathRaw();
        if (path.startsWith("/seen")) {
            response.setContentType("application/json");
            response.setBody(seen(request));
        } else if (path.equals("/json")) {
            response.setHeader("Content-Type", "application/json");
            response.setBody(request.getBody());
        } else if (path.equals("/status")) {
            response.setStatusCode(201);
            response.setHeader("X-Mine", "yes");
            response.setBody("made");
        } else if (path.equals("/greets")) {
            response.setBody(greets());
        } else if (path.startsWith("/returns/")) {
            return returned(path.substring("/returns/".length()), request);
        } else if (path.equals("/fails")) {
            innermost();
        } else if (path.equals("/held")) {
            waitAt(request.getQueryRaw());
            response.setBody("went on");
        } else {
            response.setContentType("application/octet-stream");
            response.setBodyBytes(request.getBodyBytes());
        }
        return response;
    }

    private static IResponse returned(String what, IRequest request) {
        Response response = new Response();
        switch (what) {
            case "nothing":
                return null;
            case "null_body":
                response.setBody(null);
                break;
            case "no_content":
                response.setStatusCode(204);
                break;
            case "split_header":
                response.setHeader("X-Mine", "a\r\nX-Other: b");
                break;
            case "deep":
                return returned(what, request);
            default:
                response.setContentType("text/plain");
                response.setBody(what + " " + request.getPath() + " " + request.getQuery().get("a") + " " + request.getHeaderValues("X-Twice"));
        }
        return response;
    }

    private static String seen(IRequest request) {
        List<String> query = new ArrayList<>();
        for (String name : request.getQuery().keySet()) {
            query.add(quoted(name) + ":[" + String.join(",", request.getQueryValues(name).stream().map(Handler::quoted).toList()) + "]");
        }
        return "{\"method\":" + quoted(request.getMethod()) + ",\"path\":" + quoted(request.getPathRaw()) + ",\"query\":{"
                + String.join(",", query) + "},\"field\":" + quoted(request.getHeader("x-mine")) + "}";
    }

    private static String quoted(String text) {
        return text == null ? "null" : "\"" + text + "\"";
    }

    private static String greets() {
        try {
            return (String) Class.forName("greeting.Greeting").getMethod("hello").invoke(null);
        } catch (ReflectiveOperationException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static void waitAt(String gate) {
        try (BufferedReader line = new BufferedReader(new FileReader(gate))) {
            line.readLine();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void innermost() {
        throw new IllegalStateException("no such luck");
    }
}
