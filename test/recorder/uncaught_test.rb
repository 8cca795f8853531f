# frozen_string_literal: true

# What ends a program is the last event of its trace: behind at_exit blocks, other threads and
# Ruby's own report, by both recorders, from the command line and from inside of the program.
#
# Each says once more what it said where the exception was raised.
require "json"
require_relative "recorder_case"

class UncaughtTest < RecorderCase
  parallelize_me!

  LIBRARY = File.join(ROOT, "lib")
  FRONTS = { native: RECORDER, pure: File.join(ROOT, "trace.rb") }.freeze
  QUIET = "Thread.report_on_exception = false\n"

  # name → program, text of the last event (nil: none), texts of those that were rescued, how the
  # program ends
  PROGRAMS = {
    alone: ["raise 'a'", "RuntimeError: a", [], ["exception", 1]],
    from_a_method: ["def m\n  raise KeyError, 'a'\nend\nm", "KeyError: a", [], ["exception", 1]],
    nothing: ["x = 1", nil, [], ["exit", 0]],
    rescued_last: ["begin\n  raise 'a'\nrescue\nend", nil, ["RuntimeError: a"], ["exit", 0]],
    rescued_before_at_exit: ["at_exit { x = 1 }\nbegin\n  raise 'a'\nrescue\nend", nil,
                             ["RuntimeError: a"], ["exit", 0]],
    at_exit: ["at_exit { puts 1 }\nat_exit { warn 2 }\nraise 'a'", "RuntimeError: a", [],
              ["exception", 1]],
    at_exit_method: ["def m; end\nat_exit(&method(:m))\nraise 'a'", "RuntimeError: a", [],
                     ["exception", 1]],
    at_exit_rescues: ["at_exit do\n  begin\n    raise 'b'\n  rescue => e\n    puts e.message\n  " \
                      "end\n  puts 2\nend\nraise 'a'", "RuntimeError: a", ["RuntimeError: b"],
                      ["exception", 1]],
    at_exit_raises: ["at_exit { raise 'b' }\nraise 'a'", "RuntimeError: a", [], ["exception", 1]],
    at_exit_raises_after: ["at_exit { raise 'b' }\nx = 1", "RuntimeError: b", [],
                           ["exception", 1]],
    at_exit_exits: ["at_exit { puts 1 }\nat_exit { exit 9 }\nraise 'a'", "RuntimeError: a", [],
                    ["exit", 9]],
    at_exit_aborts: ["at_exit { abort 'x' }\nraise 'a'", "RuntimeError: a", [], ["exit", 1]],
    exit: ["at_exit { puts 1 }\nexit 3", nil, [], ["exit", 3]],
    exit_then_raises: ["at_exit { raise 'b' }\nexit 3", nil, [], ["exit", 3]],
    abort: ["at_exit { puts 1 }\nabort 'x'", nil, [], ["exit", 1]],
    ensured: ["begin\n  raise 'a'\nensure\n  puts 1\nend", "RuntimeError: a", [],
              ["exception", 1]],
    signal: ["at_exit { puts 1 }\nraise SignalException, 'TERM'", "SignalException: SIGTERM", [],
             ["signal", nil]],
    interrupt: ["at_exit { puts 1 }\nraise Interrupt, 'c'", "Interrupt: c", [], ["signal", nil]],
    other_thread: ["Thread.new { sleep }\nat_exit { Thread.new { puts 1 }.join }\nraise 'a'",
                   "RuntimeError: a", [], ["exception", 1]],
    reported_thread: ["th = Thread.new { raise 'b' }\nThread.pass while th.alive?\nraise 'a'",
                      "RuntimeError: a", [], ["exception", 1]],
    only_a_thread: ["th = Thread.new { raise 'b' }\nThread.pass while th.alive?\nx = 1", nil, [],
                    ["exit", 0]],
    aborting_thread: ["#{QUIET}Thread.abort_on_exception = true\nThread.new { raise 'b' }\nsleep",
                      "RuntimeError: b", [], ["exception", 1]],
    joined_thread: ["#{QUIET}Thread.new { raise 'b' }.join", "RuntimeError: b", [],
                    ["exception", 1]],
    fiber: ["Fiber.new { raise 'b' }.resume", "RuntimeError: b", [], ["exception", 1]],
    out_of_a_library: ["Integer('x')", "ArgumentError: invalid value for Integer(): \"x\"", [],
                       ["exception", 1]],
    long: ["raise 'a' * 10_000", "RuntimeError: #{'a' * 10_000}", [], ["exception", 1]],
    secret: ["raise 'token ghp_0123456789abcdefghijABCDEFGHIJ012345'",
             "RuntimeError: token <redacted>", [], ["exception", 1]]
  }.freeze

  # Of a file that was compiled before the recording began its rescues are known from Ruby 3.3 on.
  UNTOLD = RUBY_VERSION < "3.3" ? [%i[at_exit_rescues pure]] : []

  PROGRAMS.each do |name, (code, *expected)|
    FRONTS.each do |recorder, front|
      define_method("test_#{name}_#{recorder}") do
        program = write_program("p.rb", code)
        check(ruby(front, "-o", in_folder("trace"), "--profile", "json", program), *expected)
      end

      define_method("test_#{name}_#{recorder}_from_inside") do
        start = "CodeTracer.start(out_dir: ARGV[0], recorder: :#{recorder}, profile: 'json')"
        program = write_program("p.rb", "require 'codetracer/recorder'\n#{start}\n#{code}\n")
        text, rescued, ending = expected
        rescued = [] if UNTOLD.include?([name, recorder])
        check(ruby("-I", LIBRARY, program, in_folder("trace")), text, rescued, ending)
      end
    end
  end

  # Those that were registered before the recording began run after the last of its hooks.
  def test_at_exit_blocks_from_before
    FRONTS.each_key do |recorder|
      program = write_program("p.rb", <<~RUBY)
        at_exit { warn "last" }
        require "codetracer/recorder"
        CodeTracer.start(out_dir: ARGV[0], recorder: :#{recorder}, profile: "json")
        at_exit { warn "first" }
        raise "a"
      RUBY
      run = ruby("-I", LIBRARY, program, in_folder(recorder.to_s))
      assert_equal %w[first last], run.err.lines(chomp: true).first(2)
      assert_equal "RuntimeError: a", last_text(events(in_folder(recorder.to_s)))
    end
  end

  # A stopped recording has nothing to say of what comes later.
  def test_a_recording_that_was_stopped
    FRONTS.each_key do |recorder|
      program = write_program("p.rb", <<~RUBY)
        require "codetracer/recorder"
        CodeTracer.record(out_dir: ARGV[0], recorder: :#{recorder}, profile: "json") { x = 1 }
        raise "a"
      RUBY
      ruby("-I", LIBRARY, program, in_folder(recorder.to_s))
      assert_nil last_text(events(in_folder(recorder.to_s)))
    end
  end

  private

  def check(run, text, rescued, ending)
    events = events(in_folder("trace"))
    assert_equal [text, 1], [last_text(events), [uncaught(events).size, 1].max], run.to_s
    assert_equal(rescued, events.select { |event| event["metadata"] == "rescued" }
                                .map { |event| event["content"] })
    facts = JSON.parse(File.read(in_folder("trace/trace_info.json")))
    assert_equal ending, facts["end"].values_at("how", "exit_status")
    assert_same_detail(events) if text
    checked_events
  end

  # It says what was said when it was raised.
  def assert_same_detail(events)
    detail = JSON.parse(events.last["metadata"])
    raised = events[0...-1].reverse.find { |event| event["content"] == events.last["content"] }
    assert_equal JSON.parse(raised["metadata"]), detail.reject { |key, _| key == "uncaught" }
    assert_equal true, detail["uncaught"]
  end

  def events(trace)
    JSON.parse(File.read(File.join(trace, "trace.json"))).map { |event| event["Event"] }.compact
  end

  def uncaught(events)
    errors = events.select { |event| event["kind"] == 11 }
    errors.select { |event| event["metadata"].end_with?("\"uncaught\":true}") }
  end

  # Of the last event, where it is what this is about.
  def last_text(events)
    return if uncaught(events).empty?

    assert_same events.last, uncaught(events).last
    events.last["content"]
  end
end
