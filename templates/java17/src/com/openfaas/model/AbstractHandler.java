package com.openfaas.model;

/** What a function's class usually extends. */
public abstract class AbstractHandler implements IHandler {
    @Override
    public abstract IResponse Handle(IRequest request);
}
