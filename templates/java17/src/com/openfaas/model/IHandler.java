package com.openfaas.model;

/** A function. One object answers all requests, many of them at the same time. */
public interface IHandler {
    /** Answers one request. Whatever it throws becomes an answer with status 500; the stack is logged. */
    IResponse Handle(IRequest request);
}
