# frozen_string_literal: true

# Programs recorded by the pure recorder on Ruby 4.0 for WebAssembly: unharmed, and with the events
# of Ruby 3.4.
#
# The recording is made through the API: there is no command line, no `exec` and no end of the
# process to wait for. The build of Ruby comes from npm: make test-wasm
require_relative "other_ruby_case"

class WasmTest < OtherRubyCase
  parallelize_me!

  RUNNER = File.join(__dir__, "wasm.mjs")
  MODULES = File.join(ROOT, "build", "wasm")
  # Node 20 crashes when the memory grows during a collection; code compiled well takes longer to
  # compile than it saves.
  SWITCHES = %w[--no-warnings --no-incremental-marking --liftoff-only].freeze
  SCRIPT = "/src/test/rubies/wasm_program.rb"
  FOLDER = "/src/test/programs"
  # In a backtrace, what called a program that is loaded: from the runner out to the host.
  OUTER_FRAMES = /,\\"#{SCRIPT}:\d+:in load\\",(?:(?!\]).)*\\"eval:1:in <main>\\"(?=\])/.freeze
  # Not here: what needs threads, processes, signals, at_exit, DATA, arguments or standard input.
  NAMES = %w[
    bank basic_object closures cyclic_values data_class encodings ensure_order error_messages
    eval_code fib fibers floats gc_compact hash_work hostile_object inheritance integers interpreter
    name_errors odd_method_names output_methods output_nonblock output_replaced parameters
    parameters_anonymous pattern_matching retry_redo_next string_work sudoku throw_catch
    tracepoint_user five_files/main
  ].freeze

  NAMES.each do |name|
    define_method("test_#{name}") { check(Program.new("#{name}.rb")) }
  end

  def setup
    super
    FileUtils.mkdir_p([in_folder("src/test"), in_folder("out")])
    FileUtils.cp_r(File.join(ROOT, "lib"), in_folder("src"))
    %w[programs rubies].each do |name|
      FileUtils.cp_r(File.join(ROOT, "test", name), in_folder("src/test"))
    end
  end

  private

  def check(program)
    plain = run_there(program)
    recorded = run_there(program, "/out/trace")
    assert_same_run(plain, recorded)
    events = checked_events(in_folder("out/trace")).gsub(FOLDER, "<programs>")
    expected = Differences.all(golden(program, "3.4"))
    actual = Differences.all(as_main(without_runner(events)))
    assert_same_events(expected, Differences.completed(actual, expected))
  end

  # The runner's own steps are recorded, too: it called the API.
  def without_runner(events)
    of_runner = false
    events.lines.reject do |line|
      of_runner = line.include?(SCRIPT) if line =~ /\A *step /
      of_runner = false if line =~ /\A *(?:call|return|event) /
      of_runner
    end.join
  end

  # The backtraces of a program that is loaded, as if it were the main one.
  def as_main(events)
    events.lines.map do |line|
      next line unless line =~ /\A *event 11 /

      line.sub(OUTER_FRAMES, "").gsub(":in <top (required)>", ":in <main>")
    end.join
  end

  def run_there(program, *trace)
    folders = [MODULES, in_folder("src"), in_folder("out")]
    Command.run("node", *SWITCHES, RUNNER, *folders, SCRIPT, FOLDER, program.path, *trace)
  end
end
