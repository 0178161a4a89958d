#include "handler.hpp"

Response handle(const Request& request) { return Response(200, "Hello, " + request.body + "!\n"); }
