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
    bank block_jumps c_calls call_ends closures ensure_order error_messages eval_strings
    file_events method_blocks method_objects name_errors operator_methods output_methods
    output_nonblock refinements rescue_matchers retry_redo_next stack_overflow stdin_methods
    string_work super_kinds throw_catch uncaught
  ].freeze
  # What methods in C return there is never twice the same: pids, hashes, addresses, times.
  VARYING = %w[
    core_patched_trap coverage_used each_object fork_inherits fork_outlives handlers hash_work
    interrupt killed_by_term output_replaced program_name subprocesses trap_handler value_shapes
    wait_all weak_references
  ].freeze
  # A default that calls before its method's first line was seen: see doc/recording.md.
  UNSEEN = %w[parameters].freeze

  Program.all.each do |program|
    next unless program.repeatable?
    next unless NAMES.include?(program.name) || ENV["C_CALLS"] == "all"

    define_method("test_#{program.name}") { check(program) }
  end

  private

  def check(program)
    needs(program)
    skip "see above" if (VARYING + UNSEEN).include?(program.name)
    assert_alike(program, "--c-calls")
  end
end
