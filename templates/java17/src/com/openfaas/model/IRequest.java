package com.openfaas.model;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A request as the caller sent it. The methods with a body of their own may be left out by other implementations. */
public interface IRequest {
    /** The body read as UTF-8; see {@link #getBodyBytes}. */
    String getBody();

    /** The headers, each with its first value. Names are found in any case. */
    Map<String, String> getHeaders();

    /** The first value of a header, in any case, or null. */
    String getHeader(String key);

    /** The query as it was sent, without the question mark, or null. */
    String getQueryRaw();

    /** The query's names, decoded, each with its last value; the value is null where the name stands without {@code =}. */
    Map<String, String> getQuery();

    /** The path, decoded. */
    String getPathRaw();

    /** The path's segments taken in pairs of name and value: {@code /user/7/edit} is user=7, edit="". */
    Map<String, String> getPath();

    /** The request's method, as {@code GET}. */
    default String getMethod() {
        return "POST";
    }

    /** The body, byte for byte. */
    default byte[] getBodyBytes() {
        String body = getBody();
        return body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    }

    /** All values of a name in the query, in order; empty where there is none. */
    default List<String> getQueryValues(String key) {
        Map<String, String> query = getQuery();
        return query != null && query.get(key) != null ? List.of(query.get(key)) : List.of();
    }

    /** All values of a header, in order; empty where there is none. */
    default List<String> getHeaderValues(String key) {
        String value = getHeader(key);
        return value == null ? List.of() : List.of(value);
    }
}
