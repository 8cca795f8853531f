# frozen_string_literal: true

# Random programs, recorded: the calls in the trace are those that the program wrote down itself.
#
# PROPERTY_COUNT programs (default 8) with the seeds from PROPERTY_SEED on, by both recorders. With
# PROPERTY_RACTORS=1 as many that run in several Ractors, by the native one: they use fibers, and
# fibers in Ractors that run in parallel crash Ruby 3.1 to 3.4 now and then, recorded or not.
require_relative "../recorder/recorder_case"
require_relative "call_log"
require_relative "ractor_program"
require_relative "random_program"

class CallLogTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  COUNT = Integer(ENV.fetch("PROPERTY_COUNT", "8"))
  SEED = Integer(ENV.fetch("PROPERTY_SEED", "1"))
  RACTORS = ENV.key?("PROPERTY_RACTORS")

  (SEED...SEED + COUNT).each do |seed|
    define_method("test_seed_#{seed}") { check(RandomProgram, seed, [RECORDER, PURE]) }
    define_method("test_seed_#{seed}_in_ractors") { check_ractors(seed) } if RACTORS
  end

  private

  def check_ractors(seed)
    skip "no Ractor in Ruby #{RUBY_VERSION}" unless defined?(Ractor)

    check(RactorProgram, seed, [RECORDER])
  end

  def check(kind, seed, recorders)
    program = write_program("program.rb", kind.new(seed).text)
    recorders.each do |recorder|
      trace = in_folder(File.basename(recorder))
      log = in_folder("log.json")
      ran = ruby(recorder, "-o", trace, "--profile", "json", program, log)
      assert ran.status.success?, ran.to_s
      checked_events(trace)
      assert_same_calls(log, File.join(trace, "trace.json"), seed)
    end
  end

  def assert_same_calls(log, trace, seed)
    written = CallLog.of_program(JSON.parse(File.read(log)))
    traced = CallLog.of_trace(trace)
    assert_equal written.map(&:size), traced.map(&:size), "seed #{seed}, #{trace}"
    is_pure = trace.include?("trace.rb/") && !trace.include?("native")
    found = CallLog.differences(written, traced) do |note, event|
      alike?(note, event) || (is_pure && untold?(note, event))
    end
    assert_empty found, "seed #{seed}, #{trace}"
  end

  # A value that the program does not know itself; a throw that nobody catches raises.
  def alike?(note, event)
    note == [:leave, "?"] && (event.first == :leave || event.last.start_with?("not captured: ")) ||
      note.last.to_s.sub("left by throw", "unwound by UncaughtThrowError: uncaught throw") ==
        event.last
  end

  # `block_returns` and `jump_ends` of test/conformance/differences.rb.
  def untold?(note, event)
    note.first == :left && note.last.to_s.match?(/\Aleft by (?:break|a return|the end)/) &&
      (event == [:leave, nil] || event.last == "left by throw, break or the end of its thread")
  end
end
