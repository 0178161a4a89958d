require "json"
require "uri"

class Handler
  def run(body, headers)
    case path = headers["PATH_INFO"]
    when %r{\A/seen}
      query = URI.decode_www_form(headers["QUERY_STRING"]).group_by(&:first).transform_values { |pairs| pairs.map(&:last) }
      facts = { method: headers["REQUEST_METHOD"], path: path, query: query, field: headers["HTTP_X_MINE"] }
      return JSON.generate(facts), { "Content-Type" => "application/json" }
    when "/json" then return JSON.generate(JSON.parse(body.read)), { "Content-Type" => "application/json" }, 200
    when "/status" then return "made", { "X-Mine" => "yes" }, 201
    when "/fails" then innermost
    when "/greets"
      require "greeting"
      return hello
    when "/held"
      File.open(headers["QUERY_STRING"], &:gets)
      return "went on"
    when %r{\A/returns/(.*)} then return returns($1)
    end
    return body.read, { "content-type" => "application/octet-stream" }, 200
  end

  def returns(what)
    case what
    when "text" then "text"
    when "nothing" then nil
    when "pieces" then [%w[a b c], { "Content-Type" => "text/csv" }]
    when "cookies" then ["", { "Set-Cookie" => ["a=1", "b=2"], :"X-Number" => 7 }, 202]
    when "status_text" then ["gone", nil, "410"]
    when "no_content" then ["", {}, 204]
    when "split_header" then ["", { "X-Mine" => "a\r\nX-Other: b" }]
    when "hash" then { a: 1 }
    when "hash_body" then [{ a: 1 }, {}]
    when "number" then 42
    when "exit" then exit
    when "deep" then returns(what)
    end
  end

  def innermost
    raise "no such luck"
  end
end
