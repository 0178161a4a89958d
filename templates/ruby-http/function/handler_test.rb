require "minitest/autorun"
require "stringio"
require_relative "handler"

class HandlerTest < Minitest::Test
  def test_greets_the_name_in_the_body
    body, _headers, status = Handler.new.run(StringIO.new("Ada"), {})
    assert_equal 200, status
    assert_equal "Hello, Ada!", body
  end
end
