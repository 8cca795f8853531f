# frozen_string_literal: true

# The command's own words: help, version, options, environment, errors and exit statuses.
#
# Each test runs the command as a user would. What a wrong word leads to is always one line on
# stderr and a status that says whose mistake it was.
require_relative "recorder_case"
require_relative "../../lib/codetracer/version"

class CommandLineTest < RecorderCase
  parallelize_me!

  def test_help_tells_all_and_promises_no_format_option
    %w[-h --help].each do |flag|
      help = record(flag)
      assert_equal ["exit 0", ""], [help.ending, help.err]
      assert_match(/\AUsage: codetracer-ruby-recorder /, help.out)
      refute_match(/--format/, help.out)
      assert_operator help.out.lines.map(&:size).max, :<=, 101 # with the newline
    end
  end

  def test_help_and_manual_name_the_same_options
    manual = File.read(File.join(ROOT, "doc", "codetracer-ruby-recorder.1")).gsub("\\-", "-")
    record("--help").out.scan(/(?<=\s)--[a-z-]+\b|CODETRACER_[A-Z_]+/).uniq.each do |word|
      assert_includes manual, word
    end
  end

  def test_version
    %w[-V --version].each do |flag|
      assert_equal "codetracer-ruby-recorder #{CodeTracer::VERSION}\n", record(flag).out
    end
  end

  def test_wrong_usage_is_one_line_and_status_2
    [[], %w[--nope x.rb], %w[-x x.rb], %w[--format json x.rb], %w[--format=json x.rb], %w[-f x.rb],
     %w[-fjson x.rb], %w[--profile nope x.rb], %w[-o], %w[--spool-size 3T x.rb], %w[--],
     %w[--spool-size 1K x.rb], %w[--max-value depth=x x.rb], %w[--max-value nope=1 x.rb],
     %w[--max-value depth=15 x.rb]].each do |words|
      assert_refused record(*words), "exit 2"
    end
  end

  def test_impossible_recordings_are_one_line_and_status_1
    program = write_program("p.rb", "puts 1")
    [[in_folder("missing.rb")], [@folder], ["-o", program, program],
     ["-o", "#{program}/below", program], ["-o", "/proc/nope", program]].each do |words|
      assert_refused record(*words), "exit 1"
    end
  end

  def test_the_programs_own_words_are_not_ours
    program = write_program("p.rb", "p ARGV")
    run = record("--quiet", program, "--format", "json", "-o", "x", "--help", "--")
    assert_equal "[\"--format\", \"json\", \"-o\", \"x\", \"--help\", \"--\"]\n", run.out
  end

  def test_out_dir_flag_beats_environment_beats_current_folder
    program = write_program("p.rb", "puts 1")
    env = { "CODETRACER_RUBY_RECORDER_OUT_DIR" => in_folder("env") }
    record("-o", in_folder("flag"), program, env: env)
    assert_path_exists in_folder("flag/trace.ct")
    refute_path_exists in_folder("env")
    record("--out-dir=#{in_folder('long')}", program)
    record("-o#{in_folder('short')}", program)
    record(program, env: env)
    Dir.mkdir(in_folder("cwd"))
    ruby(RECORDER, program, chdir: in_folder("cwd"))
    %w[long short env cwd].each { |name| checked_events(in_folder(name)) }
  end

  def test_a_made_folder_is_private
    record("-o", in_folder("a/b"), write_program("p.rb", "puts 1"))
    assert_equal [0o700, 0o700], %w[a a/b].map { |name| File.stat(in_folder(name)).mode & 0o777 }
  end

  def test_disabled_runs_the_program_and_records_nothing
    program = write_program("p.rb", "puts $0 == __FILE__; exit 3")
    %w[1 true TRUE].each do |value|
      run = record(program, env: { "CODETRACER_RUBY_RECORDER_DISABLED" => value })
      assert_equal ["exit 3", "true\n", ""], [run.ending, run.out, run.err]
      refute Dir.exist?(in_folder("trace"))
    end
    record(program, env: { "CODETRACER_RUBY_RECORDER_DISABLED" => "0" })
    assert Dir.exist?(in_folder("trace"))
  end

  def test_exit_zero_by_flag_and_by_environment
    failing = write_program("p.rb", "puts 1; exit 3")
    killed = write_program("k.rb", "Process.kill(:TERM, $$); sleep")
    env = { "CODETRACER_RUBY_RECORDER_EXIT_ZERO" => "1" }
    [record("--exit-zero", failing), record(failing, env: env), record("--exit-zero", killed)]
      .each { |run| assert_equal "exit 0", run.ending, run.to_s }
    assert_equal "exit 1", record("--exit-zero", in_folder("missing.rb")).ending
    checked_events
  end

  def test_closing_line_and_quiet
    program = write_program("p.rb", "x = 1\nputs x\n")
    loud = record(program)
    assert_match(/\Acodetracer: [^\n]*steps[^\n]*\n\z/, loud.err)
    assert_equal "", record("--quiet", program).err
  end

  def test_closing_line_keeps_out_of_a_replaced_stderr
    program = write_program("p.rb", "$stderr.reopen(#{in_folder('log').inspect}, 'w'); warn 1")
    assert_equal "", record(program).err
    assert_equal "1\n", File.read(in_folder("log"))
  end

  def test_debug_logs_to_stderr
    program = write_program("p.rb", "puts 1")
    env = { "CODETRACER_RUBY_TRACER_DEBUG" => "1" }
    assert_operator record("--quiet", program, env: env).err.size, :>, 0
  end

  def test_limits_of_values
    program = write_program("p.rb", "text = 'abcdefghij' * 3\nlist = (1..9).to_a\nputs 1\n")
    record("--max-value", "bytes=4,items=2,nodes=9,depth=1", program)
    events = checked_events
    refute_match(/abcde/, events)
    refute_match(/Integer:3/, events)
    assert_match(/Integer:2/, events)
  end

  private

  def assert_refused(run, ending)
    assert_equal ending, run.ending, run.to_s
    assert_equal "", run.out
    assert_match(/\Acodetracer-ruby-recorder: [^\n]+\n\z/, run.err)
  end
end
