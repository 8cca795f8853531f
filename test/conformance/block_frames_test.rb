# frozen_string_literal: true

# Programs in which blocks begin and end in every way, through both recorders with --block-frames.
#
# What differs is what ConformanceTest forgives. BLOCK_FRAMES=all takes every program.
require_relative "../recorder/program_case"
require_relative "differences"

class BlockFramesTest < ProgramCase
  parallelize_me!

  NAMES = %w[
    block_jumps blocks_procs_lambdas call_ends closures define_method ensure_order eval_code
    exceptions fib method_blocks refinements retry_redo_next throw_catch trap_handler
  ].freeze

  Program.all.each do |program|
    next unless program.repeatable?
    next unless NAMES.include?(program.name) || ENV["BLOCK_FRAMES"] == "all"

    define_method("test_#{program.name}") { check(program) }
  end

  private

  def check(program)
    needs(program)
    skip "see doc/recording.md" if RUBY_VERSION < "3" && program.name == "block_jumps"
    assert_alike(program, "--block-frames")
  end
end
