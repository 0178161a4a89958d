package com.openfaas.model;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A request, as the server makes it and as a test of a handler can. */
public class Request implements IRequest {
    private final String method;
    private final byte[] body;
    private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final String queryRaw;
    private final Map<String, List<String>> query;
    private final String pathRaw;

    public Request(String body, Map<String, String> headers) {
        this(body, headers, null, null);
    }

    /** @param queryRaw the query without its question mark, or null
     *  @param path the decoded path, or null */
    public Request(String body, Map<String, String> headers, String queryRaw, String path) {
        this("POST", body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8), Map.of(), queryRaw, path);
        if (headers != null) {
            headers.forEach((name, value) -> this.headers.put(name, List.of(value)));
        }
    }

    public Request(String method, byte[] body, Map<String, List<String>> headers, String queryRaw, String path) {
        this.method = method;
        this.body = body;
        this.headers.putAll(headers);
        this.queryRaw = queryRaw;
        this.query = parseQuery(queryRaw);
        this.pathRaw = path;
    }

    @Override
    public String getMethod() {
        return method;
    }

    @Override
    public String getBody() {
        return new String(body, StandardCharsets.UTF_8);
    }

    @Override
    public byte[] getBodyBytes() {
        return body;
    }

    @Override
    public Map<String, String> getHeaders() {
        Map<String, String> first = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.forEach((name, values) -> first.put(name, values.get(0)));
        return first;
    }

    @Override
    public String getHeader(String key) {
        List<String> values = getHeaderValues(key);
        return values.isEmpty() ? null : values.get(0);
    }

    @Override
    public List<String> getHeaderValues(String key) {
        return headers.getOrDefault(key, List.of());
    }

    @Override
    public String getQueryRaw() {
        return queryRaw;
    }

    @Override
    public Map<String, String> getQuery() {
        Map<String, String> last = new HashMap<>();
        query.forEach((name, values) -> last.put(name, values.get(values.size() - 1)));
        return last;
    }

    @Override
    public List<String> getQueryValues(String key) {
        return query.getOrDefault(key, List.of());
    }

    @Override
    public String getPathRaw() {
        return pathRaw;
    }

    @Override
    public Map<String, String> getPath() {
        Map<String, String> pairs = new HashMap<>();
        String[] segments = pathRaw == null || pathRaw.isEmpty() ? new String[0] : pathRaw.substring(1).split("/");
        String name = "";
        for (String segment : segments) {
            if (name.isEmpty()) {
                name = segment;
            } else {
                pairs.put(name, segment);
                name = "";
            }
        }
        if (!name.isEmpty()) {
            pairs.put(name, "");
        }
        return pairs;
    }

    private static Map<String, List<String>> parseQuery(String raw) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            if (!name.isEmpty()) {
                values.computeIfAbsent(name, any -> new ArrayList<>()).add(equals < 0 ? null : decode(pair.substring(equals + 1)));
            }
        }
        return values;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return text;
        }
    }
}
