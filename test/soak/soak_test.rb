# frozen_string_literal: true

# A program that runs long, plain and recorded: the same results, no more memory than is told, and
# nothing left when it is over.
#
# SOAK_ROUNDS says how long (3). EXPRESSIONS=1: with --expressions.
require_relative "../recorder/recorder_case"

class SoakTest < RecorderCase
  ROUNDS = ENV.fetch("SOAK_ROUNDS", "3")
  EVALS = ENV.fetch("SOAK_EVALS", "200") # a round
  MEMORY_KB_MAX = 64 << 10
  PROGRAM = File.join(__dir__, "soak_program.rb")
  FIGURES = /^memory (?<memory>\d+) kB, (?<open>\d+) open, (?<rest>.*)$/.freeze

  def test_a_long_run_is_the_plain_one
    plain = Command.run(RbConfig.ruby, PROGRAM, ROUNDS, EVALS, env: CLEAN, seconds_max: 36_000)
    run = Command.run(RbConfig.ruby, RECORDER, *MODE, "-o", in_folder("trace"), PROGRAM, ROUNDS,
                      EVALS, env: CLEAN, seconds_max: 36_000)
    assert_equal [plain.ending, plain.out], [run.ending, run.out], run.err
    compare_figures(plain.err.match(FIGURES), run.err.match(FIGURES))
    assert_empty processes_of(in_folder("trace"))
    verified = Command.run(CTRACE, "verify", "--wait", in_folder("trace"))
    assert_equal "exit 0", verified.ending, verified.to_s
  end

  private

  def compare_figures(plain, run)
    puts "soak: #{plain} plain, #{run} recorded"
    assert_operator run[:memory].to_i - plain[:memory].to_i, :<=, MEMORY_KB_MAX
    assert_equal plain[:open].to_i + OWN_DESCRIPTORS, run[:open].to_i
    assert_equal plain[:rest], run[:rest]
  end

  OWN_DESCRIPTORS = 2 # the spool and the socket, at the top of the range

  # Once the trace's lock is free its writer may have its last instructions before it.
  def processes_of(trace)
    2000.times do
      left = Dir["/proc/[0-9]*/fd/*"].select do |link|
        File.readlink(link).start_with?(trace)
      rescue SystemCallError
        false
      end
      return [] if left.empty?

      Thread.pass
    end
  end
end
