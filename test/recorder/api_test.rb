# frozen_string_literal: true

# CodeTracer.record and its like, called by programs: nesting, repetition, what joins what, errors.
#
# Each test writes a program, runs it with this checkout's lib in its load path, and reads the
# traces that it made under the test's folder. The other api_*_test.rb: code that was there before,
# pauses, and the process around a recording.
require_relative "api_case"

class ApiTest < ApiCase
  parallelize_me!

  LOADED = %w[
    bank closures ensure_order eval_code fibers hash_work inheritance interpreter output_methods
    parameters retry_redo_next throw_catch value_kinds
  ].freeze

  def test_record_answers_with_the_blocks_value_and_completes_the_trace
    profiles.each do |profile|
      run_program(<<~RUBY)
        options = { out_dir: "#{profile}", profile: "#{profile}", max_value: { items: 1 } }
        p(CodeTracer.record(**options) do
          list = [1, 2, 3]
          list.size
        end)
        p CodeTracer.recording?
      RUBY
      assert_equal "3\nfalse\n", @run.out
      assert_match(/\Acodetracer: 3 steps, 1 call, .* values? cut, .*\n\z/, @run.err)
      assert_equal [1, 3, 4], lines_of(events(profile))
    end
  end

  # What a `load` within record shows is what the command shows, but for the frames around it.
  def test_a_loaded_script_is_recorded_as_by_the_command
    driver = write_program("driver.rb", <<~RUBY)
      require "codetracer/recorder"
      CodeTracer.record(out_dir: ARGV[0], quiet: true) { load ARGV[1] }
    RUBY
    LOADED.each do |name|
      script = File.join(PROGRAMS, "#{name}.rb")
      by_api = ruby("-I", LIB, driver, in_folder("api"), script, chdir: PROGRAMS)
      by_command = record("-o", in_folder("command"), "--quiet", script, chdir: PROGRAMS)
      assert_same_run(by_command, by_api)
      assert_equal behind(["call <top-level>() #{script}:1", "  step #{script}:1"], "command"),
                   behind(["call <top-level>() #{driver}:1", "  step #{driver}:1",
                           "  step #{driver}:2", "    self = Object:\"main\""], "api"), name
    end
  end

  def test_an_exception_passes_through_record
    run_program(<<~RUBY)
      begin
        CodeTracer.record(out_dir: "t") { raise "through" }
      rescue RuntimeError => e
        p e.message, CodeTracer.recording?
      end
    RUBY
    assert_equal "\"through\"\nfalse\n", @run.out
    assert_match(/event 11 ".*" "RuntimeError: through"/, events("t"))
    assert_match(/^return NilClass:None/, events("t"))
  end

  def test_nested_recordings_are_one
    run_program(<<~RUBY)
      CodeTracer.start(out_dir: "t")
      a = 1
      CodeTracer.record { b = 2 }
      CodeTracer.record(out_dir: File.expand_path("t")) { c = 3 }
      CodeTracer.start
      CodeTracer.stop
      d = 4
      begin
        CodeTracer.start(out_dir: "elsewhere")
      rescue ArgumentError => e
        p e.message
      end
      p CodeTracer.recording?, CodeTracer.stop, CodeTracer.recording?
      not_recorded = 5
    RUBY
    refusal = "recording into #{in_folder('t')} already, not into #{in_folder('elsewhere')}"
    assert_equal "#{refusal.inspect}\ntrue\nnil\nfalse\n", @run.out
    assert_equal [1, 2, 3, 3, 4, 4, 5, 6, 7, 9, 11, 13], lines_of(events("t"))
    refute_path_exists in_folder("elsewhere")
  end

  def test_stop_within_record_ends_it
    run_program(<<~RUBY)
      p(CodeTracer.record(out_dir: "t", quiet: true) { CodeTracer.stop; x = 1; 7 })
      CodeTracer.stop
    RUBY
    assert_equal "7\n", @run.out
    assert_match(/CodeTracer.stop without a CodeTracer.start before it \(RuntimeError\)/, @run.err)
    events("t")
  end

  def test_wrong_options
    run_program(<<~'RUBY')
      [{ profile: "old" }, { max_value: { width: 1 } }, { spool_size: "big" }, { folder: "x" },
       { recorder: :other }, { recorder: :pure, profile: "aug26" }].each do |options|
        CodeTracer.start(out_dir: "t", **options)
      rescue ArgumentError => e
        puts e.message
      end
      [-> { CodeTracer.record }, -> { CodeTracer.event(1) },
       -> { CodeTracer.event("x", kind: :note) }].each do |call|
        call.call
      rescue ArgumentError, TypeError => e
        puts e.message
      end
      CodeTracer.record(out_dir: "t", quiet: true) { 1 }
    RUBY
    assert_equal 9, @run.out.lines.size, @run.to_s
    assert_match(/\Aunknown profile old/, @run.out)
    assert_match(/unknown keyword: :folder/, @run.out)
    events("t")
  end

  def test_a_folder_that_cannot_be_had
    run_program(<<~'RUBY')
      File.write("file", "")
      begin
        CodeTracer.record(out_dir: "file/below") { puts "never" }
      rescue CodeTracer::CannotRecord => e
        puts e.message
      end
      CodeTracer.record(out_dir: "t", quiet: true) { 1 }
    RUBY
    assert_equal "cannot record into file/below: Not a directory\n", @run.out
    events("t")
  end

  def test_repeated_recordings_are_traces_of_their_own
    run_program(<<~RUBY)
      def twice(n)
        n * 2
      end
      %w[a b a].each_with_index do |folder, index|
        CodeTracer.record(out_dir: folder, quiet: true) { twice(index) }
      end
    RUBY
    assert_match(/call twice\(self=Object:"main", n=Integer:1\)/, events("b"))
    assert_match(/call twice\(self=Object:"main", n=Integer:2\)/, events("a"))
    assert_equal 1, events("a").scan("call twice").size
  end

  def test_events_of_all_kinds
    kinds = %i[write write_file write_other read read_file read_other read_dir open_dir close_dir
               socket open error trace_log_event evm_event]
    run_program(<<~RUBY)
      CodeTracer.event("before")
      CodeTracer.record(out_dir: "t", quiet: true) do
        CodeTracer.event("plain")
        #{kinds.inspect}.each { |kind| CodeTracer.event("as \#{kind}", kind: kind) }
        CodeTracer.event("caf\\xE9\\u0000".b)
      end
      CodeTracer.event("after")
    RUBY
    found = events("t").scan(/event (\d+) "" "(.*)"/)
    expected = [["12", "plain"]] + kinds.each_with_index.map { |kind, i| [i.to_s, "as #{kind}"] }
    assert_equal expected, found[0..-2]
    assert_match(/caf\\+xE9/, found.last.last)
    assert_match(/step .*:3\n +event 12 "" "plain"/, events("t").gsub(/^.* = .*\n/, ""))
  end

  def test_disabled_by_the_environment
    run_program(<<~RUBY, env: { "CODETRACER_RUBY_RECORDER_DISABLED" => "1" })
      p(CodeTracer.record(out_dir: "t") { CodeTracer.record(out_dir: "u") { 5 } })
      CodeTracer.start
      p CodeTracer.recording?, CodeTracer.stop
    RUBY
    assert_equal "5\nfalse\nnil\n", @run.out
    refute_path_exists in_folder("t")
  end

  def test_the_folder_of_the_environment
    run_program("CodeTracer.record { 1 }\n",
                env: { "CODETRACER_RUBY_RECORDER_OUT_DIR" => in_folder("by/env") })
    events("by/env")
  end

  def test_under_the_command_everything_joins_its_recording
    path = write_program("joins.rb", <<~RUBY)
      require "codetracer/recorder"
      a = 1
      CodeTracer.record(out_dir: "never") { b = 2 }
      CodeTracer.start
      CodeTracer.event("joined")
      CodeTracer.pause
      unseen = 3
      CodeTracer.resume
      CodeTracer.stop
      c = 4
      p CodeTracer.recording?
    RUBY
    disabled = { "CODETRACER_RUBY_RECORDER_DISABLED" => "1" }
    plain = ruby("-I", LIB, path, chdir: @folder, env: disabled)
    assert_equal "false\n", plain.out
    joined = ruby("-I", LIB, door, "-o", in_folder("t"), path, chdir: @folder)
    assert_equal "true\n", joined.out, joined.to_s
    assert_match(/\Acodetracer: 11 steps, .*\n\z/, joined.err)
    assert_equal [1, 1, 2, 3, 3, 4, 5, 6, 9, 10, 11], lines_of(events("t"))
    assert_match(/event 12 "" "joined"/, events("t"))
    refute_path_exists in_folder("never")
  end

  private

  # A trace's events without those that it must begin with.
  # The frames around it are in the backtraces of exceptions, too.
  def behind(first_lines, trace)
    lines = events(trace).gsub(/,\\"backtrace\\":\[.*?\]/, "").lines(chomp: true)
    assert_equal first_lines, lines.shift(first_lines.size)
    lines
  end
end
