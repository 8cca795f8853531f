# frozen_string_literal: true

# How long the reader takes on a big trace:  ruby bench/reading.rb [TRACE]
#
# Without TRACE it records its own: BENCH_CALLS calls of six lines (100,000: a million steps), read
# whole and asked; ten times as many, of which only the beginning of a session is timed; and five of
# a million steps each that are asked who wrote a variable: in nested_objects each step shows a
# kilobyte of values. BENCH_ROUNDS: how often (5). Bounds stand beside the figures.
require "rbconfig"
require "tmpdir"
require_relative "bound"
require_relative "yardstick"

module Bench
  class Reading
    include Yardstick

    PROGRAM = File.join(__dir__, "programs", "calls.rb").freeze
    MILLION_CALLS = 100_000
    WRITES = {
      "calls" => [[MILLION_CALLS], ["writes e", "writes sum"]],
      "own_state" => [[1_000_000], ["writes @total", "writes @name", "writes @last --all"]],
      "bank" => [[], ["writes @balance", "writes amount"]],
      "interpreter" => [[], ["writes @stack", "writes @variables", "writes word"]],
      "nested_objects" => [[], ["writes @total", "writes @sold", "writes paid"]]
    }.freeze
    WRITES_MS_MAX = 300
    NESTED_PROGRAM = File.join(__dir__, "programs", "nested_objects.rb").freeze
    STEPS_SHOWN = 10
    LONG_FACTOR = 10
    LAST_WRITES = ["writes sum", "writes e"].freeze
    SUMMARY_MS_MAX = 20
    STEPS_MS_MAX = 50
    QUESTIONS = ["writes e", "writes sum", "writes number", "writes number --before 900000 --frame",
                 "writes @x", "calls six_lines --where number==77777", "value sum --at 900000",
                 "stack --at 900000", "line calls.rb:29", "exceptions"].freeze

    def initialize(round_count:, call_count:)
      @round_count = round_count
      @call_count = call_count
    end

    def run(trace)
      return read(trace) if trace

      record(PROGRAM, @call_count) { |folder| read(folder) }
      record(PROGRAM, @call_count * LONG_FACTOR) do |folder|
        begin_session(folder)
        LAST_WRITES.each { |question| ask(question, folder) }
      end
      WRITES.each { |name, (words, questions)| ask_who_wrote(name, words, questions) }
      record(NESTED_PROGRAM) do |folder|
        record(NESTED_PROGRAM) { |other| time("diff", folder, other) }
      end
      puts Pace.shared.text
    end

    private

    def record(program, *words)
      Dir.mktmpdir("bench-") do |folder|
        system(RbConfig.ruby, Trial::RECORDER, "--quiet", "-o", folder, program,
               *words.map(&:to_s), out: File::NULL, exception: true)
        yield folder
      end
    end

    def begin_session(trace)
      steps = count_steps(trace)
      puts "a trace of #{steps} steps, #{trace_bytes(trace)} bytes"
      time("print --summary", trace, max: SUMMARY_MS_MAX)
      { "start" => 0, "middle" => steps / 2, "end" => steps - STEPS_SHOWN - 1 }.each do |at, first|
        first = [first, 0].max
        time("print --steps #{first}..#{first + STEPS_SHOWN}", trace, note: "at its #{at}",
                                                                      max: STEPS_MS_MAX)
      end
    end

    def read(trace)
      begin_session(trace)
      time("print", trace, note: "all")
      time("verify", trace)
      time("diff", trace, trace)
      QUESTIONS.each { |question| ask(question, trace) }
    end

    # Each question reads the whole trace; `--all` also prints a million answers.
    def ask_who_wrote(name, words, questions)
      record(File.join(__dir__, "programs", "#{name}.rb"), *words) do |folder|
        puts "a trace of #{count_steps(folder)} steps: #{name}"
        questions.each do |question|
          max = question.end_with?("--all") ? nil : WRITES_MS_MAX
          time("query", folder, *question.split, max: max)
        end
      end
    end

    # Of bench/programs/calls.rb; there may be no answer, which takes as long.
    def ask(question, trace)
      time("query", trace, *question.split)
    end

    def count_steps(trace)
      step_count(trace) or abort "bench: #{trace} cannot be read"
    end

    def trace_bytes(trace)
      return File.size(trace) if File.file?(trace)

      Dir.glob(File.join(trace, "*")).sum { |path| File.size(path) }
    end

    # `max` in milliseconds.
    def time(command, trace, *words, note: nil, max: nil)
      rounds = Array.new(@round_count) do
        seconds(CTRACE, *command.split, trace, *words, out: File::NULL, err: File::NULL)
      end
      middle = median(rounds) * 1000
      shown = [command, *words.reject { |word| File.exist?(word) }].join(" ")
      line = format("%9.1f ms  ctrace %s%s", middle, shown, note && " (#{note})")
      puts max ? "#{line} #{Bound.verdict(middle, max, 'ms')}" : line
    end
  end
end

Bench::Reading.new(round_count: Integer(ENV.fetch("BENCH_ROUNDS", "5")),
                   call_count: Integer(ENV.fetch("BENCH_CALLS", "100000"))).run(ARGV.first)
