class Handler
  # Answers one request; one object is called by many threads at once. The body is read with body.read; headers is the Rack
  # environment: REQUEST_METHOD, PATH_INFO, QUERY_STRING, and HTTP_NAME for each header. What is raised becomes an answer with status
  # 500; its trace is logged.
  def run(body, headers)
    response_headers = { "content-type" => "text/plain; charset=utf-8" }
    return "Hello, #{body.read}!", response_headers, 200
  end
end
