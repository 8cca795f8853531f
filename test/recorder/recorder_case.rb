# frozen_string_literal: true

# What every recorder test needs: a folder, the recorder's command line, the two readers.
#
# The oracle is an independent reader and may not be missing; the tests fail without it.
require "minitest"
require "rbconfig"
require "tmpdir"
require "fileutils"
require_relative "command"
require_relative "oracle"

class RecorderCase < Minitest::Test
  ROOT = File.expand_path("../..", __dir__)
  PROGRAMS = File.join(ROOT, "test", "programs")
  RECORDER = File.join(ROOT, "src", "native_trace.rb")
  EXE = File.join(ROOT, "exe", "codetracer-ruby-recorder") # a gem's command
  COMMAND = File.join(ROOT, "build", "codetracer-ruby-recorder") # the one in C
  CTRACE = File.join(ROOT, "build", "ctrace")
  # What the suites that are run with it as well put before the recorder's own options.
  MODE = ENV["EXPRESSIONS"] == "1" ? ["--expressions"].freeze : [].freeze
  # A filter that leaves all as it is; rules for values may follow.
  FILTER_OF_ALL = <<~TOML
    [meta]
    name = "t"
    version = 1
    [scope]
    default_exec = "trace"
    default_value_action = "allow"
    [[scope.rules]]
    selector = "file:**"
  TOML
  # PR_SET_CHILD_SUBREAPER is 36; the setting survives exec.
  AS_SUBREAPER = ["python3", "-c", <<~PYTHON].freeze
    import ctypes, os, sys
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    os.execvp(sys.argv[1], sys.argv[1:])
  PYTHON
  OWN_LINE = /^codetracer(-ruby-recorder)?: [^\n]*\n/.freeze
  # What the machine that runs the tests has set must not reach the recorder.
  CLEAN = %w[
    CODETRACER_RUBY_RECORDER_OUT_DIR CODETRACER_RUBY_RECORDER_BACKEND
    CODETRACER_RUBY_RECORDER_DISABLED RUBYOPT
    CODETRACER_RUBY_RECORDER_EXIT_ZERO CODETRACER_RUBY_TRACER_DEBUG
  ].map { |name| [name, nil] }.to_h.freeze

  def setup
    @folder = File.realpath(Dir.mktmpdir("codetracer-test"))
  end

  def teardown
    FileUtils.rm_rf(@folder)
  end

  def in_folder(name)
    File.join(@folder, name)
  end

  def write_program(name, text)
    path = in_folder(name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
    path
  end

  def ruby(*words, env: {}, **options, &block)
    Command.run(RbConfig.ruby, *words, env: CLEAN.merge(env), **options, &block)
  end

  # Records into @folder/trace unless the words say otherwise.
  def record(*words, env: {}, **options, &block)
    env = { "CODETRACER_RUBY_RECORDER_OUT_DIR" => in_folder("trace") }.merge(env)
    ruby(RECORDER, *words, env: env, **options, &block)
  end

  # The canonical events of a trace that both readers find in order.
  def checked_events(trace = in_folder("trace"))
    verified = Command.run(CTRACE, "verify", "--wait", trace)
    assert verified.status.success?, verified.to_s
    read = Oracle.ask("events", trace) # obeys the same rules as its `check`
    assert_equal 0, read.status, -> { read.out.lines.last(5).join }
    read.out
  end

  # The canonical events of a program that is recorded by `recorder`, native or pure.
  def events_by(recorder, text)
    FileUtils.rm_rf(in_folder("trace"))
    run = record("--recorder", recorder, "--profile", "json", write_program("program.rb", text))
    assert run.status.success?, run.to_s
    checked_events
  end

  # Where the steps were, in order: ["/path/prog.rb:3", …]
  def step_places(events)
    events.scan(/^ *step (.*:\d+)$/).flatten
  end

  def assert_same_run(expected, actual)
    assert_equal expected.ending, actual.ending, actual.to_s
    assert_equal expected.out, actual.out, actual.to_s
    assert_equal expected.err, without_own_lines(actual.err), actual.to_s
  end

  WRITER_LOOKS_MAX = 2000 # it may not have opened its file yet

  # The process that writes the trace.
  def writer_of(trace)
    WRITER_LOOKS_MAX.times do
      pid = process_with_open_file(trace)
      return pid if pid
    end
    flunk "no process has #{trace} open"
  end

  def process_with_open_file(trace)
    Dir["/proc/[0-9]*/fd/*"].each do |link|
      next unless (File.readlink(link) rescue "").start_with?("#{trace}/")

      return Integer(link[%r{/proc/(\d+)/}, 1])
    end
    nil
  end

  # path → what is there.
  def files_below(folder)
    paths = Dir.glob("**/*".b, File::FNM_DOTMATCH, base: folder.b).sort
    paths.reject { |path| path.end_with?("/.") || path == "." }.map do |path|
      full = File.join(folder.b, path)
      stat = File.lstat(full)
      what = stat.file? && stat.readable? ? File.binread(full) : stat.ftype
      [path, [stat.mode.to_s(8), stat.symlink? ? File.readlink(full) : what]]
    end.to_h
  end

  def without_own_lines(text)
    text.gsub(OWN_LINE, "")
  end
end
