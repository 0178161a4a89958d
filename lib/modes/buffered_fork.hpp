/// BufferedFork: a process for each request, whose output is held until its end tells what to answer. Classic and serializing are
/// the same code with two sets of rules for the answer.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "modes/cgi_head.hpp"
#include "modes/forked_call.hpp"
#include "modes/held_output.hpp"
#include "modes/mode_handler.hpp"

namespace fwatchdog {

/// What differs between the modes that hold the output.
struct AnswerRules {
  bool five_methods_only = false;       ///< others than POST PUT PATCH DELETE GET: 405
  bool error_output_in_answer = false;  ///< stderr goes where stdout goes; else it is logged
  bool type_of_request = false;         ///< without content_type the answer has the request's type
  std::string_view default_type;        ///< where neither gives one; empty: sniffed
  bool output_after_error = false;      ///< a failed call answers its error and what was written
  bool head_on_error = false;           ///< duration and type stand in failed answers too
  std::string_view error_end;           ///< what follows an error's text
  int timeout_status = 500;             ///< past exec_timeout
  int server_limit_status = 504;        ///< past the server's own limit, write_timeout
  std::string_view timeout_text;        ///< empty: how the process ended
  bool logs_calls = false;              ///< the lines of the classic watchdog for each call
};
extern const AnswerRules kClassicRules;
extern const AnswerRules kSerializingRules;

class BufferedFork final : public ModeHandler {
 public:
  struct Options {
    AnswerRules rules;
    std::string content_type;  ///< empty: not set
    bool marshal_request = false;
    bool cgi_response = false;  ///< the output may begin with a CGI head; stderr is then never part of it
    bool write_debug = false;
    bool debug_headers = false;
  };

  BufferedFork(const ForkContext& context, const Options& options) : context_(context), options_(options), large_(context.loop) {}

  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  struct Call;

  Task<bool> read_input(Call& call);
  Task<void> collect(Call& call);
  Task<void> answer(Call& call);
  Task<void> answer_output(Call& call);
  Task<void> answer_with_head(Call& call, const CgiHead& head, std::span<const std::string_view> body);
  Task<void> answer_error(Call& call, int status, std::string_view text);
  Task<void> refuse(Call& call, int status, std::string_view text);
  Task<void> refuse_input(Call& call, const Error& why);
  Result<void> marshal_input(Call& call);
  void add_fields(Call& call);
  void add_duration(Call& call);
  void log_output(Call& call, std::uint64_t size);
  void print_output(const HeldOutput& output);
  void log_begin(const Request& request);

  ForkContext context_;
  Options options_;
  LargeBlocks large_;
};

}  // namespace fwatchdog
