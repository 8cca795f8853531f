# frozen_string_literal: true

# --io: which input and output become events, for both recorders and for programs.
#
# What the events are is for test/programs.
require_relative "recorder_case"
require "json"

class IoOptionTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  PROGRAM = "gets\n$stdout.write('out')\n$stderr.write('err')\nsystem('true')\n"
  KINDS = {
    [] => [0, 2, 3, 12], %w[--io default] => [0, 2, 3, 12], %w[--io none] => [],
    %w[--io stdin] => [3], %w[--io stdout,processes] => [0, 12], %w[--io=stderr] => [2],
    %w[--io none,stdout] => [0]
  }.freeze

  { "native" => RECORDER, "pure" => PURE }.each do |name, recorder|
    define_method("test_what_#{name}_records") do
      program = write_program("a.rb", PROGRAM)
      KINDS.each do |words, kinds|
        ran = ruby(recorder, "-o", in_folder("trace"), *words, program, stdin: "line\n")
        assert_equal "out", ran.out
        found = checked_events.scan(/^ *event (\d+) /).flatten.map(&:to_i)
        assert_equal kinds, found.uniq.sort, words.join(" ")
      end
    end

    # Where a call comes from is what the program sees without a recorder.
    define_method("test_errors_are_as_without_#{name}") do
      program = write_program("a.rb", <<~'RUBY')
        calls = [-> { $stdin.each_line(0) { } }, -> { $stdin.each_line(1, 2, 3) { } },
                 -> { $stdin.readline(chomp: 1, other: 2) }, -> { $stdin.read(-1) },
                 -> { $stdin.getc(1) }, -> { Process.wait }, -> { spawn }, -> { system },
                 -> { IO.popen }, -> { `no_such_program_surely` }, -> { $stdin.readpartial(-1) },
                 -> { readlines(0) }, -> { STDIN.close; STDIN.gets }, -> { STDIN.each_byte { } }]
        calls.each do |call|
          call.call
        rescue StandardError => e
          puts "#{e.class}: #{e.message}"
        end
        p $stdin.method(:getc).arity, IO.instance_method(:gets).arity
        p Kernel.private_method_defined?(:spawn)
      RUBY
      plain = ruby(program, stdin: "a\nb\n")
      assert_same_run plain, ruby(recorder, "-o", in_folder("trace"), program, stdin: "a\nb\n")
      checked_events
    end
  end

  def test_wrong_words
    ran = record("--io", "stdout,network", write_program("a.rb", "1\n"))
    assert_equal "exit 2", ran.ending
    assert_match(/--io: network \(there are: stdout, stderr, stdin, processes, files, /, ran.err)
  end

  def test_from_inside_of_a_program
    program = write_program("a.rb", <<~RUBY)
      require "codetracer/recorder"
      CodeTracer.record(out_dir: ARGV[0], io: %i[stdin]) { puts $stdin.gets }
    RUBY
    ruby("-I", File.join(ROOT, "lib"), program, in_folder("trace"), stdin: "x\n")
    assert_equal ["  event 3 \"\" \"x\\n\"\n"], checked_events.lines.grep(/event/)
    facts = JSON.parse(File.read(in_folder("trace/trace_info.json")))
    assert_equal ["stdin"], facts["filters"]["io"]
  end
end
