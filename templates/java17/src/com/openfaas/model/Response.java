package com.openfaas.model;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** An answer that is filled by setters: 200 and empty at first. */
public class Response implements IResponse {
    private final Map<String, String> headers = new HashMap<>();
    private int statusCode = 200;
    private byte[] body = new byte[0];
    private String contentType = "";

    @Override
    public String getBody() {
        return new String(body, StandardCharsets.UTF_8);
    }

    @Override
    public void setBody(String body) {
        this.body = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    }

    /** A body that is no text. */
    public void setBodyBytes(byte[] body) {
        this.body = body == null ? new byte[0] : body;
    }

    @Override
    public byte[] getBodyBytes() {
        return body;
    }

    @Override
    public String getHeader(String key) {
        return headers.get(key);
    }

    @Override
    public void setHeader(String key, String value) {
        if (value == null) {
            headers.remove(key);
        } else {
            headers.put(key, value);
        }
    }

    @Override
    public Map<String, String> getHeaders() {
        return headers;
    }

    @Override
    public void setContentType(String contentType) {
        this.contentType = contentType;
    }

    @Override
    public String getContentType() {
        return contentType;
    }

    @Override
    public void setStatusCode(int code) {
        this.statusCode = code;
    }

    @Override
    public int getStatusCode() {
        return statusCode;
    }
}
