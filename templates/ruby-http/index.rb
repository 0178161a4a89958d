# Serves Handler#run on 127.0.0.1:5000 for the watchdog, which sets all limits of size and time.
require "puma"
require "puma/configuration"
require "puma/launcher"
require_relative "function/handler"

$stdout.sync = true

# The Rack application: every method and path goes to the function.
class Function
  def initialize(handler)
    @handler = handler
  end

  def call(env)
    body, headers, status = @handler.run(env["rack.input"], env)
    [Integer(status || 200), response_headers(headers || {}), pieces(body)]
  rescue Exception => e # a SystemStackError or NotImplementedError too is no reason to leave the caller without an answer
    warn e.full_message(highlight: false)
    [500, { "content-type" => "application/json" }, [%({"error":"the function failed"}\n)]]
  end

  private

  # Values of a repeated header are separated by newlines for every release of Puma. The default is Sinatra's.
  def response_headers(given)
    headers = given.to_h { |name, value| [name.to_s.downcase, value.is_a?(Array) ? value.join("\n") : value.to_s] }
    { "content-type" => "text/html;charset=utf-8" }.merge(headers)
  end

  def pieces(body)
    case body
    when nil then []
    when String then [body]
    when Hash then raise TypeError, "Handler#run returned a Hash as the body"
    else
      raise TypeError, "Handler#run returned #{body.class} as the body" unless body.respond_to?(:each)

      body
    end
  end
end

configuration = Puma::Configuration.new do |puma|
  puma.app Function.new(Handler.new)
  puma.bind "tcp://127.0.0.1:5000"
  puma.environment "production"
  puma.persistent_timeout 120 # the watchdog keeps idle connections for 90 seconds
  puma.first_data_timeout 86_400 # this one also ends slow uploads
  puma.supported_http_methods :any if puma.respond_to?(:supported_http_methods) # Puma 6.5
  puma.quiet
end
begin
  Puma::Launcher.new(configuration).run
rescue SignalException, ThreadError => e
  # Raised by Puma once all calls have their answers; and when it was told to end before it had begun, which it would forget otherwise.
  # RubyGems, interrupted while it loads something, makes a ThreadError of it.
  raise unless [e, e.cause].grep(SignalException).any?
end
