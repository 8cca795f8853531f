# frozen_string_literal: true

# What is kept out of a trace under one name is kept out under any other, from the record on that
# shows it to be a secret.
#
# Each program through both recorders, which have to tell the same.
require_relative "recorder_case"

class LearntSecretsTest < RecorderCase
  parallelize_me!

  FILTER = <<~TOML
    [meta]
    name = "t"
    version = 1
    [scope]
    default_exec = "trace"
    default_value_action = "allow"
    [[scope.rules]]
    selector = "file:**"
  TOML
  PATTERNS = { "local:left_out" => "drop", "arg:unseen" => "drop", "attr:gone" => "drop",
               "attr:hidden" => "redact", "ret:dropped" => "drop", "ret:redacted" => "redact",
               "global:dropped" => "drop" }.freeze

  KEPT_OUT = <<~'RUBY'
    class Box
      def initialize(v)
        @gone = v + "-ivar-1"
        @hidden = v + "-ivar-2"
      end
      attr_reader :gone, :hidden
    end
    def given(before, unseen, behind = unseen)
      1
    end
    def dropped
      "dug-up-" + "3x"
    end
    def redacted
      "dug-up-" + "4x"
    end
    def part_of_what_is_returned
      { input: "dug-up-5", "token" => "dug-up-5", again: ["dug-up-5"] }
    end
    $from = "here"
    left_out = "dug-up" + "-6"
    puts left_out
    copy = "#{left_out} and more"
    given("dug-up" + "-7", "dug-up" + "-7")
    list = ["dug-up" + "-7"]
    box = Box.new("dug-up")
    held = [box.gone, box.hidden]
    puts held
    from_call = dropped
    from_call = redacted
    part_of_what_is_returned
    $dropped = "dug-up-8" + "x"
    from_global = $dropped
    $api_key = at_once = "dug-up-12" + "x"
    left_out = same_line = "dug-up-" + "9"
    whole = { first: "dug-up-10", "password" => "dug-up-10", last: ["dug-up-10"] }
    set = box.method(:instance_variable_set)
    set.(:@early, "dug-up-11"); set.(:@hidden, "dug-up-11"); set.(:@late, "dug-up-11")
    error = ArgumentError.new("no #{left_out}")
    warn error.message
  RUBY

  def test_what_is_dropped_or_redacted_is_known
    check_kept_out
  end

  # Where the recorder finds no frames to read.
  def test_the_same_through_bindings
    check_kept_out(env: { "CODETRACER_RUBY_FORCE_FALLBACK" => "1" })
  end

  private

  def check_kept_out(env: {})
    path = write_program("values.toml", FILTER + PATTERNS.map { |selector, action|
      "[[scope.rules.value_patterns]]\nselector = \"#{selector}\"\naction = \"#{action}\"\n"
    }.join)
    events = recorded(KEPT_OUT, "--trace-filter", path, "--watch", "$dropped,$api_key,$from",
                      env: env)
    refute_match(/dug-up-\d|dug-up-ivar/, events)
    refute_match(/left_out|unseen|@gone|\$dropped/, events)
    assert_match(/copy = String:"(<redacted>|\*+) and more"/, events)
  end

  # The events of the native recorder, which are also the pure one's.
  def recorded(text, *words, stdin: "", env: {})
    path = write_program("program.rb", text)
    native, pure = %w[native pure].map do |recorder|
      run = record("--recorder", recorder, "--profile", "json", *words, path, stdin: stdin,
                   env: env)
      skip run.err if run.err.include?("is not installed")
      assert_equal "exit 0", run.ending, run.to_s
      checked_events
    end
    assert_equal native, pure
    native
  end
end
