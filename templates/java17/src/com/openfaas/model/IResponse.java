package com.openfaas.model;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** An answer. The methods with a body of their own may be left out by other implementations. */
public interface IResponse {
    String getBody();

    /** The body, sent as UTF-8. */
    void setBody(String body);

    /** The value of a header that was set, or null. */
    String getHeader(String key);

    /** Sets a header; null as the value removes it. */
    void setHeader(String key, String value);

    Map<String, String> getHeaders();

    void setContentType(String contentType);

    String getContentType();

    /** 200 unless it is set. */
    void setStatusCode(int code);

    int getStatusCode();

    /** The bytes to be sent. */
    default byte[] getBodyBytes() {
        String body = getBody();
        return body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    }
}
