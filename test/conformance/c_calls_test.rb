# frozen_string_literal: true

# Programs that call methods in C in every way, through both recorders with --c-calls.
#
# What differs is what ConformanceTest forgives, the arguments among it: a TracePoint has none.
# C_CALLS=all takes every program.
require_relative "../recorder/program_case"
require_relative "differences"

class CCallsTest < ProgramCase
  parallelize_me!

  NAMES = %w[
    bank block_jumps c_calls call_ends closures ensure_order operator_methods
    output_methods refinements retry_redo_next string_work super_kinds throw_catch uncaught
  ].freeze

  Program.all.each do |program|
    next unless program.repeatable?
    next unless NAMES.include?(program.name) || ENV["C_CALLS"] == "all"

    define_method("test_#{program.name}") { check(program) }
  end

  private

  def check(program)
    needs(program)
    assert_alike(program, "--c-calls")
  end
end
