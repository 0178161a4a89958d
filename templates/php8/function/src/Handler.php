<?php

namespace App;

class Handler
{
    /**
     * Answers one request: takes its body as bytes, returns the answer's. getenv() describes the request: Http_Method, Http_Path,
     * Http_Query, and Http_Name for each header. What is thrown becomes an answer with status 500; its trace is logged.
     */
    public function handle(string $data): string
    {
        return "Hello, $data!\n";
    }
}
